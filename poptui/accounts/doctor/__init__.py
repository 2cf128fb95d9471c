"""``poptui doctor``: examine how a server behaves, and report it.

Start with ``examination``, which talks to the server; the findings judge its answers.
"""
