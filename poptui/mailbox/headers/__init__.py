"""The headers of a mailbox over all its sessions, and their cache.

Start with ``service``; ``session.header_loader`` asks for them.
"""
