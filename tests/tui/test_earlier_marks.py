"""The question about marks of an earlier run: what it shows, and what each answer does."""

from __future__ import annotations

import pytest

from poptui.maildrop.earlier import Offer
from poptui.maildrop.entry import Entry
from poptui.storage.kept_mark import KeptMark
from tests.tui.fake_maildrop import FakeMaildrop, entries
from tests.tui.kit import running, shows, text, until

MARKED = 1_770_000_000.0
QUESTION = "3 messages marked by an earlier run"


def kept(entry: Entry, *, sent: bool = False) -> KeptMark:
    uid = str(entry.uid)
    return KeptMark(uid, entry.size, "print", "Then Sender", f"Then {uid}", MARKED, sent)


def offering() -> FakeMaildrop:
    content = entries(5)
    two = [(entry, kept(entry)) for entry in content[1:3]]
    gone = KeptMark("gone", 1, "print", "Nobody", "Gone", MARKED, sent=True)
    return FakeMaildrop(content, offer=Offer(tuple(two), (gone,)))


async def test_it_lists_what_was_marked_and_says_what_became_of_it() -> None:
    async with running(offering(), (140, 30)) as pilot:
        await shows(pilot, QUESTION)
        shown = " ".join(text(pilot).replace("│", " ").split())
        for piece in (
            "Then Sender",
            "Then uid4",
            "Then uid3",
            "No longer there: 1.",
            "Confirmed, but never answered: 1.",
            "Mark 2 messages (7 kB) again",
            "Forget these marks",
            "Decide later",
        ):
            assert piece in shown
        assert "Gone" not in shown


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 50)])
async def test_the_answers_are_there_at_every_size(size: tuple[int, int]) -> None:
    async with running(offering(), size) as pilot:
        shown = await shows(pilot, "Decide later")
        assert "Forget these marks" in shown


async def test_keeping_marks_them_again() -> None:
    maildrop = offering()
    async with running(maildrop) as pilot:
        await shows(pilot, QUESTION)
        await pilot.press("k")
        await shows(pilot, "Marked again: 2 messages (7 kB).")
        assert [entry.number for entry in maildrop.marked()] == [4, 3]
        maildrop.load()
        await pilot.pause()
        assert QUESTION not in text(pilot)


async def test_forgetting_forgets() -> None:
    maildrop = offering()
    async with running(maildrop) as pilot:
        await shows(pilot, QUESTION)
        await pilot.press("f")
        await shows(pilot, "forgotten")
        assert maildrop.marked() == []
    assert "forget earlier" in maildrop.calls


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_deciding_later_does_nothing_and_asks_no_more(key: str) -> None:
    maildrop = offering()
    async with running(maildrop) as pilot:
        await shows(pilot, QUESTION)
        await pilot.press(key)
        await until(pilot, lambda: QUESTION not in text(pilot))
        await pilot.press("r")
        await until(pilot, lambda: "refresh" in maildrop.calls)
        await pilot.pause()
        assert QUESTION not in text(pilot)
        assert maildrop.marked() == []
    assert not {"keep earlier", "forget earlier"} & set(map(str, maildrop.calls))


async def test_with_nothing_left_there_is_nothing_to_mark() -> None:
    maildrop = offering()
    assert maildrop.offer is not None
    maildrop.earlier.offer = Offer(unsure=maildrop.offer.marks)
    async with running(maildrop) as pilot:
        shown = await shows(pilot, "Not surely the same: 3.")
        assert "again" not in shown
        await pilot.press("k", "f")
        await shows(pilot, "forgotten")


async def test_a_clock_far_off_is_not_quoted() -> None:
    maildrop = offering()
    maildrop.earlier.offer = Offer(gone=(KeptMark("x", 1, "", marked=1e300),))
    async with running(maildrop) as pilot:
        await shows(pilot, "1 message marked by an earlier run, not deleted.")
