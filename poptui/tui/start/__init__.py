"""What poptui shows before a mailbox is open: the accounts to choose from, or a welcome.

Start with ``app.StartApp``; it ends with a ``StartChoice``, which the command line carries out.
"""
