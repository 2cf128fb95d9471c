"""Run poptui against real POP3 servers, and check what is in their storage.

``servers`` starts them, ``test_interop`` tests what has to work with each; ``make interop``
installs what can be installed and prints a table.
"""

OVERLAY_VARIABLE = "INTEROP_OVERLAY"
"""This variable allows servers to be installed in an overlay, as make interop does."""
