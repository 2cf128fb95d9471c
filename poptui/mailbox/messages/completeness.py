"""Check whether a downloaded message is complete; the viewer, files and copies all use this.

A message is complete if its reply ended, the reply to the next command was the right one (text
that follows a lone dot which the server forgot to stuff would come instead), and its size agrees
with what LIST announced.
"""

from __future__ import annotations

import asyncio

from poptui.errors import BrokenReplyError, PoptuiError
from poptui.net.client import Client
from poptui.net.queue import Priority
from poptui.patterns import lazy_pattern
from poptui.pop3.commands import List, Noop
from poptui.pop3.events import Reply

CLOSING_BYTES = 5
"""LIST may count the final CRLF that a message lacks, and the dot with its CRLF."""

LEFT_OUT_BYTES = 256
"""LIST may count header fields that the server keeps for itself (Status, X-UID, X-Keywords and
the like) and leaves out of RETR: at most this much ..."""

LEFT_OUT_SHARE = 16
"""... and at most this fraction of the message: missing text of a short one must be noticed."""

ENDED_EARLY = "the server sent more text after the end that it gave the message"
UNCONFIRMED = "the connection was lost before the server confirmed the end"

_NUMBER = lazy_pattern(r"\s*(\d{1,10})(?!\d)")


class ByteCount:
    """Counts the bytes of a message as they arrive, to compare them with the size in LIST."""

    def __init__(self, octets: int = 0) -> None:
        self.octets = octets
        self.dots = 0
        """Lines that begin with a dot: LIST may count each with the dot that stuffs it."""
        self._line_start = True

    def add(self, data: bytes) -> None:
        """Count the next bytes."""
        if not data:
            return
        self.octets += len(data)
        self.dots += data.count(b"\n.") + (self._line_start and data.startswith(b"."))
        self._line_start = data.endswith(b"\n")


def missing(announced: int, count: ByteCount) -> str:
    """Return why a message of this size is incomplete, for use after a colon; empty if it is not.

    Only too few bytes are suspicious: servers that count LF but send CRLF, or add header fields
    after counting, send more than they announce. 0 means that no size was announced.
    """
    left_out = min(LEFT_OUT_BYTES, announced // LEFT_OUT_SHARE)
    if count.octets + count.dots + CLOSING_BYTES + left_out >= announced:
        return ""
    return f"{count.octets:,} of {announced:,} bytes came"


def ask_list(
    client: Client, number: int, priority: Priority = Priority.INTERACTIVE
) -> asyncio.Future[Reply]:
    """Send LIST for the message that is being downloaded.

    The reply repeats its number, so a sender's text can't be mistaken for it by chance.
    """
    return client.submit(List(number), priority)


async def check_complete(
    client: Client, answer: asyncio.Future[Reply], announced: int, count: ByteCount
) -> str:
    """Return why the message is incomplete, judging by the ``answer`` after it; empty if it is not.

    If the answer doesn't fit, the session ends.
    """
    try:
        await _fits(client, await asyncio.shield(answer))
    except BrokenReplyError:
        return ENDED_EARLY
    except PoptuiError:
        return UNCONFIRMED
    return missing(announced, count)


async def _fits(client: Client, reply: Reply) -> None:
    """Check that this is the reply to LIST. Raises PoptuiError after ending the session.

    The size in it proves nothing, because a sender's text may look the same.
    """
    assert isinstance(reply.command, List)
    found = _NUMBER.match(reply.text) if reply.ok else None
    if found is not None and int(found[1]) == reply.command.number:
        return
    if found is not None or not (await client.execute(Noop())).ok:
        error = BrokenReplyError(
            f"{client.server.address} sent an answer to another command. The connection was"
            " closed to be safe."
        )
        client.fail(error)
        raise error
