"""Protects screens that appear by themselves from keys that were typed for something else."""

from __future__ import annotations

from typing import Any

from textual.events import Event, Mount
from textual.screen import Screen

PAUSE_S = 0.4
"""After so long without a key or a click the next one can be meant for the screen."""


class TypeAheadGuard:
    """Mixed into a screen: ignore what was typed before the user can have read it."""

    _last_input_at = float("inf")
    _was_read = False

    def _on_mount(self, event: Mount) -> None:
        """Start the clock."""
        self._last_input_at = event.time

    def accepts(self, event: Event) -> bool:
        """Whether a key or a click may be for this screen; if not, the pause starts anew."""
        self._was_read = self._was_read or event.time - self._last_input_at >= PAUSE_S
        self._last_input_at = event.time
        return self._was_read


def is_meant(event: Event, screen: Screen[Any]) -> bool:
    """Whether the user can have read ``screen`` before doing this."""
    return not isinstance(screen, TypeAheadGuard) or screen.accepts(event)
