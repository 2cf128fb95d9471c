"""The mailbox: its listing, headers, messages, marks and their commit.

Start with ``access.mailbox.Mailbox``, which owns one service for each of them; they share
``state``. What changes is told as one of the classes in ``changes``.
"""
