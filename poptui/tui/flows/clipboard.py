"""Copies text to the user's clipboard, by the terminal or by a command of the user's."""

from __future__ import annotations

import os
from typing import Protocol

from poptui.storage.settings import Settings
from poptui.tui.programs import copy_by_command
from poptui.tui.reading.links import takes_clipboard, to_clipboard


class ClipboardHost(Protocol):
    """What copying needs; a ``Host`` has it."""

    @property
    def settings(self) -> Settings:
        """The user's settings for this account."""

    def write_control(self, sequence: str) -> None:
        """Write a control sequence to the terminal, beside what is painted."""


async def copy_text(host: ClipboardHost, text: str) -> bool:
    """Copy clean ``text``; return whether it is on the clipboard as far as that can be known.

    Raises UsageError if the user's command fails.
    """
    command = host.settings.copy_command
    knows_osc_52 = takes_clipboard(os.environ)
    if knows_osc_52 or not command:
        host.write_control(to_clipboard(text))
    else:
        await copy_by_command(command, text)
    return knows_osc_52 or bool(command)
