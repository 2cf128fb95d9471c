"""The screen of the mailbox.

Start with ``screen``, which owns a controller for each kind of action.
"""
