"""Header fields: splitting a block, decoding words, addresses and dates.

Start with ``decode``, which turns a raw block into a ``Header``.
"""
