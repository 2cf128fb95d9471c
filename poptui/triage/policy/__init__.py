"""What the user decided: saved filters, rules, trusted and blocked senders.

Start with ``policy``.
"""
