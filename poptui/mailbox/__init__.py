"""The mailbox: its listing, headers, messages, marks and their commit.

Start with ``access.mailbox.Mailbox``, which owns one service for each of them; they share
``state``. Each change is reported to one listener, as a class of ``changes``.
"""
