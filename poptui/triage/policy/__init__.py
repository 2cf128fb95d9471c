"""The user's decisions: saved filters, rules, friends and blocked senders.

Start with ``policy``.
"""
