"""Parse messages: headers, MIME parts, HTML, text and links.

Start with ``reader``, which turns a message file into a ``ParsedMessage``.
"""
