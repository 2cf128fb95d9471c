"""From octets to text: character sets, and encoded words (RFC 2047).

Start with ``charsets``.
"""
