"""Turns the pieces from an ``InputSplitter`` into Textual's events."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator

from textual import constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, _character_to_key
from textual.message import Message

from poptui.patterns import lazy_pattern
from poptui.tui.input.splitter import ESC, InputKind, InputPiece, InputSplitter

logger = logging.getLogger(__name__)

MAX_CELLS = 9999
"""A larger size reported by the terminal is ignored."""

_WITH_ESC = {ESC + "\x7f", ESC + "\t"}
"""Alt+Backspace, which deletes a word, and the sequence of some terminals for Shift+Tab."""
_SHORTCUTS = frozenset(_WITH_ESC | {text for text in ANSI_SEQUENCES_KEYS if text[1:2] == "["})
_WITHOUT_CONTROLS = {
    code: None for code in (*range(32), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"
}
"""Control characters are removed from pasted text: a field can't show them, and the terminal could
act on them."""
_SIZE = lazy_pattern(r"\x1b\[48;(\d+)[:\d]*;(\d+)")


class KeyParser(XTermParser):
    """Textual's parser, given whole sequences only, so that unknown ones never become letters."""

    def __init__(self, debug: bool = False, clock: Callable[[], float] = get_time) -> None:
        super().__init__(debug)
        self._splitter = InputSplitter(constants.ESCAPE_DELAY, clock, _SHORTCUTS)

    def feed(self, data: str) -> Iterable[Message]:
        """Yield the events of the text that one read returned; "" is the end of the input."""
        if not data:
            yield from super().feed(data)
            return
        for piece in self._splitter.feed(data):
            yield from self._events(piece)

    def tick(self) -> Iterable[Message]:
        """Yield the Escape key if ESC was the last character. Call this when input pauses."""
        for piece in self._splitter.tick():
            yield from self._events(piece)

    def _events(self, piece: InputPiece) -> Iterator[Message]:
        match piece.kind:
            case InputKind.PASTE:
                yield events.Paste(piece.text.translate(_WITHOUT_CONTROLS))
            case InputKind.ESCAPE:
                yield events.Key("escape", ESC)
            case InputKind.ALT:
                yield alt_key(piece.text)
            case InputKind.CHARACTER:
                yield from self._sequence_to_key_events(piece.text)
            case InputKind.SEQUENCE:
                yield from filter(_is_usable_key, self._of_sequence(piece.text))

    def _of_sequence(self, text: str) -> list[Message]:
        """Yield Textual's events for a whole sequence; none if it is unknown or makes Textual
        fail."""
        size = _SIZE.match(text)
        if size and not all(0 < int(number) <= MAX_CELLS for number in size.groups()):
            return []
        try:
            found = list(super().feed(text))
        except Exception:
            logger.debug("Textual cannot read the sequence %r", text)
            found = []
            self._reset()
        if self._awaiting.timeout is not None:  # it waits for more
            self._reset()
        return found

    def _reset(self) -> None:
        self._tokens.clear()
        self._timeout_time = None
        self._gen = self.parse(self._tokens.append)
        self._awaiting = next(self._gen)


def plain_key(character: str) -> events.Key:
    """The key that types ``character``."""
    name = character if character.isalnum() else _character_to_key(character)
    return events.Key(KEY_NAME_REPLACEMENTS.get(name, name), character)


def alt_key(character: str) -> events.Key:
    """The key that types ``character``, pressed with Alt."""
    name = plain_key(character).key
    shift = "shift+" if len(name) == 1 and name.isupper() else ""
    return events.Key(f"alt+{shift}{name.lower() if shift else name}", character)


def _is_usable_key(message: Message) -> bool:
    """Whether Textual doesn't ignore the key, and its character is valid Unicode."""
    if not isinstance(message, events.Key):
        return True
    character = message.character or ""
    return message.key != Keys.Ignore and not any("\ud800" <= c <= "\udfff" for c in character)
