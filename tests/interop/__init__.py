"""poptui at real POP3 servers, with their storage as the witness.

``servers`` starts them, ``test_interop`` holds what has to work at each; ``make interop`` installs
what can be installed and prints a table.
"""

OVERLAY_VARIABLE = "INTEROP_OVERLAY"
"""Set in the environment, it allows servers to be installed in an overlay, as make interop does."""
