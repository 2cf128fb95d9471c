"""The question about marks of an earlier run: its text, and the effect of each answer."""

from __future__ import annotations

import pytest

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.marks.recovered_marks import RecoveryOffer
from poptui.storage.mark_record import MarkRecord
from tests.tui.fake_mailbox import FakeMailbox, entries
from tests.tui.kit import running, shows, text, until

MARKED = 1_770_000_000.0
QUESTION = "2 messages marked by an earlier run"


def kept(entry: MessageEntry, *, sent: bool = False) -> MarkRecord:
    uid = str(entry.uid)
    return MarkRecord(uid, entry.size, "print", "Then Sender", f"Then {uid}", MARKED, sent)


def offering() -> FakeMailbox:
    content = entries(5)
    two = [(entry, kept(entry)) for entry in content[1:3]]
    gone = MarkRecord("gone", 1, "print", "Nobody", "Gone", MARKED, sent=True)
    return FakeMailbox(content, offer=RecoveryOffer(tuple(two), (gone,)))


async def test_it_lists_the_earlier_marks_with_their_results() -> None:
    async with running(offering(), (140, 30)) as pilot:
        await shows(pilot, QUESTION)
        shown = " ".join(text(pilot).replace("│", " ").split())
        for piece in (
            "Then Sender",
            "Then uid4",
            "Then uid3",
            "2 messages marked by an earlier run",
            "Deleted, as you confirmed before that run ended: “Gone” from Nobody.",
            "Mark 2 messages (7 kB) again",
            "Forget these marks",
            "Decide later",
        ):
            assert piece in shown


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 50)])
async def test_the_answers_are_there_at_every_size(size: tuple[int, int]) -> None:
    async with running(offering(), size) as pilot:
        shown = await shows(pilot, "Decide later")
        assert "Forget these marks" in shown


async def test_keeping_marks_them_again() -> None:
    mailbox = offering()
    async with running(mailbox) as pilot:
        await shows(pilot, QUESTION)
        await pilot.press("k")
        await shows(pilot, "Marked again: 2 messages (7 kB).")
        assert [entry.number for entry in mailbox.marked()] == [4, 3]
        mailbox.load()
        await pilot.pause()
        assert QUESTION not in text(pilot)


async def test_forgetting_forgets() -> None:
    mailbox = offering()
    async with running(mailbox) as pilot:
        await shows(pilot, QUESTION)
        await pilot.press("f")
        await shows(pilot, "forgotten")
        assert mailbox.marked() == []
    assert "forget earlier" in mailbox.calls


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_deciding_later_does_nothing_and_asks_no_more(key: str) -> None:
    mailbox = offering()
    async with running(mailbox) as pilot:
        await shows(pilot, QUESTION)
        await pilot.press(key)
        await until(pilot, lambda: QUESTION not in text(pilot))
        await pilot.press("r")
        await until(pilot, lambda: "refresh" in mailbox.calls)
        await pilot.pause()
        assert QUESTION not in text(pilot)
        assert mailbox.marked() == []
    assert not {"keep earlier", "forget earlier"} & set(map(str, mailbox.calls))


async def test_with_nothing_left_there_is_nothing_to_mark() -> None:
    mailbox = offering()
    assert mailbox.offer is not None
    mailbox.recovered.offer = RecoveryOffer(unsure=mailbox.offer.marks)
    async with running(mailbox) as pilot:
        shown = await shows(pilot, "“Gone”")
        assert "again" not in shown
        await pilot.press("k", "f")
        await shows(pilot, "forgotten")


async def test_a_clock_far_off_is_not_quoted() -> None:
    mailbox = offering()
    mailbox.recovered.offer = RecoveryOffer(gone=(MarkRecord("x", 1, "", marked=1e300),))
    async with running(mailbox) as pilot:
        await shows(pilot, "1 message marked by an earlier run is no longer on the server.")


async def test_after_a_kill_behind_quit_the_deleted_are_named_and_nothing_is_asked() -> None:
    mailbox = FakeMailbox(entries(5))
    went = [MarkRecord(f"u{n}", 1, "p", "Sender", f"Went {n}", MARKED, sent=True) for n in range(5)]
    other = MarkRecord("other", 1, "p", "Sender", "Vanished", MARKED)
    mailbox.recovered.offer = RecoveryOffer(gone=(*went, other))
    async with running(mailbox, (120, 30)) as pilot:
        shown = await shows(pilot, "no longer on the server")
        assert "not deleted" not in shown
        assert "Deleted, as you confirmed before that run ended: 5" in shown
        assert all(f"“Went {n}” from Sender" in shown for n in range(5))
        assert "No longer there, although you never confirmed that: 1" in shown
        assert "“Vanished” from Sender" in shown
        await pilot.pause(0.5)
        await pilot.press("enter")
        await until(pilot, lambda: "forget earlier" in mailbox.calls)
        await until(pilot, lambda: "no longer on the server" not in text(pilot))


async def test_marks_that_fit_no_message_for_certain_are_named() -> None:
    content = entries(5)
    unsure = tuple(kept(entry) for entry in content[1:3])
    mailbox = FakeMailbox(content, offer=RecoveryOffer(unsure=unsure))
    async with running(mailbox, (140, 30)) as pilot:
        await shows(pilot, QUESTION)
        shown = " ".join(text(pilot).replace("│", " ").split())
        assert "Possibly not the same: “Then uid4” from Then Sender; “Then uid3”" in shown
        assert "Connecting" not in shown
