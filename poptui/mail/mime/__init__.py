"""The parts of a message: structure, transfer encodings, attachments.

Start with ``structure``, which finds the parts, and ``walk``, which visits them.
"""
