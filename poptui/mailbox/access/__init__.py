"""The ways into a mailbox: open it whole, type commands to it, or only look how much is in it.

Start with ``mailbox.Mailbox``, which connects the parts from the packages beside this one.
"""
