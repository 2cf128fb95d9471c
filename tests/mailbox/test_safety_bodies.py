"""Cached messages are for reading only: deletions are verified on the server."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from poptui.demo.stored_mailbox import StoredMessage
from poptui.storage.bodies import BodyCache
from poptui.storage.cache import HeaderCache
from tests.kit.odd import OddServer
from tests.mailbox.journals import ACCOUNT
from tests.mailbox.test_safety_identity import OTHER
from tests.mailbox.watched import make_message, make_messages, watching

ROOM = 1_000_000


async def test_reading_a_cached_message_does_not_prove_that_it_is_still_on_the_server(
    tmp_path: Path,
) -> None:
    kept = partial(HeaderCache, tmp_path / "headers.sqlite3", ACCOUNT)
    bodies = BodyCache(tmp_path / "bodies", ACCOUNT, ROOM)
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_cache=kept, bodies=bodies) as watched:
            assert await watched.read(watched.entry("uid-0002")) == make_message(2)
            await watched.mailbox.session.discard()
        server.messages[1] = StoredMessage("uid-0002", OTHER)
        async with watching(server.port, open_cache=kept, bodies=bodies) as watched:
            entry = watched.entry("uid-0002")
            assert await watched.read(entry) == make_message(2)
            assert entry.opened
            assert not entry.fresh
            watched.mailbox.marks.mark([entry])
            outcome = await watched.mailbox.commit.run(stay=False)
            assert not outcome.deleted
        assert server.uids == ["uid-0001", "uid-0002", "uid-0003"]


async def test_a_cached_message_with_another_header_is_downloaded_again(tmp_path: Path) -> None:
    bodies = BodyCache(tmp_path / "bodies", ACCOUNT, ROOM)
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, bodies=bodies) as watched:
            await watched.read(watched.entry("uid-0002"))
        server.messages[1] = StoredMessage("uid-0002", OTHER)
        async with watching(server.port, bodies=bodies) as watched:
            assert await watched.read(watched.entry("uid-0002")) == OTHER
            assert await watched.read(watched.entry("uid-0002")) == OTHER
