"""Read the terminal's capabilities from terminfo."""

from __future__ import annotations

import os
import termios
import tty
from functools import cache
from typing import NamedTuple

TAB_CELLS = 8
"""The distance of the tab stops."""
MIN_COLOURS = 8
"""With fewer the interface shows no colours."""


class TerminalCapabilities(NamedTuple):
    """The capabilities that ``DiffRenderer`` may use. All are off for an unknown terminal."""

    erases_in_colour: bool = False
    """Erased cells take the current background (bce): in xterm, not in tmux and screen."""
    erases_cells: bool = False
    """CSI n X erases cells in the middle of a line (ech)."""
    scrolls: bool = False
    """A region of lines can be scrolled: CSI t;b r, CSI n L and CSI n M (csr, il, dl)."""
    saves_cursor: bool = False
    """ESC 7 saves the cursor's place and style, ESC 8 restores both (sc, rc)."""
    tabs: bool = False
    """A tab moves the cursor to the next eighth column (ht, it), and changes no cell."""


@cache
def terminal_capabilities() -> TerminalCapabilities:
    """Return the capabilities of this terminal by terminfo."""
    try:
        import curses

        curses.setupterm()
    except Exception:
        return TerminalCapabilities()
    return TerminalCapabilities(
        erases_in_colour=curses.tigetflag("bce") > 0,
        erases_cells=curses.tigetstr("ech") == b"\x1b[%p1%dX",
        scrolls=(
            curses.tigetstr("csr") == b"\x1b[%i%p1%d;%p2%dr"
            and curses.tigetstr("il") == b"\x1b[%p1%dL"
            and curses.tigetstr("dl") == b"\x1b[%p1%dM"
        ),
        saves_cursor=curses.tigetstr("sc") == b"\x1b7" and curses.tigetstr("rc") == b"\x1b8",
        tabs=(
            curses.tigetstr("ht") == b"\t"
            and curses.tigetnum("it") == TAB_CELLS
            and _may_send_tabs()
        ),
    )


def _may_send_tabs() -> bool:
    """Whether tabs reach the terminal, and the user has not told ncurses to send none.

    The terminal's line discipline may turn them into blanks, which would erase cells.
    """
    if "NCURSES_NO_HARD_TABS" in os.environ:
        return False
    try:
        modes: int = termios.tcgetattr(1)[tty.OFLAG]
    except termios.error:
        return False
    return modes & termios.TABDLY != termios.TAB3


@cache
def shows_colours() -> bool:
    """Whether the terminal has colours, by terminfo; an unknown one is assumed to have them.

    A VT100 ignores colours, so the cursor of the list must not depend on them.
    """
    if os.environ.get("COLORTERM") or os.environ.get("TERM", "dumb") == "dumb":
        return True
    try:
        import curses

        curses.setupterm()
        return curses.tigetnum("colors") >= MIN_COLOURS
    except Exception:
        return True
