"""What the terminal can do, as the system's description of it (terminfo) says."""

from __future__ import annotations

from functools import cache


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
