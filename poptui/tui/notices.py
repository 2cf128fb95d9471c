"""The log of notices, the title of the window, and desktop notifications."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from poptui.printable import printable_line

MAX_KEPT = 500
"""Maximum number of sentences that are remembered."""

BELL = "\x07"
_HAVE_TITLES = (
    "xterm", "rxvt", "alacritty", "kitty", "foot", "tmux", "st-", "wezterm", "vte", "konsole",
    "ghostty", "contour", "mintty",
)  # fmt: skip
"""Beginnings of TERM for terminals that take a title, and keep the old one when asked to."""
KEEP_TITLE, RESTORE_TITLE = "\x1b[22;0t", "\x1b[23;0t"


class NoticeRecord(NamedTuple):
    """A sentence and the time when it was shown."""

    at: datetime
    sentence: str


class NoticeLog:
    """The last notices; one that is repeated is kept only once."""

    def __init__(self) -> None:
        self._kept: deque[NoticeRecord] = deque(maxlen=MAX_KEPT)

    def add(self, sentence: str) -> None:
        """Remember a printable sentence."""
        if sentence and not (self._kept and self._kept[-1].sentence == sentence):
            self._kept.append(NoticeRecord(datetime.now(), sentence))

    def lines(self) -> list[str]:
        """The sentences with their times, the newest first."""
        return [f"{record.at:%H:%M:%S}  {record.sentence}" for record in reversed(self._kept)]


def takes_title(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is known to take a title for its window."""
    return environ.get("TERM", "").startswith(_HAVE_TITLES)


def title_sequence(title: str) -> str:
    """Return the control sequence that sets the title of the window (OSC 2)."""
    return f"\x1b]2;{printable_line(title)}\x07"


def notice_sequence(kind: str, title: str, sentence: str) -> str:
    """Return the control sequence for a notification: ``bell``, ``osc9`` (iTerm2) or ``osc777``
    (rxvt). For ``off`` it is "". The text is printable, so it cannot end the sequence.
    """
    title, sentence = (printable_line(text).replace(";", ",") for text in (title, sentence))
    return {
        "bell": BELL,
        "osc9": f"\x1b]9;{title}: {sentence}\x07",
        "osc777": f"\x1b]777;notify;{title};{sentence}\x07",
    }.get(kind, "")


class WindowTitle:
    """The title of the terminal's window, written only if it changes."""

    def __init__(self, *, wanted: bool) -> None:
        self._takes = wanted and takes_title(os.environ)
        self._shown = ""

    def set(self, title: str) -> str:
        """Return the sequence that sets the title; "" if it is set already."""
        if not self._takes or title == self._shown:
            return ""
        keep = "" if self._shown else KEEP_TITLE
        self._shown = title
        return keep + title_sequence(title)

    def restore(self) -> str:
        """Return the sequence that restores the earlier title of the window."""
        return RESTORE_TITLE if self._shown else ""
