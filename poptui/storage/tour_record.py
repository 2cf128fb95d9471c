"""Remember that the tour was shown, so that only the first demo begins with it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from poptui.environment import state_path


class TourRecord:
    """An empty file in the state folder; if it can't be written, the tour is shown again."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or state_path("tour-shown")

    @property
    def was_shown(self) -> bool:
        """Whether the tour was shown before."""
        with suppress(OSError):
            return self._path.exists()
        return False

    def note(self) -> None:
        """Remember that the tour was shown."""
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
