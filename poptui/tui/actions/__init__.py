"""The actions of the interface and their keys, without Textual.

``registry`` lists all actions, ``action`` says what one is; ``keymaps`` gives them keys, which are
spelt as ``keys`` says.
"""
