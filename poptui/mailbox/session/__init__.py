"""The connection of a mailbox over time: connecting, backoff, idle release, notices.

Start with ``manager``.
"""
