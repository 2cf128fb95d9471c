"""The connection of a mailbox over time, and the workers that live as long as one session.

Start with ``manager``; ``workers`` lists the workers: the loader of headers, the reconciler of
marks and their verifier.
"""
