"""Measure the memory of a program and of the processes it starts."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Event, Thread
from types import TracebackType

_INTERVAL_S = 0.05
"""How often memory is read; a process that lives for less hardly grows."""
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


class Memory:
    """Watch the process ``pid`` and its children; a context manager."""

    def __init__(self, pid: int) -> None:
        self.own = self.children = 0
        """The most resident bytes at any moment: in the process, in any child."""
        self._pid = pid
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_INTERVAL_S):
            self.own = max(self.own, _peak(self._pid))
            self.children = max(self.children, *map(_peak, _children(self._pid)), 0)


def _children(pid: int) -> list[int]:
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in files for child in _read(file).split()]


def _peak(pid: int) -> int:
    found = _PEAK.search(_read(Path(f"/proc/{pid}/status")))
    return int(found[1]) * 1024 if found else 0


def _read(file: Path) -> str:
    """Read a file of a process; return ``""`` if that has ended."""
    try:
        return file.read_text()
    except OSError:
        return ""
