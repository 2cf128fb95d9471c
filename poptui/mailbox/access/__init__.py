"""Access to a mailbox: open it, type commands to it, or only count its messages.

Start with ``mailbox.Mailbox``, which connects the parts from the packages beside this one.
"""
