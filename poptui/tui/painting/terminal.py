"""What the terminal can do, as the system's description of it (terminfo) says."""

from __future__ import annotations

import os
from functools import cache

MIN_COLOURS = 8
"""Fewer than these are no colours to paint with."""


@cache
def shows_colours() -> bool:
    """Whether the terminal has colours: a VT100 ignores them, and the cursor must not need them.

    An unknown terminal is taken to have them.
    """
    if os.environ.get("COLORTERM") or os.environ.get("TERM", "dumb") == "dumb":
        return True
    try:
        import curses

        curses.setupterm()
        return curses.tigetnum("colors") >= MIN_COLOURS
    except Exception:
        return True


@cache
def erases_in_colour() -> bool:
    """Whether cells that are erased take the ground of the pen in hand, as in xterm.

    Not so where the terminal is unknown, and by their descriptions in tmux and screen.
    """
    try:
        import curses

        curses.setupterm()
        return curses.tigetflag("bce") > 0 and curses.tigetstr("ech") == b"\x1b[%p1%dX"
    except Exception:
        return False
