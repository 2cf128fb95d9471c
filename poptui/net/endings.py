"""How a session can end, each as the Fault that its callers see."""

from __future__ import annotations

from poptui.faults import (
    ClosedFault,
    EndlessFault,
    PipeliningFault,
    ServerFault,
    SilentFault,
    words,
)
from poptui.net.server import Server
from poptui.pop3.errors import EndlessReply, ProtocolError


def gone(server: Server, how: str = "is closed") -> ClosedFault:
    """The connection is no more."""
    return ClosedFault(f"The connection to {server.address} {how}.")


def silent(server: Server, number: int = 0) -> SilentFault:
    """An answer is overdue, maybe amid the header of message ``number``."""
    fault = SilentFault(f"{server.address} did not answer within {server.timeout:g} seconds.")
    fault.number = number
    return fault


def broken(server: Server, error: ProtocolError) -> ServerFault:
    """What the server sent does not fit the protocol."""
    said = f": {words(error.text)}" if error.text else ""
    sentence = f"{server.address} sent {error}{said}. The connection was closed to be safe."
    if isinstance(error, EndlessReply) and error.number:
        return EndlessFault(sentence, error.number)
    return ServerFault(sentence)


def lost_step(server: Server) -> PipeliningFault:
    """Commands that were sent together were not all answered, each by its own reply."""
    return PipeliningFault(
        f"{server.address} lost commands that were sent together. One at a time will do."
    )
