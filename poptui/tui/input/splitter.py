"""Splits what a terminal sends into characters, control sequences and pasted texts.

Sequences are recognized by the grammar of ECMA-48, even unknown ones. So an answer of the terminal,
such as ``ESC ] 11 ; rgb:dddd/dddd/dddd BEL``, is never taken for typed letters, even if it arrives
in parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from poptui.patterns import lazy_pattern

ESC = "\x1b"
PASTE_END = "\x1b[201~"
MAX_SEQUENCE_CHARACTERS = 32
"""No known sequence is longer; Textual gives up at this length, too."""
MAX_STRING_CHARACTERS = 1 << 20
MAX_PASTE_CHARACTERS = 1 << 20
"""The rest of a longer paste is dropped. No field takes that much."""

PAUSE_S = 0.5
"""After this pause the end of a sequence is not waited for any more."""
PASTE_PAUSE_S = 5.0
"""The same for a paste, which a slow connection may interrupt."""
KEY_PAUSE_S = 0.5
"""If a paste has paused this long, Esc or Ctrl+C alone is a key: its end got lost."""
LATE_S = 3.0
"""The late rest of a sequence is recognized for this long."""
STRING_LIMIT_S = 2.0
"""If a sequence is this old, a single character is a key: a key held down would never end it."""

_LEADERS = {"[": "csi", "O": "ss3", "]": "string", "P": "string", "X": "string"} | {
    "^": "string",
    "_": "string",
}
_C1_LEADERS = {"\x9b": "[", "\x8f": "O", "\x9d": "]", "\x90": "P", "\x98": "X"} | {
    "\x9e": "^",
    "\x9f": "_",
}
"""The same as single characters (C1 controls), which some terminals send."""
_STRING_STOP = lazy_pattern("[\x07\x1b\x9c]")
_REST = lazy_pattern(
    r"\[(?:[^\[]|\[[A-E]$)"
    r"|O[@-~]$"
    r"|\](?:[0-9;lLI]|.*(?:\x07|\x1b\\|\x9c))"
    r"|[PX^_](?:[0-9<=>|!+$]|.*(?:\x07|\x1b\\|\x9c))",
    re.DOTALL,
)
"""The text after ESC in a sequence, as opposed to keys typed after Escape."""


class InputKind(Enum):
    """The kind of a piece of input."""

    CHARACTER = auto()
    ESCAPE = auto()
    """The Escape key."""
    ALT = auto()
    """A key with Alt, or Escape and a key in one packet; the text is the key's character."""
    SEQUENCE = auto()
    """A whole sequence with its ESC, known or not."""
    PASTE = auto()


class InputPiece(NamedTuple):
    """A key, a sequence or a pasted text."""

    kind: InputKind
    text: str


class SplitterState(Enum):
    """The state of the splitter: the kind of input that is unfinished."""

    GROUND = auto()
    ESCAPE = auto()
    CSI = auto()
    X10_MOUSE = auto()
    SS3 = auto()
    STRING = auto()
    STRING_ESCAPE = auto()
    """In a string, after an ESC that may belong to its end."""
    PASTE = auto()


_STATES = {"csi": SplitterState.CSI, "ss3": SplitterState.SS3, "string": SplitterState.STRING}


class UnfinishedSequence(NamedTuple):
    """A sequence that was given up; its rest may still come."""

    state: SplitterState
    leader: str
    body: str
    at: float


