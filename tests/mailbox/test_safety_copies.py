"""Safety copies: without one nothing is deleted unless the user agrees, and none is incomplete."""

from __future__ import annotations

import errno
import os
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from poptui.errors import PoptuiError
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.commit.safety_copies import (
    CommitCallbacks,
    Decision,
    IncompleteCopies,
    SafetyCopyError,
)
from poptui.storage.safety_copies import SafetyCopyStore
from tests.kit.odd import OddServer
from tests.mailbox.watched import Watched, make_message, make_messages, watching

ODD_BODY = b"..two dots\r\n.\r\nbare \xff\x00 octets\r\nbare LF\nand CR\rhere\r\n"
ALL = ["uid-0001", "uid-0002", "uid-0003"]


def unusual_messages() -> list[bytes]:
    """Return three messages; the second has everything that a copy may get wrong."""
    return [make_message(1), make_message(2).replace(b"body 2\r\n", ODD_BODY), make_message(3)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "rescue" / "me@example.com"


def made(folder: Path, *, whole: bool = True, limit: int = 10**9) -> Callable[[], SafetyCopyStore]:
    return partial(SafetyCopyStore, folder, whole=whole, limit=limit, days=30)


def kept(folder: Path) -> list[bytes]:
    """Return the bytes of all copies; check that no partial file is left."""
    if not folder.is_dir():
        return []
    assert not list((folder / "tmp").iterdir())
    return sorted(file.read_bytes() for file in (folder / "cur").iterdir())


def in_maildir(messages: list[bytes]) -> list[bytes]:
    return sorted(message.replace(b"\r\n", b"\n") for message in messages)


def deciding(decision: Decision, questions: list[str] | None = None) -> CommitCallbacks:
    async def decide(shortfall: IncompleteCopies) -> Decision:
        if questions is not None:
            questions.append(str(shortfall))
        return decision

    return CommitCallbacks(on_incomplete=decide)


async def committed(
    watched: Watched,
    uids: list[str],
    callbacks: CommitCallbacks | None = None,
    *,
    stay: bool = False,
) -> Outcome:
    entries = [watched.entry(uid) for uid in uids]
    watched.mailbox.marks.mark(entries)
    return await watched.mailbox.commit.run(stay=stay, confirmed=entries, callbacks=callbacks)


async def refused(watched: Watched, callbacks: CommitCallbacks | None = None) -> str:
    """Return the error of a commit that fails and leaves everything as it was."""
    with pytest.raises(SafetyCopyError) as caught:
        await committed(watched, ALL, callbacks)
    assert {entry.uid for entry in watched.mailbox.marks.marked()} == set(ALL)
    return str(caught.value)


def failing(number: int) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("stay", [False, True])
async def test_deleted_messages_are_copied_first_byte_for_byte(folder: Path, stay: bool) -> None:
    messages = unusual_messages()
    async with OddServer([*messages, make_message(4)]) as server:
        async with watching(server.port, open_copies=made(folder)) as watched:
            outcome = await committed(watched, ALL, stay=stay)
        assert outcome.complete
        assert outcome.copied == len(outcome.deleted) == 3
        assert server.uids == ["uid-0004"]
    assert kept(folder) == in_maildir(messages)


async def test_copies_of_headers_only_say_so(folder: Path) -> None:
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_copies=made(folder, whole=False)) as watched:
            assert (await committed(watched, ALL)).copied == 3
        assert b"RETR" not in server.keywords
    files = list((folder / "cur").iterdir())
    assert all(",headers" in file.name for file in files)
    assert kept(folder) == in_maildir(
        [message.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" for message in make_messages(3)]
    )


async def test_the_server_holds_nothing_as_deleted_while_copies_are_made(folder: Path) -> None:
    async with OddServer(make_messages(20)) as server:
        async with watching(server.port, open_copies=made(folder)) as watched:
            everything = [f"uid-{number:04}" for number in range(1, 21)]
            watched.mailbox.marks.mark([watched.entry(uid) for uid in everything])
            await watched.until(lambda: len(server.held) == 20)
            held: list[int] = []
            doubts: list[bool] = []

            def tell(_: object) -> None:
                held.append(len(server.held))
                doubts.append(watched.mailbox.commit.in_doubt)

            outcome = await committed(watched, everything, CommitCallbacks(on_copying=tell))
        assert outcome.complete
        assert set(held) == {0}
        assert set(doubts) == {False}


async def test_a_downloaded_message_is_not_downloaded_again_for_its_copy(folder: Path) -> None:
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_copies=made(folder)) as watched:
            message = await watched.mailbox.messages.retrieve(watched.entry("uid-0002"))
            outcome = await committed(watched, ALL)
            message.close()
        assert outcome.copied == 3
        assert server.keywords.count(b"RETR") == 3
    assert kept(folder) == in_maildir(make_messages(3))


