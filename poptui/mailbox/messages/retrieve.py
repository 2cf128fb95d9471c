"""Download a message or its beginning, also if it is marked."""

from __future__ import annotations

import asyncio
import re

from poptui.errors import NotFoundError, quoted
from poptui.mailbox.messages import completeness
from poptui.mailbox.messages.spool import SpooledMessage
from poptui.mailbox.session.workers import SessionWorkers
from poptui.pop3.commands import PreviewTop, Retr
from poptui.pop3.events import Reply

_HEADER_END = re.compile(rb"(?:\A|\r?\n)\r?\n")


async def retrieve(
    workers: SessionWorkers, spooled: SpooledMessage, command: Retr | PreviewTop
) -> None:
    """Fill ``spooled`` by ``command``: the whole message, or its beginning.

    Raises PoptuiError; NotFoundError if the server doesn't send the message.

    If the server holds it as deleted, RSET comes first; the caller makes the marks follow again.
    Cancelling drops the session, because POP3 can't stop a reply.
    """
    client, number = workers.client, spooled.entry.number
    reply = await _once(workers, spooled, command)
    if not reply.ok and number in client.deleted:
        reply = await _once(workers, spooled, command)
    if not reply.ok:
        what = "message" if isinstance(command, Retr) else "the beginning of message"
        raise NotFoundError(f"The server does not give {what} {number}: {quoted(reply.text)}.")
    if isinstance(command, Retr):
        answer = completeness.ask_list(client, number)
        spooled.incomplete = await completeness.check_complete(
            client, answer, spooled.entry.size, spooled.count
        )


async def _once(
    workers: SessionWorkers, spooled: SpooledMessage, command: Retr | PreviewTop
) -> Reply:
    client = workers.client
    if spooled.entry.number in client.deleted:
        workers.reconciler.reset()
    coming = client.submit(command, sink=spooled)
    try:
        return await asyncio.shield(coming)
    except asyncio.CancelledError:
        if client.is_in_flight(coming):
            workers.drop()
        coming.cancel()
        raise


def header_lines(octets: bytes) -> bytes:
    """Return everything before the first empty line."""
    end = _HEADER_END.search(octets)
    return octets[: end.start()] if end else octets
