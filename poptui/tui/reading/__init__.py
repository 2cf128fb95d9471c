"""The content of the viewer: documents, pages, search, links. Start with ``pages``."""