@pytest.mark.parametrize(
    ("decision", "left", "copied"),
    [
        (Decision.COPIED, ["uid-0002"], 2),
        (Decision.ALL, [], 2),
    ],
)
async def test_the_user_decides_about_a_message_that_the_server_refuses(
    folder: Path, decision: Decision, left: list[str], copied: int
) -> None:
    questions: list[str] = []
    async with OddServer(make_messages(3), ["retr-refused:2"]) as server:
        async with watching(server.port, open_copies=made(folder)) as watched:
            outcome = await committed(watched, ALL, deciding(decision, questions))
        assert server.uids == left
        assert [entry.uid for entry in outcome.remaining] == left
        assert outcome.copied == copied
    (sentence,) = questions
    assert sentence.startswith("2 of 3 could be copied (the server refuses to send it")
    assert kept(folder) == in_maildir([make_message(1), make_message(3)])


async def test_without_a_decision_nothing_is_deleted(folder: Path) -> None:
    async with OddServer(make_messages(3), ["retr-refused:2"]) as server:
        async with watching(server.port, open_copies=made(folder)) as watched:
            sentence = await refused(watched)
            await watched.until(lambda: len(server.held) == 3)
        assert sentence.startswith("Nothing was deleted: 2 of 3 could be copied")
        assert len(server.messages) == 3
    assert kept(folder) == []


async def test_the_size_limit_is_respected_and_reported(folder: Path) -> None:
    size = len(make_message(1)) + 60
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_copies=made(folder, limit=2 * size)) as watched:
            sentence = await refused(watched)
        assert "2 of 3 could be copied (safety copies have reached" in sentence
        assert len(server.messages) == 3
    assert kept(folder) == []


@pytest.mark.parametrize("call", ["write", "fsync", "rename", "open"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
async def test_a_disk_that_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_copies=made(folder)) as watched:
            broken = Path if call == "rename" else os
            with monkeypatch.context() as patch:
                patch.setattr(broken, call, failing(number))
                sentence = await refused(watched)
            assert os.strerror(number) in sentence
        assert len(server.messages) == 3
    assert kept(folder) == []


async def test_a_disk_that_returns_something_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = os.read
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_copies=made(folder)) as watched:
            with monkeypatch.context() as patch:
                patch.setattr(os, "read", lambda file, n: read(file, n).replace(b"body", b"bodY"))
                sentence = await refused(watched)
        assert "not what the disk gives back" in sentence
        assert len(server.messages) == 3
    assert kept(folder) == []


@pytest.fixture
def occupied(folder: Path) -> Path:
    """Create a file in place of the folder for copies."""
    folder.parent.mkdir(parents=True)
    folder.write_text("a file")
    return folder


async def test_a_file_instead_of_the_folder(occupied: Path) -> None:
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_copies=made(occupied)) as watched:
            assert "0 of 3 could be copied (it cannot be written here" in await refused(watched)
        assert len(server.messages) == 3


async def test_a_rename_that_fails_midway_removes_the_other_copies(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, times = Path.rename, iter((True, True, False))

    def second_fails(path: Path, to: Path) -> Path:
        if not next(times):
            raise OSError(errno.EIO, "broken")
        return rename(path, to)

    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_copies=made(folder)) as watched:
            monkeypatch.setattr(Path, "rename", second_fails)
            assert "the copies are lost" in await refused(watched)
        assert len(server.messages) == 3
    assert kept(folder) == []


