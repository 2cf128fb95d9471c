"""Sockets, TLS, login, and the pipelined client."""
