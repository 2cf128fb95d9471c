"""The mailbox: its listing, headers, messages, marks and their commit."""
