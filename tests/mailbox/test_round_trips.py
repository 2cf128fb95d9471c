"""From connecting to the first screen: no more round trips than necessary."""

from __future__ import annotations

import asyncio
import ssl
from functools import partial
from typing import Any

import pytest

from poptui.mailbox.access.mailbox import Mailbox
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions, Security, Server
from poptui.secret import Secret
from tests.kit.certificates import Certificates
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_messages

SCREEN = 40
QUIET_S = 0.03
"""A client that sends nothing for so many seconds is assumed to wait for the server."""


class TurnServer(OddServer):
    """Answers only when the client waits: each of the client's turns is a round trip."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.turns: list[list[bytes]] = []

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await super().converse(_Turns(reader, self.turns), writer)  # type: ignore[arg-type]


class _Turns:
    """A reader that records the lines that arrive without an answer in between."""

    def __init__(self, reader: asyncio.StreamReader, turns: list[list[bytes]]) -> None:
        self._reader, self._turns = reader, turns
        self._lines: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    async def readuntil(self, end: bytes) -> bytes:
        if not self._lines:
            self._lines.append(await self._reader.readuntil(end))
            while True:
                try:
                    async with asyncio.timeout(QUIET_S):
                        self._lines.append(await self._reader.readuntil(end))
                except TimeoutError:
                    break
            self._turns.append([line.split()[0] for line in self._lines])
        return self._lines.pop(0)


async def first_screen(peer: TurnServer, **changes: Any) -> list[set[bytes]]:
    """Return the commands of each turn until the newest screenful of headers is loaded."""
    server = Server("127.0.0.1", peer.port, "user", Security.PLAIN)._replace(**changes)
    sign_in = partial(log_in, server, Credentials(Secret("secret")), options=ConnectionOptions(5.0))
    mailbox = Mailbox("test", sign_in, background=False)
    await mailbox.session.connect()
    screen = list(mailbox.listing.entries)[:SCREEN]
    await mailbox.headers.load(screen)
    assert all(entry.header for entry in screen)
    mailbox.session.abandon()
    assert peer.connections == 1
    return [set(turn) for turn in peer.turns]


LISTING = {b"STAT", b"UIDL", b"LIST", b"CAPA"}
HEADERS = {b"TOP", b"LIST"}


@pytest.mark.parametrize(
    ("mechanism", "login"),
    [("USER", [{b"USER"}, {b"PASS"}]), ("APOP", [{b"APOP"}]), ("PLAIN", [{b"AUTH"}])],
)
@pytest.mark.parametrize("count", [50, 2000])
async def test_without_tls(mechanism: str, login: list[set[bytes]], count: int) -> None:
    async with TurnServer(make_messages(count)) as peer:
        turns = await first_screen(peer, mechanism=mechanism)
        assert turns == [{b"CAPA"}, *login, LISTING, HEADERS]


async def test_in_tls(certificates: Certificates) -> None:
    """The handshake is all that is added: there are as many turns as without TLS."""
    context: ssl.SSLContext = certificates.good.context()
    async with TurnServer(make_messages(50), tls=context) as peer:
        turns = await first_screen(peer, security=Security.TLS, ca_file=certificates.ca_file)
        assert turns == [{b"CAPA"}, {b"AUTH"}, LISTING, HEADERS]


async def test_by_stls(certificates: Certificates) -> None:
    """Capabilities announced before TLS are requested again inside TLS (RFC 2595 section 4)."""
    context: ssl.SSLContext = certificates.good.context()
    async with TurnServer(make_messages(50), stls=context) as peer:
        turns = await first_screen(peer, security=Security.STLS, ca_file=certificates.ca_file)
        assert turns == [{b"CAPA"}, {b"STLS"}, {b"CAPA"}, {b"AUTH"}, LISTING, HEADERS]
