"""Waits that are short in tests."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _second_look_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poptui.maildrop.commit.AGAIN", 0.02)
