"""Read the listing of a new session: STAT, UIDL and LIST in one batch."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from poptui.errors import MailboxLockedError, ServerError, quoted
from poptui.net.login import LoggedInClient
from poptui.pop3.capabilities import Capabilities, parse_capabilities
from poptui.pop3.commands import Capa, List, Stat, Uidl
from poptui.pop3.events import Reply
from poptui.pop3.listing import parse_list, parse_stat, parse_uidl
from poptui.pop3.refusals import RefusalKind, classify_refusal


class ListingReplies(NamedTuple):
    """The server's replies to STAT, LIST and UIDL."""

    sizes: dict[int, int]
    """Sizes by message number; every message is listed here."""
    uids: dict[int, str | None]
    capabilities: Capabilities
    has_uidl: bool
    remark: str = ""
    """A sentence if the server's replies don't fit together."""

    @property
    def has_all_uids(self) -> bool:
        """Whether every message has a UID."""
        return all(self.uids.get(number) for number in self.sizes)


async def request_listing(session: LoggedInClient, *, had_uids: bool = False) -> ListingReplies:
    """Send STAT, UIDL and LIST, and CAPA again, which often differs after the login.

    ``had_uids``: an earlier session got UIDs, so a refusal of UIDL is temporary. Then the session
    isn't used, because without UIDs all messages would seem to be new ones.

    Raises PoptuiError; ServerError if STAT and LIST are both refused, or a reply does not end.
    """
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await _request_listing(session, had_uids)
    except TimeoutError:
        raise ServerError(
            f"{session.client.server.address} did not finish its listings in {TIMEOUT_S / 60:.0f}"
            " minutes, so the connection was closed."
        ) from None


async def _request_listing(session: LoggedInClient, had_uids: bool) -> ListingReplies:
    client = session.client
    stat, uidl, scan = (client.submit(command) for command in (Stat(), Uidl(), List()))
    capa = client.submit(Capa()) if session.capabilities.known else None
    named = await uidl
    if not named.ok and (had_uids or "UIDL" in session.capabilities or _is_temporary(named)):
        named = await client.execute(Uidl())
    if not named.ok and had_uids:
        raise MailboxLockedError(
            f"{client.server.address} refused UIDL this time ({quoted(named.text)}), so poptui"
            " can't tell which message is which. It worked before: try again in a moment.",
            REFUSED_UIDL_WAIT_S,
        )
    replies = await stat, await scan, named
    sizes, uids = await asyncio.to_thread(_read, *replies, client.server.address)
    reply = await capa if capa else None
    capabilities = session.capabilities
    if reply is not None and reply.ok:
        capabilities = parse_capabilities(reply.body)
    if "PIPELINING" in capabilities:
        session.pipelining.advertised()
    count = parse_stat(replies[0].text) if replies[0].ok else None
    remark = _remark(sizes, uids, named, count[0] if count else len(sizes))
    return ListingReplies(sizes, uids, capabilities, named.ok, remark)


def _is_temporary(reply: Reply) -> bool:
    """Whether the server says that it refuses only temporarily."""
    kind = classify_refusal(reply.code, reply.text).kind
    return kind in (RefusalKind.TEMPORARY, RefusalKind.THROTTLED, RefusalKind.MAILBOX_IN_USE)


def _read(
    stat: Reply, scan: Reply, uidl: Reply, address: str
) -> tuple[dict[int, int], dict[int, str | None]]:
    return _sizes(stat, scan, address), _uids(uidl)


def _sizes(stat: Reply, scan: Reply, address: str) -> dict[int, int]:
    """Read LIST; if it is refused, use the count in STAT."""
    if scan.body.count(b"\n") > MAX_MESSAGES:
        raise ServerError(
            f"{address} lists more than {MAX_MESSAGES:,} messages, which poptui cannot hold."
        )
    if scan.ok:
        return parse_list(scan.body)
    counted = parse_stat(stat.text) if stat.ok else None
    if counted is None or counted[0] > MAX_MESSAGES:
        sentence = f"{address} does not list its messages: {quoted(scan.text)}."
        if _is_temporary(scan):
            wait_s = classify_refusal(scan.code, scan.text).wait_s
            raise MailboxLockedError(f"{sentence} Try again later.", max(30.0, wait_s))
        raise ServerError(sentence)
    return dict.fromkeys(range(1, counted[0] + 1), 0)


MAX_MESSAGES = 500_000
"""A longer listing can't be true."""

REFUSED_UIDL_WAIT_S = 5.0
"""Wait this long before the next session if this one gave no UIDs."""

TIMEOUT_S = 600.0
"""The listings may take this long: enough for 500,000 UIDs at 60 kB a second."""


def _uids(reply: Reply) -> dict[int, str | None]:
    """Read UIDL, unless it is too long to be believed."""
    return parse_uidl(reply.body) if reply.body.count(b"\n") <= MAX_MESSAGES else {}


def _remark(sizes: dict[int, int], uids: dict[int, str | None], uidl: Reply, counted: int) -> str:
    """Return a sentence if STAT, LIST and UIDL disagree, or if UIDL was refused temporarily."""
    sentences = []
    if not uidl.ok and _is_temporary(uidl):
        sentences.append(f"The server refused UIDL: {quoted(uidl.text)}. Refresh to try again.")
    beyond = len(uids.keys() - sizes.keys())
    if beyond:
        sentences.append(
            f"UIDL names {beyond} more than LIST; the messages that LIST names are shown."
        )
    unnamed = sum(number not in uids for number in sizes) if uidl.ok else 0
    if unnamed:
        sentences.append(f"UIDL doesn't name {unnamed} of the messages that LIST names.")
    if counted > len(sizes) and not beyond:
        sentences.append(f"STAT counts {counted:,} messages, but LIST names {len(sizes):,}.")
    return " ".join(sentences)
