"""Gives the terminal to the shell on Ctrl+Z, or to another program, and takes it back."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from poptui.tui.painting.app import RESET_STYLE

if TYPE_CHECKING:
    from textual.app import App


class Suspender:
    """Stops the process as shells expect it, and repaints after every stop."""

    def __init__(self, app: App[Any], on_resumed: Callable[[], None]) -> None:
        """``on_resumed`` is called when the process runs again and has the terminal."""
        self._app, self._on_resumed = app, on_resumed
        self._returned = False
        self.is_lent = False
        """Another program, started by us, has the terminal."""

    @contextmanager
    def lend(self) -> Iterator[None]:
        """Give the terminal to a program that we start, and paint nothing until it has ended."""
        driver = self._app._driver
        if driver is None or not driver.can_suspend:
            yield
            return
        driver.write(RESET_STYLE)
        driver.flush()
        self.is_lent = True
        try:
            with self._app.batch_update(), self._app.suspend():
                try:
                    yield
                finally:
                    with suppress(termios.error):  # drop keys that were pressed for that program
                        termios.tcflush(0, termios.TCIFLUSH)
        finally:
            self.is_lent = False
            self._on_resumed()

    def install(self) -> None:
        """Handle the signals instead of Textual, which stops even if no shell could resume it.

        Its handler for SIGCONT enters application mode twice after a stop that it didn't cause.
        """
        driver = self._app._driver
        if driver is not None and driver.can_suspend:
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTSTP, self.suspend)
            loop.add_signal_handler(signal.SIGCONT, self._continued)

    def suspend(self) -> None:
        """Stop the whole process group until SIGCONT; without a shell return at once.

        The kernel ignores the default SIGTSTP in a group without such a shell.
        """
        driver = self._app._driver
        if driver is None or not driver.can_suspend:
            return
        if self.is_lent:
            self._stop()
            return
        driver.write(RESET_STYLE)
        with self._app.suspend():
            self._stop()
        self._returned = True
        self._on_resumed()

    def _stop(self) -> None:
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)

    def _continued(self) -> None:
        """Set up the terminal again after SIGCONT: it may have been changed meanwhile.

        SIGCONT also comes with SIGHUP; then the terminal is gone.
        """
        driver = self._app._driver
        returned, self._returned = self._returned, False
        if driver is None or self.is_lent or (returned and _active(driver)) or not _has_terminal():
            return
        if _active(driver):
            driver.suspend_application_mode()
        driver.resume_application_mode()
        if _active(driver):
            self._on_resumed()


def _has_terminal() -> bool:
    return sys.__stdin__ is not None and sys.__stdin__.isatty()


def _active(driver: Any) -> bool:
    """Whether application mode is on; it can't be entered in the background (``bg``)."""
    return driver._key_thread is not None and driver._key_thread.is_alive()
