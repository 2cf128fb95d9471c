"""Escape sequences in a program's output: the modes they set, and those the emulator
understands."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SET_OR_RESET = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KEYBOARD = re.compile(rb"\x1b\[([<>])[0-9;]*u")

ALTERNATE_SCREEN = frozenset({47, 1047, 1049})
MOUSE = frozenset({9, 1000, 1001, 1002, 1003, 1005, 1006, 1015, 1016})
REPORTS = frozenset({1004, 2004, 2026, 2031, 2048})
"""Focus, bracketed paste, synchronised output, colour scheme, size: all off in a shell."""
WRAP = 7
CURSOR = 25

_INCOMPLETE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*|[PX^_\]](?:[^\x07\x1b]|\x1b(?!\\))*|[ -/]*)$", re.DOTALL
)
_FOREIGN_TO_PYTE = re.compile(
    rb"\x1b\[[<=>][0-?]*[ -/]*[@-~]"  # private to newer terminals, such as the kitty keyboard
    rb"|\x1b\[[0-?]*[ -/]+[@-~]"  # with intermediates: mode queries, cursor styles
    rb"|\x1b\[\?[0-9;]*u"
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC
    rb"|\x1b[PX^_][^\x1b]*\x1b\\"  # DCS, SOS, PM, APC
)


@dataclass(frozen=True)
class PrivateModes:
    """The state of the terminal's private modes after some output."""

    on: frozenset[int]
    cursor_hidden: bool
    wrap_off: bool
    """Long lines are cut at the right edge."""
    keyboard_changed: bool
    """Whether an enhanced keyboard mode was pushed and not popped."""

    @classmethod
    def of(cls, raw: bytes) -> PrivateModes:
        """Read the modes from the bytes written since the terminal was opened."""
        state: dict[int, bool] = {}
        for numbers, action in _SET_OR_RESET.findall(raw):
            state.update((int(number), action == b"h") for number in numbers.split(b";") if number)
        pushes = [mark == b">" for mark in _KEYBOARD.findall(raw)]
        return cls(
            on=frozenset(number for number, on in state.items() if on),
            cursor_hidden=not state.get(CURSOR, True),
            wrap_off=not state.get(WRAP, True),
            keyboard_changed=sum(pushes) * 2 > len(pushes),
        )

    @property
    def alternate_screen(self) -> bool:
        return bool(self.on & ALTERNATE_SCREEN)

    @property
    def mouse(self) -> bool:
        return bool(self.on & MOUSE)

    @property
    def restored(self) -> bool:
        """Whether a shell could continue as if nothing had happened."""
        changed = self.on & (ALTERNATE_SCREEN | MOUSE | REPORTS)
        return not (changed or self.cursor_hidden or self.wrap_off or self.keyboard_changed)


def for_pyte(data: bytes) -> tuple[bytes, bytes]:
    """Return ``data`` without the sequences that pyte would print as text, and an incomplete
    tail."""
    tail = _INCOMPLETE.search(data)
    whole = data[: tail.start()] if tail else data
    return _FOREIGN_TO_PYTE.sub(b"", whole), data[len(whole) :]
