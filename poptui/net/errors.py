"""Make the errors that end a session, with their sentences."""

from __future__ import annotations

from poptui.errors import (
    BrokenReplyError,
    BurstDroppedError,
    ConnectionClosedError,
    EndlessReplyError,
    PipeliningError,
    ReplyTimeoutError,
    ServerError,
    quoted,
)
from poptui.net.server import Server
from poptui.pop3.errors import ProtocolError, ReplyTooLongError


def connection_closed(server: Server, how: str = "is closed") -> ConnectionClosedError:
    """Return the error for a closed connection; ``how`` completes its sentence."""
    return ConnectionClosedError(f"The connection to {server.address} {how}.")


def timed_out(server: Server, timeout_s: float, number: int = 0) -> ReplyTimeoutError:
    """Return the error for an overdue reply, perhaps the header of message ``number``."""
    error = ReplyTimeoutError(
        f"{server.address} did not answer within {timeout_s:g} seconds. If it is only slow, raise"
        " timeout in config.toml."
    )
    error.number = number
    return error


def too_slow(server: Server, bytes_per_s: int, number: int = 0) -> ReplyTimeoutError:
    """Return the error for a reply that trickles, perhaps the header of message ``number``."""
    error = ReplyTimeoutError(
        f"{server.address} has sent less than {bytes_per_s:,} bytes a second for a long time, so"
        " poptui gave up. To wait longer, lower minimum_rate in config.toml (0: no limit)."
    )
    error.number = number
    return error


def protocol_violated(server: Server, error: ProtocolError) -> ServerError:
    """Return the error for bytes that violate the protocol."""
    line = f": {quoted(error.text)}" if error.text else ""
    sentence = f"{server.address} sent {error}{line}. The connection was closed to be safe."
    if isinstance(error, ReplyTooLongError) and error.number:
        return EndlessReplyError(sentence, error.number)
    broken = BrokenReplyError(sentence)
    broken.line = error.text
    return broken


def not_a_reply(line: str) -> ProtocolError:
    """Return the error for a ``line`` that came instead of a reply."""
    if not line.strip():
        return ProtocolError("an empty line instead of a reply")
    return ProtocolError("something that is not a POP3 reply", line)


def burst_dropped(server: Server, in_flight: int) -> BurstDroppedError:
    """Return the error for a server that hung up over ``in_flight`` pipelined commands."""
    return BurstDroppedError(
        f"{server.address} closed the connection over {in_flight} commands that were sent together."
    )


def pipelining_failed(server: Server) -> PipeliningError:
    """Return the error for a server that did not answer all pipelined commands."""
    return PipeliningError(
        f"{server.address} lost commands that were sent together. poptui now sends them one at a"
        " time."
    )
