"""Turn a message file into what the viewer shows, in a worker process with limits.

Start with ``reader``.
"""
