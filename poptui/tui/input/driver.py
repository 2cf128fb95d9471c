"""Reads the terminal: Textual's driver with our parser, which bears any bytes."""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder

from textual.drivers.linux_driver import LinuxDriver

from poptui.tui.input.parser import KeyParser

READ_BYTES = 4096
POLL_S = 0.1
"""Between two looks whether a sequence, or the program, has ended."""

# Bytes that are no UTF-8: an eight-bit control is taken for one, anything else for U+FFFD.
_INVALID = {0xDC00 + byte: byte if byte < 0xA0 else 0xFFFD for byte in range(0x80, 0x100)}


class TerminalDriver(LinuxDriver):
    """Textual's driver for Linux and macOS; it offers no other way to replace its parser."""

    def run_input_thread(self) -> None:
        """Turn what the terminal sends into events until the program ends."""
        parser = KeyParser(self._debug)
        decode = getincrementaldecoder("utf-8")("surrogateescape").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(POLL_S):
                    data = os.read(self.fileno, READ_BYTES)
                    if not data:
                        self.exit_event.wait(POLL_S)  # the end of a pipe stays readable
                    if text := decode(data).translate(_INVALID):
                        for message in parser.feed(text):
                            self.process_message(message)
                for message in parser.tick():
                    self.process_message(message)
