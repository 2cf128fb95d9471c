"""How a session can end, each as the PoptuiError that its callers see."""

from __future__ import annotations

from poptui.errors import (
    BrokenReplyError,
    ConnectionClosedError,
    EndlessReplyError,
    PipeliningError,
    ReplyTimeoutError,
    ServerError,
    quoted,
)
from poptui.net.server import Server
from poptui.pop3.errors import ProtocolError, ReplyTooLongError


def gone(server: Server, how: str = "is closed") -> ConnectionClosedError:
    """The connection is no more."""
    return ConnectionClosedError(f"The connection to {server.address} {how}.")


def silent(server: Server, timeout_s: float, number: int = 0) -> ReplyTimeoutError:
    """An answer is overdue, perhaps in the middle of the header of message ``number``."""
    fault = ReplyTimeoutError(f"{server.address} did not answer within {timeout_s:g} seconds.")
    fault.number = number
    return fault


def too_slow(server: Server, rate: int, number: int = 0) -> ReplyTimeoutError:
    """A reply trickles, maybe the header of message ``number``."""
    fault = ReplyTimeoutError(
        f"{server.address} has sent less than {rate:,} bytes a second for a long time, so poptui"
        " gave up. To wait longer, lower minimum_rate in config.toml (0: no limit)."
    )
    fault.number = number
    return fault


def broken(server: Server, error: ProtocolError) -> ServerError:
    """What the server sent does not fit the protocol."""
    said = f": {quoted(error.text)}" if error.text else ""
    sentence = f"{server.address} sent {error}{said}. The connection was closed to be safe."
    if isinstance(error, ReplyTooLongError) and error.number:
        return EndlessReplyError(sentence, error.number)
    return BrokenReplyError(sentence)


def no_reply(line: str) -> ProtocolError:
    """``line`` came where a reply was due."""
    if not line.strip():
        return ProtocolError("an empty line instead of a reply")
    return ProtocolError("something that is not a POP3 reply", line)


def lost_step(server: Server) -> PipeliningError:
    """Commands that were sent together were not all answered, each by its own reply."""
    return PipeliningError(
        f"{server.address} lost commands that were sent together. One at a time will do."
    )
