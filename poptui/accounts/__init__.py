"""Set up and examine accounts: find a server, prove that the login works, save the account.

Shared by the command line and the interface; start reading at ``setup``.
"""
