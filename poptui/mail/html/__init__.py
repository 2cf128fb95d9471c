"""HTML bodies as text: what is visible, laid out in lines, with its links.

Start with ``to_text``.
"""
