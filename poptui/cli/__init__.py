"""The command line. Start at ``main.main``; ``arguments.COMMANDS`` names each command's module.

Batch commands write data to stdout and everything else to stderr, and never load the interface;
only ``interactive`` starts it. ``session`` makes the mailbox that a command works on.
"""
