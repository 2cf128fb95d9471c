"""The decode queue: visible headers come first, no slice is long, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from poptui.mailbox.decoding import decode_queue as queue_module
from poptui.mailbox.decoding.codec import pack
from poptui.mailbox.decoding.decode_queue import SLICE_S, DecodeQueue
from poptui.mailbox.decoding.decoder import HeaderDecoder
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.state import MailboxState
from poptui.triage.spam.verdict import Verdict
from tests.mailbox.watched import PATIENCE, make_message

EACH = SLICE_S / 4
"""Seconds that decoding one header takes, by the clock of these tests."""


class Kit:
    """A decode queue with a fake clock, and the numbers it decoded, slice by slice."""

    def __init__(self, count: int, *, background: bool = True) -> None:
        entries = [
            MessageEntry(number, 1, f"u{number}", f"u{number}") for number in range(count, 0, -1)
        ]
        self.entries, self.listing = entries, MailboxListing(entries)
        self.slices: list[list[int]] = []
        state = MailboxState()
        state.listing = self.listing
        self.decoder = HeaderDecoder(state)
        ticks = self._ticks()
        self.queue = DecodeQueue(
            self.decoder,
            lambda some: self.slices.append([entry.number for entry in some]),
            background=background,
            clock=lambda: next(ticks),
        )
        self.queue.start({})

    def _ticks(self) -> Iterator[float]:
        now = 0.0
        while True:
            yield now
            now += EACH

    def put(self, entries: list[MessageEntry]) -> None:
        for entry in entries:
            self.queue.put(entry, make_message(entry.number))
        self.queue.start_decoding()

    @property
    def numbers(self) -> list[int]:
        return [number for some in self.slices for number in some]

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.numbers) < count:  # noqa: ASYNC110
                await asyncio.sleep(0)


async def test_a_slice_ends_when_its_time_is_over() -> None:
    kit = Kit(20)
    kit.put(kit.entries)
    await kit.until(20)
    assert kit.numbers == list(range(20, 0, -1))
    assert max(map(len, kit.slices)) == 4
    assert kit.listing.loaded == 20


async def test_nothing_is_decoded_in_the_loop_turn_in_which_it_arrives() -> None:
    kit = Kit(8)
    kit.put(kit.entries)
    assert kit.numbers == []
    assert all(map(kit.queue.holds, kit.entries))


async def test_visible_headers_are_decoded_first_even_if_they_arrive_later() -> None:
    kit = Kit(40)
    kit.queue.prioritize(kit.entries[30:34])
    kit.put(kit.entries)
    await kit.until(4)
    assert kit.numbers[:4] == [10, 9, 8, 7]
    kit.queue.prioritize(kit.entries[36:])
    await kit.until(40)
    assert kit.numbers[4:8] != [6, 5, 4, 3]
    assert set(kit.numbers[4:12]) >= {4, 3, 2, 1}
    assert len(kit.numbers) == 40


async def test_receiving_comes_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_module, "QUIET_S", 0.0)
    kit = Kit(50)
    for entry in kit.entries:
        kit.put([entry])
        await asyncio.sleep(0)
    assert kit.numbers == []
    await kit.until(50)


async def test_a_full_queue_is_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_module, "MAX_WAITING_BYTES", 5 * len(make_message(99)))
    kit = Kit(99)
    kit.put(kit.entries[:20])
    assert kit.queue.full
    for _ in range(20):
        await asyncio.sleep(0)
    assert kit.numbers
    await kit.until(20)
    assert not kit.queue.full


async def test_cached_headers_are_decoded_only_when_needed() -> None:
    kit = Kit(10, background=False)
    kit.decoder.fill(other := MessageEntry(1, 1, "u", "u"), make_message(1))
    kit.listing.loaded = 0
    assert other.header is not None
    packed = pack(other.header, Verdict())
    kit.queue.start(dict.fromkeys(kit.entries, packed))
    await asyncio.sleep(0.01)
    assert kit.numbers == []
    kit.queue.decode_first(kit.entries[5:8])
    await kit.until(3)
    await asyncio.sleep(0.01)
    assert kit.numbers == [5, 4, 3]
    assert kit.entries[5].header == other.header
    assert not kit.entries[5].fresh


async def test_a_damaged_cached_header_is_ignored() -> None:
    kit = Kit(3)
    kit.queue.start(dict.fromkeys(kit.entries, b"{"))
    await kit.until(3)
    assert [entry.header for entry in kit.entries] == [None] * 3
    assert kit.listing.loaded == 0


async def test_a_new_session_drops_the_blocks_of_the_one_before() -> None:
    kit = Kit(3)
    kit.put(kit.entries)
    kit.queue.start({})
    await asyncio.sleep(0.01)
    assert kit.numbers == []
    assert not any(map(kit.queue.holds, kit.entries))


@pytest.mark.parametrize(
    "culprit", ["mail.headers.decode.decode_header", "triage.spam.judge.judge"]
)
async def test_a_failure_of_the_decoder_leaves_the_row_with_an_empty_header(
    culprit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(f"poptui.{culprit}", failing)
    kit = Kit(3)
    kit.put(kit.entries)
    await kit.until(3)
    assert all(entry.header is not None and entry.verdict == Verdict() for entry in kit.entries)
    assert kit.listing.loaded == 3


async def test_memory_is_returned_and_headers_that_arrive_meanwhile_are_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kit = Kit(40)
    given: list[int] = []
    loop = asyncio.get_running_loop()

    def give_back() -> None:
        given.append(len(kit.numbers))
        if len(given) == 1:
            loop.call_soon_threadsafe(kit.put, kit.entries[20:])

    monkeypatch.setattr(queue_module, "TRIM_AFTER_BYTES", 1000)
    monkeypatch.setattr(queue_module, "trim_memory", give_back)
    kit.put(kit.entries[:20])
    await kit.until(40)
    assert given[0] == 20
    kit.queue.stop()
