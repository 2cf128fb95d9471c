"""Score a message by its headers only.

Start with ``judge``; ``signals`` is the table of signals and weights.
"""
