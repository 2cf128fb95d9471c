"""Parse a message file for the viewer, in a worker process with limits.

Start with ``reader``.
"""
