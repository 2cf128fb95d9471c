"""Copies text to the clipboard, by the terminal or by the user's ``copy_command``."""

from __future__ import annotations

import asyncio
import os
import shlex
from asyncio.subprocess import PIPE
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from poptui.errors import UsageError
from poptui.printable import printable_line
from poptui.storage.settings import Settings
from poptui.tui.programs import start_program

COPY_WAIT_S = 3.0
"""A command that runs longer than this is left running, to serve the clipboard."""
_TAKE_CLIPBOARD = frozenset(
    {
        "alacritty",
        "contour",
        "foot",
        "foot-extra",
        "ghostty",
        "wezterm",
        "xterm-ghostty",
        "xterm-kitty",
    }
)
"""Terminals, by TERM or TERM_PROGRAM, that accept OSC 52 by default."""
MAX_COPIED_CHARACTERS = 50_000
"""Longer texts are cut: terminals take some 75,000 characters in base64."""


class ClipboardHost(Protocol):
    """The part of ``Host`` that copying needs."""

    @property
    def settings(self) -> Settings:
        """The user's settings for this account."""

    def write_control(self, sequence: str) -> None:
        """Write a control sequence to the terminal, beside what is painted."""


async def copy_text(host: ClipboardHost, text: str) -> bool:
    """Copy printable ``text``; return whether it is on the clipboard as far as that can be known.

    Raises UsageError if the user's command fails.
    """
    command = host.settings.copy_command
    knows_osc_52 = takes_clipboard(os.environ)
    if knows_osc_52 or not command:
        host.write_control(to_clipboard(text))
    else:
        await _copy_by_command(command, text)
    return knows_osc_52 or bool(command)


def to_clipboard(text: str) -> str:
    """Return the control sequence that puts ``text`` on the clipboard: OSC 52, of xterm. The text
    is in base64, so none of it can act on the terminal.
    """
    return f"\x1b]52;c;{b64encode(text[:MAX_COPIED_CHARACTERS].encode()).decode('ascii')}\x07"


def takes_clipboard(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is known to put on the clipboard what ``to_clipboard`` sends.

    tmux and screen don't pass it on by default, and others ask, or refuse silently.
    """
    term = environ.get("TERM", "")
    if environ.get("TMUX") or environ.get("STY") or term.startswith(("screen", "tmux")):
        return False
    program = environ.get("TERM_PROGRAM", "").lower()
    return term in _TAKE_CLIPBOARD or program in _TAKE_CLIPBOARD or "WT_SESSION" in environ


async def _copy_by_command(command: str, text: str) -> None:
    """Give ``text`` to the user's command, which puts it on the clipboard. Raises UsageError.

    A command that stays to serve the clipboard, as ``xclip -quiet`` does, counts as successful.
    """
    words = shlex.split(command)
    process = await start_program(words, stdin=PIPE)
    assert process.stdin is not None
    process.stdin.write(text.encode())
    with suppress(BrokenPipeError, ConnectionResetError):
        await process.stdin.drain()
    process.stdin.close()
    try:
        async with asyncio.timeout(COPY_WAIT_S):
            code = await process.wait()
    except TimeoutError:
        return
    if code:
        name = printable_line(words[0])
        raise UsageError(f"{name} failed with exit code {code}. Check copy_command in config.toml.")
