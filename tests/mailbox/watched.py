"""Mailboxes on scripted servers that record the changes they report."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from inspect import getsource

from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.changes import Change, Notice
from poptui.mailbox.commit.verification import DeletionVerifier
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.headers.cache import Cache
from poptui.mailbox.marks.mark_writer import Journal
from poptui.mailbox.messages.service import BodyStore
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions, parse_target
from poptui.net.server_profile import ServerProfile
from poptui.secret import Secret
from poptui.storage.safety_copies import SafetyCopyStore

PATIENCE = 60.0
"""Timeout of a test that hangs, in seconds."""


def make_message(number: int, body: str = "body") -> bytes:
    """Return a plain message that contains its number."""
    return (
        f"From: Sender {number} <s{number}@example.org>\r\nTo: me@example.org\r\n"
        f"Subject: letter {number}\r\nDate: Thu, 17 Dec 2009 18:18:{number % 60:02} +0300\r\n"
        f"Message-ID: <{number}@example.org>\r\n\r\n{body} {number}\r\n"
    ).encode()


def make_messages(count: int) -> list[bytes]:
    """Return ``count`` messages, numbered from 1."""
    return [make_message(number) for number in range(1, count + 1)]


class Watched:
    """A mailbox and all changes it reported."""

    def __init__(
        self,
        port: int,
        *,
        user: str = "user",
        password: str = "secret",
        timeout: float = 2.0,
        background: bool = True,
        open_journal: Callable[[], Journal] | None = None,
        open_cache: Callable[[], Cache] | None = None,
        profile: ServerProfile | None = None,
        verifier: DeletionVerifier | None = None,
        bodies: BodyStore | None = None,
        open_copies: Callable[[], SafetyCopyStore] | None = None,
        readonly: bool = False,
    ) -> None:
        server = parse_target(f"pop://{user}@127.0.0.1:{port}")
        options = ConnectionOptions(timeout, readonly=readonly)
        self.changes: list[Change] = []
        self.mailbox = Mailbox(
            server.title,
            partial(
                log_in, server, Credentials(Secret(password)), profile or ServerProfile(), options
            ),
            background=background,
            open_journal=open_journal,
            open_cache=open_cache,
            verifier=verifier,
            bodies=bodies,
            open_copies=open_copies,
            readonly=readonly,
        )
        self.mailbox.listen(self.changes.append)

    @property
    def notices(self) -> list[str]:
        """The notices so far."""
        return [change.text for change in self.changes if isinstance(change, Notice)]

    @property
    def entries(self) -> list[MessageEntry]:
        """The listing, newest first."""
        return list(self.mailbox.listing.entries)

    def entry(self, uid: str) -> MessageEntry:
        """Return the message with a UID."""
        (found,) = (entry for entry in self.entries if entry.uid == uid)
        return found

    async def ready(self) -> None:
        """Wait until it is connected and all available headers are loaded."""
        await self.mailbox.session.connect()
        await self.mailbox.headers.load(self.entries)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for ``condition``; fail after ``PATIENCE`` and show the state of the mailbox."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise AssertionError(
                f"still waiting after {PATIENCE} s for {getsource(condition).strip()}; "
                f"the mailbox is {self.mailbox.session.state.name}, marks {self.marks()!r}"
            ) from None

    async def read(self, entry: MessageEntry) -> bytes:
        """Return the bytes of a message."""
        message = await self.mailbox.messages.retrieve(entry)
        octets = message.read()
        message.close()
        return octets

    def marks(self) -> str:
        """The mark column, newest first."""
        return "".join(entry.mark.value for entry in self.entries)


@asynccontextmanager
async def watching(port: int, **options: object) -> AsyncIterator[Watched]:
    """Provide a connected mailbox with its headers loaded; drop the connection at the end."""
    watched = Watched(port, **options)  # type: ignore[arg-type]
    try:
        await watched.ready()
        yield watched
    finally:
        watched.mailbox.session.abandon()
        await asyncio.sleep(0)
