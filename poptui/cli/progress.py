"""How far a batch command has come, on standard error."""

from __future__ import annotations

import sys

from poptui.cli.streams import say
from poptui.mailbox.changes import Change, Loaded, Notice
from poptui.mailbox.commit.copier import Copying
from poptui.printable import printable_line


class Progress:
    """Counts headers where somebody looks, and repeats notices."""

    def __init__(self, total: int) -> None:
        self._total, self._loaded = total, 0
        self._shown = sys.stderr.isatty()

    def __call__(self, change: Change) -> None:
        if isinstance(change, Notice):
            say(f"poptui: {printable_line(change.text)}")
        elif isinstance(change, Loaded) and self._shown:
            self._loaded += len(change.entries)
            done = self._loaded >= self._total
            line = "\r\x1b[K" if done else f"\rheaders {self._loaded:,}/{self._total:,}"
            say(line, end="")


class CopyProgress:
    """Counts safety copies where somebody looks."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._done = -1

    def __call__(self, copying: Copying) -> None:
        if self._shown and copying.done != self._done:
            self._done = copying.done
            done = copying.done == copying.total
            line = (
                "\r\x1b[K"
                if done
                else f"\rcopied {copying.done - copying.failed:,}/{copying.total:,}"
            )
            say(line, end="")
