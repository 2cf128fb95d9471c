"""Turn Textual's drawing into few bytes for the terminal. Start with ``app``."""
