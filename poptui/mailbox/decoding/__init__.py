"""From a block of header fields, or from the cache, to a ``Header`` and its verdict.

Start with ``decoder``; ``decode_queue`` does it in slices, so that keys are answered in between.
"""
