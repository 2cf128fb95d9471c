"""An embedded POP3 server with sample messages, to try poptui without an account.

Start with :mod:`~poptui.demo.server`. It serves what :mod:`poptui.demo.messages` generates.
"""
