"""Connect to a server, log in, and pipeline commands over the connection.

Start with :mod:`~poptui.net.login`, which returns a logged-in
:class:`~poptui.net.client.Client`. A client has a
:class:`~poptui.net.server_connection.ServerConnection` (reads, writes, time-outs) with a
:class:`~poptui.net.pipeline.Pipeline` (which commands go out together).
"""
