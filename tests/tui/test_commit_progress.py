"""Safety copies before a deletion, as the user sees them: progress, Esc, and the question."""

from __future__ import annotations

import pytest

from poptui.mailbox.commit.copier import CopyStatus
from poptui.mailbox.commit.outcome import Outcome, copies_sentence, deleted_sentence
from poptui.mailbox.commit.safety_copies import Decision, IncompleteCopies
from poptui.tui.flows.commit_progress import copy_progress
from tests.tui.fake_mailbox import FakeMailbox, entries
from tests.tui.kit import AppPilot, running, shows, text, until


async def wait_for_question(pilot: AppPilot, mailbox: FakeMailbox, keys: str = "q") -> None:
    await shows(pilot, "Subject 5")
    await pilot.press("d", "d", keys)
    await shows(pilot, "Copies are kept")
    two = mailbox.marked()
    mailbox.shortfall = IncompleteCopies((two[0],), {two[1]: "the disk is full"})
    await pilot.press("c")


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 50)])
async def test_the_question_names_what_has_no_copy_and_why(size: tuple[int, int]) -> None:
    mailbox = FakeMailbox(makes_copies=True)
    async with running(mailbox, size) as pilot:
        await wait_for_question(pilot, mailbox)
        shown = await shows(pilot, "Delete nothing")
        for piece in ("1 of 2 could be copied", "the disk is full", "what was copied"):
            assert piece in " ".join(shown.replace("│", " ").split())
        assert pilot.app.focused is not None
        assert pilot.app.focused.id == "NOTHING"


@pytest.mark.parametrize(
    ("key", "decision", "gone"),
    [("a", Decision.ALL, 2), ("c", Decision.COPIED, 1)],
)
async def test_the_decision_is_carried_out(key: str, decision: Decision, gone: int) -> None:
    mailbox = FakeMailbox(makes_copies=True)
    async with running(mailbox) as pilot:
        await wait_for_question(pilot, mailbox)
        await shows(pilot, "Delete nothing")
        await pilot.press(key)
        await until(pilot, lambda: pilot.app.return_value is not None)
        assert decision in mailbox.calls
        assert len(mailbox.content) == 5 - gone


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_nothing_is_deleted_by_the_default(key: str) -> None:
    mailbox = FakeMailbox(makes_copies=True)
    async with running(mailbox) as pilot:
        await wait_for_question(pilot, mailbox, "$")
        await shows(pilot, "Delete nothing")
        await pilot.press(key)
        await shows(pilot, "Nothing was deleted: 1 of 2 could be copied (the disk is full).")
        await pilot.press("enter")
        await shows(pilot, "2 marked")
        assert len(mailbox.content) == 5
        assert pilot.app.is_running


async def test_progress_and_esc() -> None:
    mailbox = FakeMailbox(makes_copies=True, copying=True, steps=[CopyStatus(12, 300, 1_234_000)])
    mailbox.gate.clear()
    async with running(mailbox) as pilot:
        mailbox.gate.set()
        await shows(pilot, "Subject 5")
        mailbox.gate.clear()
        await pilot.press("d", "q", "c")
        await shows(pilot, "12 of 300 copied, 1.2 MB")
        assert "nothing is deleted yet" in text(pilot)
        await pilot.press("escape")
        await shows(pilot, "Stopped while copying; nothing was deleted.")
        assert "stop copying" in mailbox.calls
        assert len(mailbox.content) == 5


def test_words() -> None:
    gone = tuple(entries(3))
    assert "poptui rescue list" not in deleted_sentence(Outcome(deleted=gone))
    assert (
        copies_sentence(Outcome(deleted=gone, copied=3)) == " Copies are kept: poptui rescue list."
    )
    assert (
        copies_sentence(Outcome(deleted=gone, copied=2))
        == " Copies of 2 are kept: poptui rescue list."
    )
    assert copy_progress(CopyStatus(9, 12, 0, 7)).startswith("2 of 12 copied, 7 failed, 0 B")
    assert copy_progress(CopyStatus(0, 1, 0)).startswith("0 of 1 copied, 0 B")


async def test_no_key_typed_before_it_answers_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poptui.tui.screens.dialog.PAUSE_S", 1e6)
    mailbox = FakeMailbox(makes_copies=True)
    async with running(mailbox) as pilot:
        await wait_for_question(pilot, mailbox)
        await shows(pilot, "Delete nothing")
        await pilot.press("c", "a")
        assert len(mailbox.content) == 5
        assert Decision.COPIED not in mailbox.calls
        monkeypatch.setattr("poptui.tui.screens.dialog.PAUSE_S", 0.0)
        await pilot.press("a")
        await until(pilot, lambda: Decision.ALL in mailbox.calls)
