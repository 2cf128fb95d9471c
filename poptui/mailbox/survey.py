"""The first look at a mailbox: how many messages, their sizes and UIDs, in one flight."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from poptui.errors import ServerError, quoted
from poptui.net.login import LoggedIn
from poptui.pop3.capabilities import Capabilities, parse_capabilities
from poptui.pop3.commands import Capa, List, Stat, Uidl
from poptui.pop3.events import Reply
from poptui.pop3.listing import parse_list, parse_stat, parse_uidl


class Survey(NamedTuple):
    """What the server says of its mailbox."""

    sizes: dict[int, int]
    """Message number to octets: the messages there are."""
    uids: dict[int, str | None]
    capabilities: Capabilities
    has_uidl: bool
    remark: str = ""
    """A sentence where the server's answers do not fit together."""

    @property
    def names_all(self) -> bool:
        """Whether every message has a UID."""
        return all(self.uids.get(number) for number in self.sizes)


async def survey(session: LoggedIn) -> Survey:
    """Ask STAT, UIDL and LIST, and CAPA again, which often differs after the login.

    Raises PoptuiError; ServerError if STAT and LIST are both refused, or a reply does not end.
    """
    try:
        async with asyncio.timeout(LONGEST):
            return await _survey(session)
    except TimeoutError:
        raise ServerError(
            f"{session.client.server.address} did not finish its listings in {LONGEST / 60:.0f}"
            " minutes, so the connection was closed."
        ) from None


async def _survey(session: LoggedIn) -> Survey:
    client = session.client
    stat, uidl, scan = (client.submit(command) for command in (Stat(), Uidl(), List()))
    capa = client.submit(Capa()) if session.capabilities.known else None
    replies = await stat, await scan, await uidl
    sizes, uids = await asyncio.to_thread(_read, *replies, client.server.address)
    told = await capa if capa else None
    capabilities = session.capabilities
    if told is not None and told.ok:
        capabilities = parse_capabilities(told.body)
    if "PIPELINING" in capabilities:
        session.pipelining.advertised()
    return Survey(sizes, uids, capabilities, (await uidl).ok, _remark(sizes, uids))


def _read(
    stat: Reply, scan: Reply, uidl: Reply, address: str
) -> tuple[dict[int, int], dict[int, str | None]]:
    return _sizes(stat, scan, address), _uids(uidl)


def _sizes(stat: Reply, scan: Reply, address: str) -> dict[int, int]:
    """LIST decides; where it is refused, STAT's count says how many numbers there are."""
    if scan.body.count(b"\n") > MESSAGES:
        raise ServerError(
            f"{address} lists more than {MESSAGES:,} messages, which poptui cannot hold."
        )
    if scan.ok:
        return parse_list(scan.body)
    counted = parse_stat(stat.text) if stat.ok else None
    if counted is None or counted[0] > MESSAGES:
        raise ServerError(f"{address} does not list its messages: {quoted(scan.text)}.")
    return dict.fromkeys(range(1, counted[0] + 1), 0)


MESSAGES = 500_000
"""The most messages that are believed."""

LONGEST = 600.0
"""Seconds that the listings may take: time for 500,000 UIDs at 60 kB a second."""


def _uids(reply: Reply) -> dict[int, str | None]:
    """Of a listing beyond all bounds none is believed."""
    return parse_uidl(reply.body) if reply.body.count(b"\n") <= MESSAGES else {}


def _remark(sizes: dict[int, int], uids: dict[int, str | None]) -> str:
    beyond = uids.keys() - sizes.keys()
    if not beyond:
        return ""
    return f"UIDL names {len(beyond)} more than LIST; the messages that LIST names are shown."
