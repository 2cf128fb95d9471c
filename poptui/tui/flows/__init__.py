"""Flows that consist of several dialogs: quitting, committing, connecting, signing in.

Start with ``leaving``.
"""
