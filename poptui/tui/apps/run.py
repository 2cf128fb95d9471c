"""Runs the app inside the caller's event loop, and restores the terminal however it ends.

Importable without Textual, which is loaded while the connection is already on its way.
"""

from __future__ import annotations

import asyncio
import gc
import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from poptui.environment import drop_unusable
from poptui.errors import LoginError, PoptuiError
from poptui.mailbox.changes import ConnectionState
from poptui.net.tls_errors import UntrustedCertificateError
from poptui.tui.results import Account, ExitResult, StartAction, StartChoice

if TYPE_CHECKING:
    from poptui.mailbox.changes import Change
    from poptui.storage.secrets import PasswordNeededError
    from poptui.storage.settings import Settings
    from poptui.storage.tour_record import TourRecord
    from poptui.tui.apps.mailbox_app import PoptuiApp
    from poptui.tui.mailbox_protocol import MailboxProtocol

SUSPEND_SIGNALS = (signal.SIGTSTP, signal.SIGCONT)
STOP_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
INTERRUPTED = 128 + signal.SIGINT
"""The exit code after Ctrl+C."""
EXIT_TIMEOUT_S = 3.0
"""The app may take this long to end after a signal; a dead terminal may block it forever."""


async def run_app(
    mailbox: MailboxProtocol,
    *,
    connecting: Awaitable[None] | None = None,
    notices: Sequence[str] = (),
    settings: Settings | None = None,
    tour: TourRecord | None = None,
) -> ExitResult:
    """Run the interface; return the exit code and a sentence to print, or "".

    ``connecting`` is the first connection, started by the caller. If it fails, the program ends
    with its exit code and sentence; before the screen opens if that is known by then.
    ``tour``: in the demo, whether the tour was shown before.
    """
    earlier: list[Change] = []
    mailbox.listen(earlier.append)
    first = None if connecting is None else asyncio.ensure_future(connecting)
    drop_unusable()
    with _opening_notice():
        gc.disable()  # the collector need not scan the modules again
        await asyncio.to_thread(import_module, "poptui.tui.apps.mailbox_app")
        gc.freeze()
        gc.enable()
    from poptui.tui.apps.mailbox_app import PoptuiApp

    over = (
        first is not None and first.done() and mailbox.session.state is not ConnectionState.WAITING
    )
    fault = first.exception() if first is not None and over else None
    # The interface can ask whether to trust the certificate, or for another password.
    may_go_on = isinstance(fault, UntrustedCertificateError) or (
        isinstance(fault, LoginError) and fault.can_be_completed
    )
    if isinstance(fault, PoptuiError) and not may_go_on:
        return ExitResult(fault.exit_code, str(fault), was_opened=False)
    app = PoptuiApp(
        mailbox,
        connecting=first,
        notices=notices,
        earlier=earlier,
        settings=settings,
        tour=tour,
    )
    with _signals(app):
        await app.run_async(mouse=app.uses_mouse)
    _reset_style()
    if first is not None and not first.done():
        first.cancel()
    if app.crash is not None:
        mailbox.session.abandon()
    return app.exit_result()


async def run_start(
    accounts: Sequence[Account],
    *,
    theme: str,
    last: str = "",
    notice: str = "",
    asks: PasswordNeededError | None = None,
    reserved: Iterable[str] = (),
) -> StartChoice:
    """Show the accounts, or a welcome if there is none; return what the user chose.

    ``asks``: ask for the password of the account ``last``. ``reserved``: names that no account may
    have.
    """
    drop_unusable()
    await asyncio.to_thread(import_module, "poptui.tui.apps.start_app")
    from poptui.tui.apps.start_app import StartApp

    app = StartApp(
        accounts, theme=theme, last=last, notice=notice, asks=asks, reserved=frozenset(reserved)
    )
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, app.exit, StartChoice(StartAction.QUIT), 128 + number)
    try:
        with _hangup(lambda: app.exit(StartChoice(StartAction.QUIT))):
            chosen = await app.run_async()
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)
    _reset_style()
    return chosen or StartChoice(StartAction.QUIT)


@contextmanager
def _opening_notice() -> Iterator[None]:
    """Show a notice while the interface loads; remove it afterwards."""
    if not sys.stderr.isatty():
        yield
        return
    sys.stderr.write("Opening the mailbox …")
    sys.stderr.flush()
    try:
        yield
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


@contextmanager
def _signals(app: PoptuiApp) -> Iterator[None]:
    """End the app without a QUIT to the server on signals or when the terminal is gone."""
    loop = asyncio.get_running_loop()
    settings = _terminal_settings()
    watchdog: list[threading.Timer] = []

    def stop(code: int) -> None:
        if code == INTERRUPTED and app.suspender.is_lent:
            return
        if not watchdog:
            watchdog.append(threading.Timer(EXIT_TIMEOUT_S, _give_up, (code, settings)))
            watchdog[0].daemon = True
            watchdog[0].start()
            if _terminal_gone():
                _detach()
        app.stop(code)

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop, 128 + number)
    try:
        with _hangup(lambda: stop(128 + signal.SIGHUP)):
            yield
    finally:
        for number in (*STOP_SIGNALS, *SUSPEND_SIGNALS):
            loop.remove_signal_handler(number)
        for timer in watchdog:
            timer.cancel()


@contextmanager
def _hangup(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` when the terminal hangs up, on systems that report it.

    Reading from a vanished terminal returns at once, so Textual would loop.
    """
    if not (hasattr(select, "epoll") and _is_terminal()):
        yield
        return
    loop = asyncio.get_running_loop()
    with select.epoll() as poll:
        poll.register(0, 0)
        number = poll.fileno()

        def hung_up() -> None:
            loop.remove_reader(number)
            stop()

        loop.add_reader(number, hung_up)
        try:
            yield
        finally:
            loop.remove_reader(number)


def _is_terminal() -> bool:
    try:
        return os.isatty(0)
    except OSError:
        return False


def _terminal_gone() -> bool:
    """Return whether the terminal is gone; at the start there was one."""
    return sys.__stdin__ is not None and not _is_terminal()


def _detach() -> None:
    """Redirect further output from the dead terminal to /dev/null."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)


def _reset_style() -> None:
    """Reset the style that the interface painted with last."""
    if _is_terminal():
        sys.stderr.write("\x1b[m")
        sys.stderr.flush()


def _terminal_settings() -> list[Any] | None:
    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None


def _give_up(code: int, settings: list[Any] | None) -> None:
    """End the process although the app hasn't ended."""
    if settings is not None:
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, settings)
    os._exit(code)
