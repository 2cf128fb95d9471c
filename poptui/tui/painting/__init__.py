"""From what Textual draws to what the terminal is sent. Start with ``app``."""
