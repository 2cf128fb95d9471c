"""The interface of the app for flows and controllers, none of which imports the app."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from textual.screen import Screen

from poptui.storage.settings import Settings
from poptui.tui.actions.keymaps import Keymap
from poptui.tui.dialog_queue import DialogQueue
from poptui.tui.results import ExitResult

R = TypeVar("R")


class BackgroundTask(Protocol):
    """Work that was started by ``Host.background``."""

    @property
    def is_running(self) -> bool:
        """Whether it has begun and not ended."""

    async def wait(self) -> Any:
        """Wait until it has ended. Raises WorkerError if it failed or was cancelled."""


class Host(Protocol):
    """The app, as flows and controllers see it. ``PoptuiApp`` implements it."""

    @property
    def settings(self) -> Settings:
        """The user's settings for this account."""

    @property
    def keymap(self) -> Keymap:
        """The keys of all actions, for sentences that name one."""

    @property
    def dialogs(self) -> DialogQueue:
        """Runs flows that ask the user something, one at a time."""

    def say(self, sentence: str, *, is_error: bool = False) -> None:
        """Show a printable sentence on the bottom line until the next key; "" changes nothing."""

    def say_result(self, sentence: str) -> None:
        """Show the result of a commit until a key is pressed; no dialog may cover it before."""

    def add_notice(self, sentence: str) -> None:
        """Show a sentence behind the one that is shown now."""

    def clear_notice(self, sentence: str) -> None:
        """Show the keys again if ``sentence`` is what the bottom line shows now."""

    def background(
        self, work: Coroutine[Any, Any, None], *, group: str = "default", exclusive: bool = False
    ) -> BackgroundTask:
        """Run ``work`` beside the interface; ``exclusive`` cancels the rest of its group first.

        If it raises an exception, a notice says so.
        """

    def cancel(self, group: str) -> None:
        """Cancel the background work of a group."""

    async def dialog(self, screen: Screen[R]) -> R | None:
        """Show a dialog and return its result; to be called from background work."""

    async def push(self, screen: Screen[Any]) -> None:
        """Show a screen without waiting for its result."""

    def drop_keys_typed_ahead(self) -> None:
        """Ignore the keys that came together with the one that is being answered."""

    def exit(self, result: ExitResult) -> None:
        """End the program."""

    def show_title(self, state: str) -> None:
        """Show the account and ``state`` in the title of the terminal's window."""

    def write_control(self, sequence: str) -> None:
        """Write a control sequence to the terminal, beside what is painted."""

    def lend_terminal(self) -> AbstractContextManager[None]:
        """Give the terminal to another program, and paint nothing meanwhile."""
