"""What the viewer shows of a message: documents, pages, search, links. Start with ``pages``."""
