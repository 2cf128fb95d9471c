"""Loading headers: which to fetch next, decoding them in slices, the cache.

Start with ``service`` and ``loader``.
"""
