"""Dialogs, each in a file of its own; the screen of the mailbox is in ``mail``.

Start with ``dialog``, which has what they share.
"""
