"""Spam scores for the messages of a mailbox, sender lists, and bulk actions.

Start with ``scorer``.
"""
