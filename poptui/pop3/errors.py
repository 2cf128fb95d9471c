"""How the protocol core says no."""

from __future__ import annotations


class LocalError(ValueError):
    """We asked for something that must not be sent: nothing was written, the session is intact."""


def encoded(text: str) -> bytes:
    """``text`` in UTF-8. Raises LocalError, not showing it, where it has lone surrogates."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise LocalError("user or password has characters that UTF-8 cannot hold") from None


class ProtocolError(Exception):
    """The server's bytes do not fit the protocol: the stream cannot be trusted any further.

    ``str(error)`` says what was expected; ``text`` holds the server's offending words, raw.
    """

    def __init__(self, what: str, text: str = "") -> None:
        super().__init__(what)
        self.text = text


class ReplyTooLongError(ProtocolError):
    """A reply is longer than any can be; ``number`` is the message, 0 for no single one."""

    def __init__(self, verb: str, number: int) -> None:
        super().__init__(f"a reply to {verb} that does not end")
        self.number = number
