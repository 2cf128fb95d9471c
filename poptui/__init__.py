"""Browse and clean up a POP3 mailbox from the terminal, without downloading it."""

__version__ = "0.2.0"
