"""A wait that fails does so soon, and shows what it waited for and what is on the screen."""

from __future__ import annotations

import pytest

from tests.tui import kit
from tests.tui.fake_mailbox import FakeMailbox


async def test_a_text_that_never_comes_is_named_beside_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kit, "PATIENCE_S", 0.1)
    async with kit.running(FakeMailbox()) as pilot:
        with pytest.raises(AssertionError) as failure:
            await kit.shows(pilot, "no such text")
    assert "'no such text'" in str(failure.value)
    assert "Subject 5" in str(failure.value)


async def test_a_condition_that_never_holds_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "PATIENCE_S", 0.1)
    async with kit.running(FakeMailbox()) as pilot:
        with pytest.raises(AssertionError, match="lambda: 1 > 2"):
            await kit.until(pilot, lambda: 1 > 2)
