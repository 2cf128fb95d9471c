"""The marks: what the user wants deleted, their identities, their journal.

Start with ``service``; ``session.reconciler`` sends DELE and RSET.
"""
