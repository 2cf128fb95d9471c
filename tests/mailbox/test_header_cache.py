"""The header cache of a mailbox: a second start loads no header again and shows no wrong one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from poptui.demo.stored_mailbox import StoredMessage
from poptui.mail.headers.header import Address, Header
from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.decoding.codec import pack, unpack
from poptui.mailbox.headers.cache import Cache
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions, parse_target
from poptui.secret import Secret
from poptui.storage.cache import HeaderCache
from poptui.triage.spam.verdict import Signal, Verdict
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_message, make_messages

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
DATES = st.none() | st.datetimes(timezones=ZONES).map(lambda when: when.replace(microsecond=0))
HEADERS = st.builds(
    Header,
    st.builds(Address, TEXT, TEXT),
    TEXT,
    TEXT,
    DATES,
    TEXT,
    TEXT,
    st.booleans(),
    st.dictionaries(TEXT, TEXT, max_size=2),
    st.booleans(),
    DATES,
)


SIGNALS = st.builds(Signal, TEXT, TEXT, st.floats(0, 10))
VERDICTS = st.builds(Verdict, st.lists(SIGNALS, max_size=3).map(tuple), st.booleans())


@given(HEADERS, VERDICTS)
def test_packing_and_unpacking_changes_nothing(header: Header, verdict: Verdict) -> None:
    assert unpack(pack(header, verdict)) == (header, verdict)


@given(st.binary(max_size=60))
def test_foreign_bytes_are_not_taken_for_a_header(octets: bytes) -> None:
    unpack(octets)


def test_damaged_bytes_are_not_taken_for_a_header() -> None:
    good = pack(Header(Address("a", "b"), date=datetime(2026, 1, 2, tzinfo=UTC)), Verdict())
    assert unpack(good) is not None
    assert unpack(good[:-2]) is None
    assert unpack(b"[]") is None
    assert unpack(b'[1,2,3,4,"x",5,6,7,{},true,[]]') is None
    assert unpack(b'["a","b","c","d","","e","f",true,{},true,[[1,2,3,4]]]') is None
    assert unpack(b'["a","b","c","d",0,"e","f",true,9]') is None


def make_mailbox(server: OddServer, open_cache: Callable[[], Cache]) -> Mailbox:
    target = parse_target(f"pop://user@127.0.0.1:{server.port}")
    sign_in = partial(log_in, target, Credentials(Secret("secret")), options=ConnectionOptions(2.0))
    return Mailbox(target.title, sign_in, open_cache=open_cache)


async def subjects_of(server: OddServer, path: Path) -> list[str]:
    """Open the mailbox, load all headers, leave; return the subjects that were shown."""
    cache = HeaderCache(path, "user@odd")
    mailbox = make_mailbox(server, lambda: cache)
    await mailbox.session.connect()
    await mailbox.headers.load(mailbox.listing.entries)
    subjects = [entry.header.subject if entry.header else "" for entry in mailbox.listing.entries]
    assert mailbox.listing.loaded == len(subjects)
    await mailbox.session.discard()
    cache.close()
    return subjects


async def test_a_second_start_loads_no_header_again(tmp_path: Path) -> None:
    async with OddServer(make_messages(30)) as server:
        first = await subjects_of(server, tmp_path / "cache")
        assert server.keywords.count(b"TOP") == 30
        assert await subjects_of(server, tmp_path / "cache") == first
        assert server.keywords.count(b"TOP") == 30


async def test_only_new_messages_are_asked_for(tmp_path: Path) -> None:
    async with OddServer(make_messages(5)) as server:
        await subjects_of(server, tmp_path / "cache")
        server.messages.append(replace(server.messages[0], uid="new", data=make_message(77)))
        assert (await subjects_of(server, tmp_path / "cache"))[0] == "letter 77"
        assert server.commands[-2:] == [b"TOP 6 0", b"QUIT"]


async def test_a_uid_with_another_size_is_another_message(tmp_path: Path) -> None:
    async with OddServer(make_messages(3)) as server:
        await subjects_of(server, tmp_path / "cache")
        server.messages[1] = replace(server.messages[1], data=make_message(88, "longer"))
        assert (await subjects_of(server, tmp_path / "cache"))[1] == "letter 88"


async def test_entries_the_server_no_longer_has_are_dropped(tmp_path: Path) -> None:
    async with OddServer(make_messages(3)) as server:
        await subjects_of(server, tmp_path / "cache")
        del server.messages[0]
        await subjects_of(server, tmp_path / "cache")
    cache = HeaderCache(tmp_path / "cache", "user@odd")
    sizes = {f"uid-{number:04}": len(make_message(number)) for number in (1, 2, 3)}
    assert cache.load(sizes).keys() == {"uid-0002", "uid-0003"}
    cache.close()


async def test_ambiguous_uids_are_never_cached(tmp_path: Path) -> None:
    async with OddServer(make_messages(3), ["duplicate-uids"]) as server:
        await subjects_of(server, tmp_path / "cache")
        before = server.keywords.count(b"TOP")
        assert await subjects_of(server, tmp_path / "cache") == [
            "letter 3",
            "letter 2",
            "letter 1",
        ]
        assert server.keywords.count(b"TOP") == before + 2


async def test_a_broken_cache_is_reported_once_and_the_list_still_loads(tmp_path: Path) -> None:
    async with OddServer(make_messages(3)) as server:
        cache = HeaderCache(tmp_path, "user@odd")
        mailbox = make_mailbox(server, lambda: cache)
        changes: list[object] = []
        mailbox.listen(changes.append)
        await mailbox.session.connect()
        await mailbox.headers.load(mailbox.listing.entries)
        await mailbox.session.refresh()
        assert mailbox.listing.loaded == 3
        assert sum("header cache" in str(change) for change in changes) == 1
        await mailbox.session.discard()


async def new_uids(server: OddServer, path: Path, *, leave: bool = True) -> list[str | None]:
    """Open the mailbox and return the UIDs of the new messages."""
    cache = HeaderCache(path, "user@odd")
    mailbox = make_mailbox(server, lambda: cache)
    await mailbox.session.connect()
    found = [entry.uid for entry in mailbox.listing.entries if entry.new]
    if leave:
        await mailbox.headers.load(mailbox.listing.entries)
        await mailbox.session.discard()
    mailbox.session.abandon()
    await asyncio.sleep(0)
    cache.close()
    return found


async def test_messages_that_no_earlier_run_has_listed_are_new(tmp_path: Path) -> None:
    async with OddServer(make_messages(2)) as server:
        assert await new_uids(server, tmp_path / "cache") == []
        assert await new_uids(server, tmp_path / "cache") == []
        server.messages.append(replace(server.messages[0], uid="later", data=make_message(3)))
        assert await new_uids(server, tmp_path / "cache", leave=False) == ["later"]
        assert await new_uids(server, tmp_path / "cache") == ["later"]
        assert await new_uids(server, tmp_path / "cache") == []


async def test_in_a_mailbox_that_was_empty_everything_is_new(tmp_path: Path) -> None:
    async with OddServer([]) as server:
        assert await new_uids(server, tmp_path / "cache") == []
        server.messages.extend(
            [StoredMessage("uid-1", make_message(1)), StoredMessage("uid-2", make_message(2))]
        )
        assert await new_uids(server, tmp_path / "cache") == ["uid-2", "uid-1"]


async def test_a_header_that_was_not_loaded_in_time_is_not_new(tmp_path: Path) -> None:
    async with OddServer(make_messages(3)) as server:
        await subjects_of(server, tmp_path / "cache")
        server.messages.insert(0, StoredMessage("older", make_message(9)))
        assert await new_uids(server, tmp_path / "cache") == []


async def test_a_refresh_finds_what_is_new(tmp_path: Path) -> None:
    async with OddServer(make_messages(2)) as server:
        mailbox = make_mailbox(server, lambda: HeaderCache(tmp_path / "cache", "user@odd"))
        await mailbox.session.connect()
        server.messages.append(StoredMessage("later", make_message(3)))
        await mailbox.session.refresh()
        assert [entry.uid for entry in mailbox.listing.entries if entry.new] == ["later"]
        await mailbox.session.discard()
