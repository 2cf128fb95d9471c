"""A size that changes under its UID: the header decides whether it is the same message."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from poptui.demo.stored_mailbox import StoredMessage
from poptui.mailbox.entry import Mark
from poptui.storage.cache import HeaderCache
from tests.kit.odd import OddServer
from tests.mailbox.journals import ACCOUNT, on_disk
from tests.mailbox.test_safety_journal import offered, run
from tests.mailbox.watched import make_message, make_messages, watching

CHANGES = "sizes-change"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@pytest.mark.parametrize("trigger", ["refresh", "release"])
async def test_marks_stay_and_nothing_is_reported(trigger: str, path: Path) -> None:
    """GNU mailutils on an mbox: the UID stays, the size grows by a status header."""
    async with OddServer(make_messages(5), [CHANGES]) as server, run(server, path) as watched:
        sizes = [entry.size for entry in watched.entries]
        watched.mailbox.marks.mark(watched.entries[:2])
        await watched.until(lambda: watched.marks() == "DD   ")
        if trigger == "refresh":
            await watched.mailbox.session.refresh()
        else:
            await watched.mailbox.session.release()
            watched.mailbox.session.connect_if_released()
        await watched.until(lambda: watched.marks() == "DD   " and server.held == {4, 5})
        assert [entry.size for entry in watched.entries] != sizes
        assert watched.notices == []
        assert not any(entry.new for entry in watched.entries)
        assert all(entry.header for entry in watched.entries)
        outcome = await watched.mailbox.commit.run(stay=True)
        assert outcome.complete
        assert watched.notices == []
        assert server.uids == ["uid-0001", "uid-0002", "uid-0003"]


async def test_the_next_start_finds_marks_and_reports_nothing_as_new(
    path: Path, tmp_path: Path
) -> None:
    cache = partial(HeaderCache, tmp_path / "headers.sqlite3", ACCOUNT)
    async with OddServer(make_messages(5), [CHANGES]) as server:
        async with run(server, path, open_cache=cache) as watched:
            watched.mailbox.marks.mark(watched.entries[1:3])
            await watched.until(lambda: watched.marks() == " DD  ")
            await watched.mailbox.session.discard()
        async with run(server, path, open_cache=cache) as watched:
            assert not any(entry.new for entry in watched.entries)
            assert len(offered(watched).present) == 2
            watched.mailbox.marks.recovered.keep()
            await watched.until(lambda: watched.marks() == " DD  ")
            assert {mark.size for mark in on_disk(path).values()} == {
                entry.size for entry in watched.mailbox.marks.marked()
            }
            assert (await watched.mailbox.commit.run(stay=False)).complete
        assert server.uids == ["uid-0001", "uid-0002", "uid-0005"]


async def test_another_message_of_another_size_is_not_deleted(path: Path) -> None:
    other = make_message(2, "longer").replace(b"letter 2", b"invoice")
    async with OddServer(make_messages(3)) as server, run(server, path) as watched:
        await watched.read(watched.entry("uid-0002"))
        watched.mailbox.marks.mark(watched.entries)
        await watched.until(lambda: watched.marks() == "DDD")
        server.messages[1] = StoredMessage("uid-0002", other)
        await watched.mailbox.session.refresh()
        await watched.until(lambda: watched.marks() == "D D")
        entry = watched.entry("uid-0002")
        assert entry.header is not None
        assert entry.header.subject == "invoice"
        assert not entry.opened
        assert any("not the message that was marked" in notice for notice in watched.notices)
        assert (await watched.mailbox.commit.run(stay=False)).complete
        assert server.uids == ["uid-0002"]


async def test_only_visible_headers_are_loaded_again() -> None:
    async with OddServer(make_messages(40), [CHANGES]) as server, watching(server.port) as watched:
        server.messages[39] = StoredMessage(
            "uid-0040", make_message(40).replace(b"letter 40", b"other")
        )
        before = server.keywords.count(b"TOP")
        await watched.mailbox.session.refresh()
        watched.mailbox.headers.prioritize(watched.entries[:5])
        await watched.until(lambda: not any(entry.unproven for entry in watched.entries[:5]))
        header = watched.entries[0].header
        assert header is not None
        assert header.subject == "other"
        assert server.keywords.count(b"TOP") == before + 5


async def test_without_top_a_changed_size_asks_to_open_the_message(path: Path) -> None:
    async with OddServer(make_messages(3), [CHANGES]) as server:
        async with run(server, path) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            await watched.until(lambda: watched.marks() == " D ")
        server.become("no-top", "top-refused", CHANGES)
        async with run(server, path) as watched:
            watched.mailbox.marks.recovered.keep()
            entry = watched.entry("uid-0002")
            await watched.until(lambda: entry.mark is Mark.REFUSED)
            assert "Open it" in entry.problem
            await watched.read(entry)
            await watched.until(lambda: entry.mark is Mark.DELETED)


async def test_a_mark_made_before_its_header_arrived_has_only_its_size(path: Path) -> None:
    oddities = ["no-top", "top-refused"]
    async with OddServer(make_messages(3), oddities) as server, run(server, path) as watched:
        watched.mailbox.marks.mark(watched.entries)
        await watched.until(lambda: watched.marks() == "DDD")
        server.messages[1] = StoredMessage("uid-0002", make_message(2, "another message"))
        await watched.mailbox.session.refresh()
        await watched.until(lambda: watched.marks() == "D D")
        assert any("Unmarked because" in notice for notice in watched.notices)
        assert server.held == {1, 3}
