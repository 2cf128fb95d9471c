"""Exceptions of the protocol core."""

from __future__ import annotations


class LocalError(ValueError):
    """The caller asked for something that must not be sent; nothing was sent or changed."""


class ProtocolError(Exception):
    """The server's bytes violate the protocol, so the rest of the stream cannot be trusted.

    ``str(error)`` describes the violation; ``text`` holds the server's offending line, raw.
    """

    def __init__(self, what: str, text: str = "") -> None:
        super().__init__(what)
        self.text = text


class ReplyTooLongError(ProtocolError):
    """A reply exceeds its size limit; ``number`` is the message whose header it is, else 0."""

    def __init__(self, verb: str, number: int) -> None:
        super().__init__(f"a reply to {verb} that does not end")
        self.number = number
