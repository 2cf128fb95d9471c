"""Convert HTML bodies to text: the visible words, laid out in lines, with their links.

Start with ``to_text``.
"""
