"""Read poptui's screen, and the text it leaves on the terminal."""

from __future__ import annotations

from tests.acceptance.program import sentence_in
from tests.kit.terminal import Terminal

OUT_OF_SCREEN = b"\x1b[?1049l"
"""The sequence that switches back to the shell's screen."""

READ = 0.5
"""The time a dialog that opens by itself must be shown before it accepts a key."""


def exit_message(terminal: Terminal) -> str:
    """Return what the program left on the shell's screen: nothing, or one sentence."""
    left = terminal.raw.rpartition(OUT_OF_SCREEN)[2].decode("utf-8")
    sentence = left.partition("poptui: ")[2].strip()
    return sentence and sentence_in(f"poptui: {sentence}")


def assert_restored(terminal: Terminal) -> None:
    """Fail unless the terminal is as it was before."""
    assert terminal.modes.restored, terminal.modes
    assert terminal.attributes() == terminal.attributes_before
