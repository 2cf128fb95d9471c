"""Flows of several dialogs: quitting and committing. Start with ``leaving``."""
