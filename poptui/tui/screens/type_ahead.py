"""Screens that come by themselves, over whatever is being typed."""

from __future__ import annotations

from typing import Any

from textual.events import Event, Mount
from textual.screen import Screen

PAUSE = 0.4
"""Seconds without a key or a click after which the next one can be meant for the screen."""


class TypeAheadGuard:
    """Mixed into a screen: what was typed before it can have been read is no answer to it."""

    _since = float("inf")
    _read = False

    def _on_mount(self, event: Mount) -> None:
        """It is there."""
        self._since = event.time

    def is_meant(self, event: Event) -> bool:
        """Whether a key or a click may be for this screen; one that is not puts the next off."""
        self._read = self._read or event.time - self._since >= PAUSE
        self._since = event.time
        return self._read


def is_meant(event: Event, screen: Screen[Any]) -> bool:
    """Whether the user can have read ``screen`` before doing this."""
    return not isinstance(screen, TypeAheadGuard) or screen.is_meant(event)
