"""The POP3 protocol (RFC 1939 and its extensions) without any input or output.

Start with :mod:`~poptui.pop3.connection`: it turns commands into bytes and received bytes into
events. :mod:`~poptui.pop3.commands` and :mod:`~poptui.pop3.states` say what may be sent when, the
other modules parse what servers answer.
"""
