"""Shorten waits in tests."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _second_look_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poptui.mailbox.commit.quit.RECHECK_DELAY_S", 0.02)
    monkeypatch.setattr("poptui.mailbox.session.backoff.FIRST_WAIT_S", 0.02)
    monkeypatch.setattr("poptui.mailbox.session.backoff.MAX_WAIT_S", 0.5)
