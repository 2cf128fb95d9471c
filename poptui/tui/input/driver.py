"""Reads the terminal: Textual's driver with our parser, which survives any bytes."""

from __future__ import annotations

import os
import selectors
import termios
import tty
from codecs import getincrementaldecoder
from contextlib import suppress
from typing import IO, Any, cast

from textual import events
from textual._time import get_time
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from poptui.tui.input.flood import KeyFlood, KeysDropped
from poptui.tui.input.parser import KeyParser

READ_BYTES = 4096
SHOW_CURSOR = "\x1b[?25h"
POLL_S = 0.1
"""Time between checks whether a sequence or the program has ended."""

# Invalid UTF-8: C1 control bytes are kept as such, other bytes become U+FFFD.
_INVALID = {0xDC00 + byte: byte if byte < 0xA0 else 0xFFFD for byte in range(0x80, 0x100)}


class TerminalFile:
    """The terminal as a file that never fails, even after the terminal is gone.

    Otherwise Textual's writer thread would die and the event loop would wait for it forever, so
    that no signal could end the program.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write ``text`` if the terminal is still there."""
        with suppress(OSError, ValueError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Send what is buffered."""
        with suppress(OSError, ValueError):
            self._file.flush()

    def fileno(self) -> int:
        """The terminal's file descriptor."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._file.isatty()


class TerminalDriver(LinuxDriver):
    """Textual's driver for Linux and macOS; it offers no other way to replace its parser."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        if self._file is not None:
            self._file = cast(Any, TerminalFile(self._file))

    def start_application_mode(self) -> None:
        """Show the terminal's cursor, which Textual hides: screen readers follow it."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._keep_line_feeds()
        self.write(SHOW_CURSOR)
        self.flush()

    def _keep_line_feeds(self) -> None:
        """Send no carriage return with each line feed; Textual restores the settings at the end.

        In the background (``bg``) application mode is not on, and the attempt would stop us.
        """
        if self._key_thread is None or not self._key_thread.is_alive():
            return
        with suppress(termios.error):
            settings = termios.tcgetattr(self.fileno)
            settings[tty.OFLAG] &= ~termios.ONLCR
            termios.tcsetattr(self.fileno, termios.TCSANOW, settings)

    def _get_terminal_size(self) -> tuple[int, int]:
        """The size of the terminal, or Rich's default if the terminal doesn't report one.

        With another default than Rich's, Textual would switch between both layouts forever.
        """
        with suppress(OSError):
            if 0 in os.get_terminal_size(self.fileno):
                return self._app.console.size
        return super()._get_terminal_size()

    def run_input_thread(self) -> None:
        """Turn what the terminal sends into events until the program ends."""
        parser = KeyParser(self._debug)
        decode = getincrementaldecoder("utf-8")("surrogateescape").decode
        flood = KeyFlood()
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(POLL_S):
                    data = os.read(self.fileno, READ_BYTES)
                    if not data:
                        self.exit_event.wait(POLL_S)  # the end of a pipe stays readable
                    text = decode(data).translate(_INVALID)
                    if text and not flood.drops(len(text)):
                        now = get_time()
                        messages = list(parser.feed(text))
                        for message in messages:
                            message.time = now  # keys from one read came together
                            self.process_message(message)
                        flood.count(sum(isinstance(message, events.Key) for message in messages))
                elif dropped := flood.end():
                    self.process_message(KeysDropped(dropped))
                for message in parser.tick():
                    self.process_message(message)
