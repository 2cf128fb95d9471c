"""The maildrop: its listing, headers, messages, marks and their commit."""
