"""Screens that come by themselves need not stand for a while before a test answers them."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poptui.tui.screens.type_ahead.PAUSE_S", 0.0)
