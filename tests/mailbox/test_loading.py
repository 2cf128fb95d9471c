"""The headers that are requested, their order, and how they are counted."""

from __future__ import annotations

import asyncio

import pytest

from poptui.mailbox.decoding import decode_queue
from tests.kit.odd import OddServer
from tests.mailbox.watched import Watched, make_messages, watching


def asked(server: OddServer) -> list[int]:
    """Return the numbers in the TOP commands, in order."""
    return [int(line.split()[1]) for line in server.commands if line.startswith(b"TOP")]


async def test_each_header_is_requested_once_however_the_user_scrolls() -> None:
    async with OddServer(make_messages(300)) as server:
        watched = Watched(server.port)
        await watched.mailbox.session.connect()
        for first in range(0, 300, 50):
            watched.mailbox.headers.prioritize(watched.entries[first : first + 30])
            await asyncio.sleep(0.002)
        await watched.mailbox.headers.load(watched.entries)
        assert sorted(asked(server)) == list(range(1, 301))
        assert watched.mailbox.listing.loaded == 300
        assert not watched.mailbox.headers.loading
        watched.mailbox.session.abandon()


async def test_the_rest_follows_in_the_order_of_the_list() -> None:
    async with OddServer(make_messages(300)) as server:
        watched = Watched(server.port)
        watched.mailbox.headers.pause()
        await watched.mailbox.session.connect()
        oldest_first = watched.entries[::-1]
        watched.mailbox.headers.prioritize(oldest_first[:20], rest=oldest_first)
        watched.mailbox.headers.resume()
        await watched.until(lambda: watched.mailbox.listing.loaded == 300)
        assert asked(server) == list(range(1, 301))
        watched.mailbox.session.abandon()


async def test_paused_loading_fetches_only_visible_headers() -> None:
    async with OddServer(make_messages(200)) as server:
        watched = Watched(server.port)
        watched.mailbox.headers.pause()
        await watched.mailbox.session.connect()
        shown = watched.entries[100:120]
        watched.mailbox.headers.prioritize(shown)
        await watched.until(lambda: watched.mailbox.listing.loaded == 20)
        assert sorted(asked(server)) == list(range(81, 101))
        assert watched.mailbox.headers.paused
        assert not watched.mailbox.headers.loading
        assert watched.mailbox.headers.missing == 180
        watched.mailbox.headers.resume()
        assert watched.mailbox.headers.loading
        await watched.until(lambda: watched.mailbox.headers.missing == 0)
        assert len(asked(server)) == 200
        watched.mailbox.session.abandon()


async def test_a_pause_lasts_beyond_the_session() -> None:
    async with OddServer(make_messages(30)) as server, watching(server.port) as watched:
        watched.mailbox.headers.pause()
        server.messages.append(type(server.messages[0])("later", make_messages(31)[30]))
        await watched.mailbox.session.refresh()
        await asyncio.sleep(0.02)
        assert watched.entry("later").header is None
        assert watched.mailbox.headers.missing == 1


async def test_other_header_fields_are_loaded_only_on_request() -> None:
    async with OddServer(make_messages(9)) as server, watching(server.port) as watched:
        assert watched.mailbox.listing.loaded == 9
        watched.mailbox.headers.want(["Message-ID", "x-none"])
        assert watched.mailbox.listing.loaded == 0
        await watched.until(lambda: watched.mailbox.listing.loaded == 9)
        assert len(asked(server)) == 18
        header = watched.entry("uid-0003").header
        assert header is not None
        assert header.extra == {"message-id": "<3@example.org>", "x-none": ""}
        watched.mailbox.headers.want(["x-none"])
        await watched.mailbox.headers.load(watched.entries)
        assert len(asked(server)) == 18


async def test_a_full_queue_stops_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_queue, "MAX_WAITING_BYTES", 3000)
    async with OddServer(make_messages(400)) as server, watching(server.port) as watched:
        assert watched.mailbox.listing.loaded == 400
        assert len(asked(server)) == 400


async def test_the_cursor_of_a_refused_header_does_not_hold_up_the_count() -> None:
    async with (
        OddServer(make_messages(9), ["top-refused:4"]) as server,
        watching(server.port) as watched,
    ):
        loaded = watched.mailbox.listing.loaded
        assert loaded < 9
        assert watched.mailbox.headers.missing == 0
        assert not watched.mailbox.headers.loading