@pytest.mark.parametrize(
    "oddity", ["retr-cut:1", "retr-hangs-up:1", "retr-hangs:1", "rset-hangs-up"]
)
async def test_a_connection_lost_while_copying_deletes_nothing(folder: Path, oddity: str) -> None:
    async with OddServer(make_messages(3), [oddity]) as server:
        async with watching(server.port, open_copies=made(folder), timeout=0.3) as watched:
            watched.mailbox.marks.mark([watched.entry(uid) for uid in ALL])
            await watched.until(lambda: len(server.held) == 3)
            try:
                outcome = await committed(watched, ALL)
            except PoptuiError:
                assert len(server.messages) == 3
                assert kept(folder) == []
            else:
                assert outcome.copied == len(outcome.deleted) == 3 - len(server.messages)


async def test_the_user_stops_it(folder: Path) -> None:
    async with OddServer(make_messages(3), ["retr-trickles"]) as server:
        async with watching(server.port, open_copies=made(folder)) as watched:
            callbacks = CommitCallbacks(
                on_copying=lambda copying: watched.mailbox.commit.stop_copying()
            )
            assert (
                await refused(watched, callbacks) == "Stopped while copying; nothing was deleted."
            )
            assert not watched.mailbox.commit.in_doubt
        assert len(server.messages) == 3
    assert kept(folder) == []


async def test_copies_of_messages_that_stayed_are_kept_until_that_is_proved(folder: Path) -> None:
    async with OddServer(make_messages(3), ["quit-err"]) as server:
        async with watching(server.port, open_copies=made(folder)) as watched:
            outcome = await committed(watched, ALL)
        assert [entry.uid for entry in outcome.remaining] == server.uids == ["uid-0003"]
        assert outcome.copied == 2
    assert kept(folder) == in_maildir(make_messages(3))


async def test_copies_of_messages_with_an_unknown_outcome_are_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poptui.mailbox.session.backoff.MAX_WAIT_S", 0.0)
    async with OddServer(make_messages(3), ["quit-silent"]) as server:
        async with watching(server.port, open_copies=made(folder), timeout=0.3) as watched:
            watched.mailbox.marks.mark([watched.entry(uid) for uid in ALL])
            server.become("quit-silent", "pass-refused", "auth-refused", "apop-refused", "in-use")
            outcome = await committed(watched, ALL)
    assert len(outcome.unknown) == 3
    assert kept(folder) == in_maildir(make_messages(3))


async def test_the_copy_of_a_refused_deletion_is_kept_until_the_message_is_proved_to_be_there(
    folder: Path,
) -> None:
    async with OddServer(make_messages(3), ["dele-refused:2"]) as server:
        async with watching(server.port, open_copies=made(folder)) as watched:
            outcome = await committed(watched, ALL)
        assert [entry.uid for entry in outcome.refused] == server.uids == ["uid-0002"]
        assert outcome.copied == 2
    assert kept(folder) == in_maildir(make_messages(3))


async def test_without_top_headers_cannot_be_copied(folder: Path) -> None:
    async with OddServer(make_messages(3), ["no-top"]) as server:
        async with watching(server.port, open_copies=made(folder, whole=False)) as watched:
            assert "0 of 3 could be copied" in await refused(watched)
        assert len(server.messages) == 3


async def test_copies_are_requested_together(folder: Path) -> None:
    """Sixteen messages at a time: no message costs a separate round trip."""
    flights: list[int] = []
    async with OddServer(make_messages(40)) as server:
        async with watching(server.port, open_copies=made(folder)) as watched:
            client = watched.mailbox.session.workers.client  # type: ignore[union-attr]
            execute: Callable[..., Awaitable[Any]] = client.execute
            under_way = 0

            async def counted(command: object, *rest: object, **more: object) -> object:
                nonlocal under_way
                under_way += 1
                flights.append(under_way)
                try:
                    return await execute(command, *rest, **more)
                finally:
                    under_way -= 1

            client.execute = counted  # type: ignore[method-assign]
            uids = [f"uid-{number:04}" for number in range(1, 41)]
            assert (await committed(watched, uids)).copied == 40
    assert max(flights) >= 16
