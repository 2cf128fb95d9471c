"""Score a message from its headers alone.

Start with ``judge``; ``signals`` is the table of signals and weights.
"""
