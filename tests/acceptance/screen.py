"""What a test reads off poptui's screen, and of what it left behind on the terminal."""

from __future__ import annotations

from tests.acceptance.program import sentence_in
from tests.kit.terminal import Terminal

OUT_OF_SCREEN = b"\x1b[?1049l"
"""The sequence by which a program gives the shell's screen back."""

READ = 0.5
"""Seconds that a screen which comes by itself must stand before it takes a key."""


def farewell(terminal: Terminal) -> str:
    """What the ended program left on the shell's screen: nothing, or one sentence."""
    left = terminal.raw.rpartition(OUT_OF_SCREEN)[2].decode("utf-8")
    said = left.partition("poptui: ")[2].strip()
    return said and sentence_in(f"poptui: {said}")


def assert_restored(terminal: Terminal) -> None:
    """The shell can go on as if nothing had been."""
    assert terminal.modes.restored, terminal.modes
    assert terminal.attributes() == terminal.attributes_before
