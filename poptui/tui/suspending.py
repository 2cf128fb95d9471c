"""Ctrl+Z and ``fg``: hands the terminal to the shell and takes it back; lends it to a pager."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

RESET_STYLE = "\x1b[m"
"""Else the shell would write in our style."""


class Suspender:
    """Stops the process as a shell expects it, and repaints after every stop, ours or not."""

    def __init__(self, app: App[Any], on_resumed: Callable[[], None]) -> None:
        """``on_resumed`` is called when we run again and the terminal is ours."""
        self._app, self._on_resumed = app, on_resumed
        self._returned = False
        self.is_lent = False
        """Another program, started by us, has the terminal."""

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Leave the terminal to a program that we start, and paint nothing until it has ended."""
        driver = self._app._driver
        if driver is None or not driver.can_suspend:
            yield
            return
        driver.write(RESET_STYLE)
        driver.flush()
        self.is_lent = True
        try:
            with self._app.batch_update(), self._app.suspend():
                yield
        finally:
            self.is_lent = False
            self._on_resumed()

    def install(self) -> None:
        """Take the signals from Textual, which stops without asking whether anybody could resume.

        Its handler for SIGCONT begins application mode twice after a stop that it did not cause.
        """
        driver = self._app._driver
        if driver is not None and driver.can_suspend:
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTSTP, self.suspend)
            loop.add_signal_handler(signal.SIGCONT, self._continued)

    def suspend(self) -> None:
        """Stop the whole process group until SIGCONT; without a shell return at once.

        The kernel ignores the default SIGTSTP in a group that nobody could continue.
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
        """SIGCONT: set the terminal up again, as whoever stopped us may have changed it.

        SIGCONT also comes with SIGHUP: then there is no terminal any more.
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
    """Whether application mode is on; in the background (``bg``) it cannot be begun."""
    return driver._key_thread is not None and driver._key_thread.is_alive()
