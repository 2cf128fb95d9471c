"""poptui: a POP3 mailbox on the terminal, worked on where it lies."""

__version__ = "0.1.0"