class InputSplitter:
    """Splits input as it is read, and keeps what is not complete yet."""

    def __init__(
        self, escape_delay: float, clock: Callable[[], float], shortcuts: frozenset[str]
    ) -> None:
        """``escape_delay`` is the pause after which ESC is the Escape key.

        ``shortcuts``: sequences that end earlier than the grammar says, or look like Alt and a key.
        """
        self._escape_delay, self._clock, self._shortcuts = escape_delay, clock, shortcuts
        self._state = SplitterState.GROUND
        self._leader = ""
        """The character after ESC, such as ``[``, or the one that a C1 control replaces."""
        self._body = ""
        self._is_typed = False
        """Whether ESC and the leader may be keys; eight-bit controls are not."""
        self._length = 0
        """Characters of a string so far."""
        self._began_at = self._last_at = 0.0
        self._pasted: list[str] = []
        self._pasted_length = 0
        self._held = ""
        """The end of a paste so far, which may be the beginning of its end."""
        self._unfinished: UnfinishedSequence | None = None
        self._pieces: list[InputPiece] = []

    def feed(self, text: str) -> list[InputPiece]:
        """Split the text that one read from the terminal returned."""
        now = self._clock()
        if self._unfinished is not None:
            self._resume(self._unfinished, text, now)
        elif self._is_lone_key(text, now):
            self._give_up(now)
            self._unfinished = None
        self._last_at = now
        position = 0
        while position < len(text):
            position = self._take(text, position, now)
        return self._taken()

    def tick(self) -> list[InputPiece]:
        """Call this in a pause: it gives up a sequence that has waited too long for its end."""
        now = self._clock()
        if self._state is not SplitterState.GROUND and now - self._last_at >= self._pause:
            self._give_up(now)
        return self._taken()

    def _taken(self) -> list[InputPiece]:
        pieces, self._pieces = self._pieces, []
        return pieces

    # Unfinished sequences and their late rests

    @property
    def _pause(self) -> float:
        if self._state is SplitterState.ESCAPE:
            return self._escape_delay
        return PASTE_PAUSE_S if self._state is SplitterState.PASTE else PAUSE_S

    def _is_lone_key(self, text: str, now: float) -> bool:
        if self._state is SplitterState.PASTE:
            return text in (ESC, "\x03", "\x11") and now - self._last_at >= KEY_PAUSE_S
        if self._state in (SplitterState.STRING, SplitterState.CSI):
            return len(text) == 1 and now - self._began_at >= STRING_LIMIT_S
        return False

    def _give_up(self, now: float) -> None:
        """Give up an unfinished sequence; it becomes a key if it could have been typed."""
        state, leader, body = self._state, self._leader, self._body
        if state is SplitterState.ESCAPE:
            self._pieces.append(InputPiece(InputKind.ESCAPE, ESC))
        elif state is SplitterState.PASTE:
            self._end_paste(self._held)
        elif self._is_typed and not self._length and state is not SplitterState.STRING_ESCAPE:
            self._pieces.append(InputPiece(InputKind.ALT, leader))
        self._unfinished = UnfinishedSequence(state, leader, body, now)
        self._state = SplitterState.GROUND

    def _resume(self, unfinished: UnfinishedSequence, text: str, now: float) -> None:
        """Continue a sequence that was given up, if ``text`` looks like its rest."""
        self._unfinished = None
        if now - unfinished.at > LATE_S:
            return
        state, leader, body = unfinished.state, unfinished.leader, unfinished.body
        several = len(text) > 1
        if state is SplitterState.ESCAPE:
            resumes = several and _REST.match(text) is not None
        elif state in (SplitterState.CSI, SplitterState.SS3, SplitterState.X10_MOUSE):
            resumes = " " <= text[0] <= "~"
        elif state is SplitterState.STRING_ESCAPE:
            resumes = text[0] == "\\"
        elif state is SplitterState.PASTE and PASTE_END in text:
            resumes = True
        elif text[0] == ESC:
            resumes = state is SplitterState.STRING and text.startswith("\x1b\\")
        else:
            resumes = several or text == "\x07"
        if resumes:
            self._begin(state, now)
            self._leader, self._body, self._length = leader, body, 1

    # The grammar

    def _begin(self, state: SplitterState, now: float) -> None:
        self._state, self._began_at = state, now
        self._leader, self._body, self._length = "", "", 0
        self._is_typed = False
        self._pasted, self._pasted_length, self._held = [], 0, ""

    def _take(self, text: str, position: int, now: float) -> int:
        """Take the input at ``position``; return where to continue."""
        if self._state is SplitterState.PASTE:
            return self._take_paste(text, position)
        if self._state is SplitterState.STRING:
            return self._take_string(text, position)
        character = text[position]
        match self._state:
            case SplitterState.GROUND:
                self._take_first(character, now)
            case SplitterState.ESCAPE:
                self._take_second(character, now)
            case SplitterState.CSI:
                self._take_csi(character, now)
            case SplitterState.X10_MOUSE:
                self._take_x10_mouse(character, now)
            case SplitterState.SS3:
                self._take_ss3(character, now)
            case SplitterState.STRING_ESCAPE:
                self._begin(
                    SplitterState.GROUND if character == "\\" else SplitterState.ESCAPE, now
                )
                if character != "\\":
                    self._take_second(character, now)
        return position + 1

    def _take_first(self, character: str, now: float) -> None:
        if character == ESC:
            self._begin(SplitterState.ESCAPE, now)
        elif leader := _C1_LEADERS.get(character):
            self._begin_sequence(leader, now)
        elif not "\x80" <= character <= "\x9f":
            self._pieces.append(InputPiece(InputKind.CHARACTER, character))

    def _take_second(self, character: str, now: float) -> None:
        if character in _LEADERS:
            self._begin_sequence(character, now)
            self._is_typed = True
            return
        if character == ESC:
            self._pieces.append(InputPiece(InputKind.ESCAPE, ESC))
            return
        self._state = SplitterState.GROUND
        if ESC + character in self._shortcuts:
            self._pieces.append(InputPiece(InputKind.SEQUENCE, ESC + character))
        elif character.isprintable():
            self._pieces.append(InputPiece(InputKind.ALT, character))
        else:
            self._pieces.append(InputPiece(InputKind.ESCAPE, ESC))
            self._take_first(character, now)

    def _begin_sequence(self, leader: str, now: float) -> None:
        self._begin(_STATES[_LEADERS[leader]], now)
        self._leader = leader

    def _take_csi(self, character: str, now: float) -> None:
        if character == ESC or character > "~":
            self._begin(SplitterState.GROUND, now)
            if character != "\x7f":
                self._take_first(character, now)
            return
        if character < " ":
            return
        self._length += 1
        body = self._body + character
        if len(body) <= MAX_SEQUENCE_CHARACTERS:
            self._body = body
        if body == "M":
            self._state, self._length = SplitterState.X10_MOUSE, 1
        elif body == "200~":
            self._begin(SplitterState.PASTE, now)
        elif f"{ESC}[{body}" in self._shortcuts or (character >= "@" and body != "["):
            self._complete()

    def _take_x10_mouse(self, character: str, now: float) -> None:
        """Take one of the three characters after ``ESC [ M``, which describe a click."""
        self._length += 1
        if character == ESC:
            self._begin(SplitterState.ESCAPE, now)
        elif self._length == 4:
            self._state = SplitterState.GROUND

    def _take_ss3(self, character: str, now: float) -> None:
        if character.isdigit() or character == ";":
            self._length += 1
            self._body = (self._body + character)[:MAX_SEQUENCE_CHARACTERS]
        elif "@" <= character <= "~":
            self._body += character
            self._complete()
        else:
            if self._is_typed:
                self._pieces.append(InputPiece(InputKind.ALT, self._leader))
            self._begin(SplitterState.GROUND, now)
            self._take_first(character, now)

    def _complete(self) -> None:
        text = ESC + self._leader + self._body
        if len(text) <= MAX_SEQUENCE_CHARACTERS:
            self._pieces.append(InputPiece(InputKind.SEQUENCE, text))
        self._state = SplitterState.GROUND

    def _take_string(self, text: str, position: int) -> int:
        stop = _STRING_STOP.search(text, position)
        end = len(text) if stop is None else stop.start()
        self._length += end - position
        if stop is None:
            if self._length > MAX_STRING_CHARACTERS:
                self._state = SplitterState.GROUND
            return end
        self._state = SplitterState.STRING_ESCAPE if text[end] == ESC else SplitterState.GROUND
        self._length += 1
        return end + 1

    def _take_paste(self, text: str, position: int) -> int:
        whole = self._held + text[position:]
        end = whole.find(PASTE_END)
        if end >= 0:
            rest = len(whole) - end - len(PASTE_END)
            self._end_paste(whole[:end])
            return len(text) - rest
        kept = len(whole) - len(PASTE_END) + 1
        self._append_pasted(whole[: max(0, kept)])
        self._held = whole[max(0, kept) :]
        return len(text)

    def _append_pasted(self, text: str) -> None:
        text = text[: MAX_PASTE_CHARACTERS - self._pasted_length]
        self._pasted.append(text)
        self._pasted_length += len(text)

    def _end_paste(self, last: str) -> None:
        self._append_pasted(last)
        self._pieces.append(InputPiece(InputKind.PASTE, "".join(self._pasted)))
        self._pasted, self._held = [], ""
        self._state = SplitterState.GROUND
