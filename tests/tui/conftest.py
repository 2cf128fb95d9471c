"""What a test presses is read and meant: no screen must stand for a while before its answer.

``test_serial_input.py`` and the acceptance tests keep to the real times.
"""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poptui.tui.screens.dialog.PAUSE_S", 0.0)
    monkeypatch.setattr("poptui.tui.serial_input.PACKET_GAP_S", 0.0)
