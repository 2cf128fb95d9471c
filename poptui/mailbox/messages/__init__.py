"""Downloading messages to spooled files, and saving them.

Start with ``service``.
"""
