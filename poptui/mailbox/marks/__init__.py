"""The marks: the messages to delete, their identities, their journal.

Start with ``service``; ``session.reconciler`` sends DELE and RSET.
"""
