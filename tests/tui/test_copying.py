"""Copies before a deletion, as the user sees them: progress, Esc, and the question."""

from __future__ import annotations

import pytest

from poptui.maildrop.copying import Copying
from poptui.maildrop.outcome import Outcome
from poptui.maildrop.safety import Decision, Shortfall
from poptui.tui.copying import progress
from poptui.tui.wording import copied, deleted
from tests.tui.fake_maildrop import FakeMaildrop, entries
from tests.tui.kit import AppPilot, running, shows, text, until


async def asked(pilot: AppPilot, maildrop: FakeMaildrop, keys: str = "q") -> None:
    await shows(pilot, "Subject 5")
    await pilot.press("d", "d", keys)
    await shows(pilot, "once copied")
    two = maildrop.marked()
    maildrop.shortfall = Shortfall((two[0],), {two[1]: "the disk is full"})
    await pilot.press("c")


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 50)])
async def test_the_question_names_what_has_no_copy_and_why(size: tuple[int, int]) -> None:
    maildrop = FakeMaildrop(copies=True)
    async with running(maildrop, size) as pilot:
        await asked(pilot, maildrop)
        shown = await shows(pilot, "Delete nothing")
        for piece in ("1 of 2 could be copied", "the disk is full", "what was copied"):
            assert piece in " ".join(shown.replace("│", " ").split())
        assert pilot.app.focused is not None
        assert pilot.app.focused.id == "NOTHING"


@pytest.mark.parametrize(
    ("key", "decision", "gone"),
    [("a", Decision.ALL, 2), ("c", Decision.COPIED, 1)],
)
async def test_what_is_decided_is_done(key: str, decision: Decision, gone: int) -> None:
    maildrop = FakeMaildrop(copies=True)
    async with running(maildrop) as pilot:
        await asked(pilot, maildrop)
        await shows(pilot, "Delete nothing")
        await pilot.press(key)
        await until(pilot, lambda: pilot.app.return_value is not None)
        assert decision in maildrop.calls
        assert len(maildrop.content) == 5 - gone


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_nothing_is_deleted_by_the_default(key: str) -> None:
    maildrop = FakeMaildrop(copies=True)
    async with running(maildrop) as pilot:
        await asked(pilot, maildrop, "$")
        await shows(pilot, "Delete nothing")
        await pilot.press(key)
        await shows(pilot, "Nothing was deleted: 1 of 2 could be copied (the disk is full).")
        await pilot.press("enter")
        await shows(pilot, "2 marked")
        assert len(maildrop.content) == 5
        assert pilot.app.is_running


async def test_progress_and_esc() -> None:
    maildrop = FakeMaildrop(copies=True, copying=True, steps=[Copying(12, 300, 1_234_000)])
    maildrop.gate.clear()
    async with running(maildrop) as pilot:
        maildrop.gate.set()
        await shows(pilot, "Subject 5")
        maildrop.gate.clear()
        await pilot.press("d", "q", "c")
        await shows(pilot, "12 of 300 copied, 1.2 MB")
        assert "nothing is deleted yet" in text(pilot)
        await pilot.press("escape")
        await shows(pilot, "Stopped while copying; nothing was deleted.")
        assert "stop copying" in maildrop.calls
        assert len(maildrop.content) == 5


def test_words() -> None:
    gone = tuple(entries(3))
    assert "poptui rescue list" not in deleted(Outcome(deleted=gone))
    assert copied(Outcome(deleted=gone, copied=3)) == " Copies are kept: poptui rescue list."
    assert copied(Outcome(deleted=gone, copied=2)) == " Copies of 2 are kept: poptui rescue list."
    assert progress(Copying(9, 12, 0, 7)).startswith("2 of 12 copied, 7 cannot be, 0 B")
    assert progress(Copying(0, 1, 0)).startswith("0 of 1 copied, 0 B")


async def test_no_key_typed_before_it_answers_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poptui.tui.screens.unasked.PAUSE", 1e6)
    maildrop = FakeMaildrop(copies=True)
    async with running(maildrop) as pilot:
        await asked(pilot, maildrop)
        await shows(pilot, "Delete nothing")
        await pilot.press("c", "a")
        assert len(maildrop.content) == 5
        assert Decision.COPIED not in maildrop.calls
        monkeypatch.setattr("poptui.tui.screens.unasked.PAUSE", 0.0)
        await pilot.press("a")
        await until(pilot, lambda: Decision.ALL in maildrop.calls)
