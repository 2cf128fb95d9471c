"""``poptui doctor``: see how a server behaves, and judge it.

Start with ``examination``, which does the talking; the findings judge what it has seen.
"""
