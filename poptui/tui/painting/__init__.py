"""From what Textual draws to what the terminal is sent: the cells that changed, and no more."""
