"""The actions of the interface and their keys, without Textual.

Start with ``registry``, which lists all actions. ``action`` defines one, ``keymaps`` assigns keys
to them, and ``keys`` defines how keys are spelt.
"""
