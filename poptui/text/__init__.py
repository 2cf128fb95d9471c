"""Measure, format and wrap text, for the command line and the interface.

Start with :mod:`~poptui.text.cells`, which decides how wide a text is; the others build on it.
"""
