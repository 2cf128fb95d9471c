"""The marks: what the user wants deleted, their identities, their journal, DELE and RSET.

Start with ``service`` and ``reconciler``.
"""
