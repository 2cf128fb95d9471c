"""Safety copies of difficult messages on odd servers: complete, or the user decides."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from poptui.errors import PoptuiError
from poptui.mailbox.commit import copier as copying
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.commit.safety_copies import Decision, SafetyCopyError
from poptui.storage.safety_copies import files
from tests.kit.odd import OddServer
from tests.mailbox.keeper import AWKWARD, MARKED, Keeper, committed, headers, mark, stored
from tests.mailbox.watched import Watched, make_messages, watching


async def test_every_message_is_copied_as_received(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "a")
    async with (
        OddServer(AWKWARD) as server,
        watching(server.port, open_copies=keeper.open) as watched,
    ):
        watched.mailbox.marks.mark(watched.entries)
        outcome = await committed(watched, keeper)
        assert (len(outcome.deleted), outcome.copied) == (5, 5)
        assert not server.messages
    assert keeper.copies == stored(AWKWARD)
    assert not keeper.drafts
    last = keeper.progress[-1]
    assert (last.done, last.total, last.octets) == (5, 5, sum(map(len, AWKWARD)))


async def test_only_headers_if_the_user_wants_that(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "a", whole=False)
    async with (
        OddServer(make_messages(3)) as server,
        watching(server.port, open_copies=keeper.open) as watched,
    ):
        await watched.read(watched.entry("uid-0002"))
        watched.mailbox.marks.mark(watched.entries)
        assert (await committed(watched, keeper)).copied == 3
        assert sum(line.startswith(b"RETR") for line in server.commands) == 1
    assert keeper.copies == headers(make_messages(3))
    assert all(file.name.endswith(",headers:2,") for file in files(keeper.folder))


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("fault", ["retr-refused:3", "retr-endless:0"])
async def test_the_user_decides_about_messages_that_cannot_be_copied(
    fault: str, decision: Decision, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "MAX_EXCESS_BYTES", 100_000)
    keeper = Keeper(tmp_path / "a", decision)
    every = fault.endswith(":0")
    async with (
        OddServer(make_messages(4)) as server,
        watching(server.port, open_copies=keeper.open) as watched,
    ):
        server.become(fault.removesuffix(":0"))
        mark(watched, {"uid-0002", "uid-0003"})
        try:
            outcome: Outcome | None = await committed(watched, keeper)
        except SafetyCopyError:
            outcome = None
        (shortfall,) = keeper.shortfalls
        assert len(shortfall.copied) == (0 if every else 1)
        reason = "far longer than the server announced" if every else "refuses to send it: “"
        assert reason in str(shortfall)
        gone = {f"uid-{n:04}" for n in range(1, 5)} - set(server.uids)
        copied = set() if every else {"uid-0002"}
        expected = {
            Decision.ALL: {"uid-0002", "uid-0003"},
            Decision.COPIED: copied,
            Decision.NOTHING: set(),
        }
        assert gone == expected[decision]
        assert {entry.uid for entry in watched.mailbox.marks.marked()} == {
            "uid-0002",
            "uid-0003",
        } - gone
        if outcome is not None:
            assert outcome.complete is (decision is Decision.ALL)
            assert outcome.copied == len(copied)
    kept = len(copied) if decision is not Decision.NOTHING else 0
    assert len(keeper.copies) == kept
    assert not keeper.drafts


async def test_messages_left_out_have_a_reason(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "a", Decision.COPIED, limit=300)
    async with (
        OddServer(make_messages(4)) as server,
        watching(server.port, open_copies=keeper.open) as watched,
    ):
        watched.mailbox.marks.mark(watched.entries)
        outcome = await committed(watched, keeper)
        left = outcome.remaining
        assert left
        assert len(server.messages) == len(left)
        assert all("not copied: safety copies have reached" in outcome.reasons[e.key] for e in left)
    assert len(keeper.copies) == outcome.copied == 4 - len(left)


@pytest.mark.parametrize("oddity", ["top-refused", "top-endless"])
async def test_headers_that_the_server_refuses(
    oddity: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poptui.pop3.commands.Top.max_bytes", 300_000)
    keeper = Keeper(tmp_path / "a", whole=False)
    async with OddServer(make_messages(2)) as server:
        watched = Watched(server.port, open_copies=keeper.open)
        await watched.ready()
        server.become(oddity)
        watched.mailbox.marks.mark(watched.entries)
        with pytest.raises(SafetyCopyError, match="Nothing was deleted: 0 of 2"):
            await committed(watched, keeper)
        assert len(server.messages) == 2
        watched.mailbox.session.abandon()
    assert not keeper.copies


async def test_a_header_that_is_too_long_is_not_a_copy(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "a", whole=False)
    long = b"Subject: x\r\nX-Long: " + b"\r\n y" * 80_000 + b"\r\n\r\n"
    async with (
        OddServer([long]) as server,
        watching(server.port, open_copies=keeper.open) as watched,
    ):
        watched.mailbox.marks.mark(watched.entries)
        with pytest.raises(SafetyCopyError, match="its header is too long"):
            await committed(watched, keeper)
        assert server.messages


async def test_wrong_sizes_do_no_harm(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "a")
    async with (
        OddServer(AWKWARD, ["list-sizes-wrong"]) as server,
        watching(server.port, open_copies=keeper.open) as watched,
    ):
        watched.mailbox.marks.mark(watched.entries)
        assert (await committed(watched, keeper)).copied == 5
    assert keeper.copies == stored(AWKWARD)


async def test_if_copying_is_stopped_nothing_is_deleted_and_the_marks_stay(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "a")
    async with (
        OddServer(make_messages(6)) as server,
        watching(server.port, open_copies=keeper.open) as watched,
    ):
        mark(watched, MARKED)
        server.become("retr-hangs")
        task = asyncio.create_task(committed(watched, keeper))
        await watched.until(lambda: any(line.startswith(b"RETR") for line in server.commands))
        assert not watched.mailbox.commit.in_doubt
        watched.mailbox.commit.stop_copying()
        with pytest.raises(SafetyCopyError, match="Stopped while copying; nothing was deleted"):
            await task
        assert not watched.mailbox.commit.in_doubt
        server.become()
        assert {entry.uid for entry in watched.mailbox.marks.marked()} == MARKED
        assert not keeper.copies
        assert not keeper.drafts
        watched.mailbox.commit.stop_copying()
        outcome = await committed(watched, keeper)
        assert {entry.uid for entry in outcome.deleted} == MARKED
    assert len(keeper.copies) == 3


@pytest.mark.parametrize(
    ("oddity", "copies"),
    [("quit-ok-removes-nothing", 0), ("quit-err", 2)],
)
async def test_copies_of_messages_that_stayed_are_kept_until_that_is_proved(
    oddity: str, copies: int, tmp_path: Path
) -> None:
    keeper = Keeper(tmp_path / "a")
    async with (
        OddServer(make_messages(5), [oddity]) as server,
        watching(server.port, open_copies=keeper.open) as watched,
    ):
        mark(watched, MARKED)
        outcome = await committed(watched, keeper, stay=True)
        gone = {f"uid-{n:04}" for n in range(1, 6)} - set(server.uids)
        assert {entry.uid for entry in outcome.deleted} == gone
    assert outcome.copied == len(gone) == copies
    assert len(keeper.copies) == 3
    assert len(keeper.doubted) == 3 - copies


async def test_after_a_dele_without_effect_copies_are_kept_until_that_is_proved(
    tmp_path: Path,
) -> None:
    keeper = Keeper(tmp_path / "a")
    async with OddServer(make_messages(3)) as server:
        watched = Watched(server.port, open_copies=keeper.open, timeout=0.3)
        await watched.ready()
        server.become("dele-hangs")
        watched.mailbox.marks.mark(watched.entries)
        with pytest.raises(PoptuiError, match="Nothing was deleted"):
            await committed(watched, keeper)
        watched.mailbox.session.abandon()
        assert len(server.messages) == 3
    assert len(keeper.copies) == len(keeper.doubted) == 3
    assert not keeper.drafts


async def test_two_programs_copy_into_one_folder(tmp_path: Path) -> None:
    one, other = Keeper(tmp_path / "a"), Keeper(tmp_path / "a")
    async with (
        OddServer(make_messages(20)) as first,
        OddServer(AWKWARD * 4) as second,
        watching(first.port, open_copies=one.open) as here,
        watching(second.port, open_copies=other.open) as there,
    ):
        here.mailbox.marks.mark(here.entries)
        there.mailbox.marks.mark(there.entries)
        await asyncio.gather(committed(here, one), committed(there, other))
    assert one.copies == stored([*make_messages(20), *AWKWARD * 4])


@pytest.mark.parametrize("oddities", [[], ["pipelining-unadvertised"]])
async def test_copies_are_requested_in_batches(oddities: list[str], tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "a")
    async with OddServer(make_messages(120), oddities) as server:
        watched = Watched(server.port, open_copies=keeper.open)
        await watched.ready()
        watched.mailbox.marks.mark(watched.entries)
        visit = watched.mailbox.session.workers
        assert visit is not None
        if oddities:
            visit.client.connection.pipeline.window.round_trip_s = 1.0
        before = visit.client.connection.round_trips
        await committed(watched, keeper)
        assert visit.client.connection.round_trips - before < 120
        watched.mailbox.session.abandon()
    assert len(keeper.copies) == 120
