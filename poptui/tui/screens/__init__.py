"""Dialogs, each in a separate file; the screen of the mailbox is in ``mail``.

Start with ``dialog``, which has what they share.
"""
