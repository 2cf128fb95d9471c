"""Make text from servers and senders safe for the terminal.

Everything that a server or a sender wrote (subjects, names, bodies, ``-ERR`` texts, UIDs, banners,
file names) passes through here before it reaches a screen, a title, stdout or stderr. No
terminal widget does this for us: an escape sequence in a subject works wherever it is written.

A character's Unicode category decides what happens to it, not a list of known attacks:

- Controls, format characters, separators of lines, surrogates and unassigned code points become
  U+FFFD: a terminal acts on them, hides them, or skips them and shifts the rest of the line.
- Invisible characters that ordinary senders use (soft hyphens, zero-width spaces, byte order marks,
  direction marks) are dropped. In a link target they become U+FFFD, because there they change the
  meaning.
- A zero-width joiner stays between emoji and in scripts that are written with it. Elsewhere it
  becomes U+FFFD, because terminals hide the letter that follows it.
- A combining mark without a base letter gets a dotted circle, so that it doesn't combine with
  poptui's own text.
- Decomposed Hangul is composed, because terminals disagree about the components.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from poptui.patterns import lazy_pattern

REPLACEMENT = "\ufffd"
DOTTED_CIRCLE = "\u25cc"

_UNSAFE_CATEGORIES = frozenset(("Cc", "Cf", "Cn", "Cs", "Zl", "Zp"))
_KEPT_CONTROLS = "\t\n"
_JOINERS = "\u200c\u200d"
_BLANK_LETTERS = "\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Fillers: letters by category, but invisible."""
_DROPPED = (
    "\u00ad\u034f\u061c\u200b\u200e\u200f\ufeff"  # hyphenation, word breaks, direction marks
    "\u2060\u2061\u2062\u2063\u2064"  # word joiner, invisible operators
    "\u180b\u180c\u180d\u180e\u180f"  # Mongolian variants
    + "".join(map(chr, range(0xFE00, 0xFE0E)))  # variants of single letters
)
_SUPPLEMENT = range(0xE0000, 0xE1000)
"""Language tags and variation selectors of plane 14: invisible text of any length."""

_EMOJI = "\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_JOINED_SCRIPTS = (
    "\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1a20-\u1aaf\u1b00-\u1b7f"
    "\u1c00-\u1c4f\ua840-\ua8ff\ua980-\uaaff\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00010aff\U00010d00-\U00011fff\U0001e900-\U0001e95f"
)
"""Arabic, Indic and related scripts, which use joiners and non-joiners."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SPACES = re.compile(r"[ \t\r\n]+")
_DOUBLE_SPACES = re.compile(" {2,}")
_FLAG_TAGS = lazy_pattern("(?<=\U0001f3f4)[\U000e0020-\U000e007e]{1,8}\U000e007f")
_IDEOGRAPH_VARIANT = lazy_pattern(
    "(?<=[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"
)
_MISPLACED_ZWJ = lazy_pattern(
    f"(?<![{_EMOJI}\ufe0f{_JOINED_SCRIPTS}])\u200d"
    f"|(?<=[{_EMOJI}\ufe0f])\u200d(?![{_EMOJI}])"
    "|\u200d(?=\u200d)"
)
_MISPLACED_ZWNJ = lazy_pattern(f"(?<![{_JOINED_SCRIPTS}])\u200c|\u200c(?=[\u200c\u200d])")
_MISPLACED_SELECTOR = lazy_pattern(f"(?<![{_EMOJI}0-9#*\u00a9\u00ae])[\ufe0e\ufe0f]")
_JAMO = lazy_pattern("[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]+")
_FIRST_OF_WORD = lazy_pattern(r"(?:(?<=\s)|^)[^\x00-\u02ff\s]")


class _SafeCharacters(dict[int, int | str | None]):
    """A table for ``str.translate`` that looks up each code point once."""

    def __init__(self, for_invisible: str | None) -> None:
        super().__init__()
        self._for_invisible = for_invisible

    def __missing__(self, code_point: int) -> int | str | None:
        self[code_point] = shown = self._shown(code_point)
        return shown

    def _shown(self, code_point: int) -> int | str | None:
        character = chr(code_point)
        if character in _DROPPED:
            return self._for_invisible
        if character in _KEPT_CONTROLS or character in _JOINERS:
            return code_point
        if code_point in _SUPPLEMENT or character in _BLANK_LETTERS:
            return REPLACEMENT
        if unicodedata.category(character) in _UNSAFE_CATEGORIES:
            return REPLACEMENT
        return code_point


_TEXT = _SafeCharacters(None)
_TARGET = _SafeCharacters(REPLACEMENT)


def printable(text: str) -> str:
    """Return ``text`` safe for a terminal; lines and tabs are kept (CRLF becomes LF)."""
    text = text.replace("\r\n", "\n")
    return _CONTROLS.sub(REPLACEMENT, text) if text.isascii() else _cleaned(text)


def printable_line(text: str) -> str:
    """Return ``text`` safe for a terminal as one line: runs of white space become one space."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text
    return _DOUBLE_SPACES.sub(" ", printable(_SPACES.sub(" ", text)))


def printable_target(target: str) -> str:
    """Return a link target as one line, with U+FFFD for invisible characters and joiners."""
    text = _SPACES.sub(" ", target)
    if not text.isascii():
        text = re.sub(f"[{_JOINERS}\ufe0e\ufe0f]", REPLACEMENT, text.translate(_TARGET))
    return printable(text)


def shell_word(text: str) -> str:
    """Return a line as one word for the shell, in quotes if it needs them."""
    from shlex import quote  # only sentences that suggest a command need it

    return quote(printable_line(text))


def is_unsafe(character: str) -> bool:
    """Whether a terminal could act on ``character`` or hide it; joiners included."""
    return unicodedata.category(character) in _UNSAFE_CATEGORIES


def escaped(text: str) -> str:
    r"""Return ``text``, a JSON document of one line, with unsafe characters as ``\uXXXX``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if _is_plain(character) else _json_escape(character) for character in text
    )


def _cleaned(text: str) -> str:
    text = _IDEOGRAPH_VARIANT.sub("", _FLAG_TAGS.sub("", text)).translate(_TEXT)
    if "\u200d" in text or "\u200c" in text:
        text = _MISPLACED_ZWNJ.sub("", _MISPLACED_ZWJ.sub(REPLACEMENT, text))
    text = _JAMO.sub(_composed, _MISPLACED_SELECTOR.sub("", text))
    return _FIRST_OF_WORD.sub(_with_circle, text)


def _composed(match: re.Match[str]) -> str:
    """Compose conjoining letters to syllables, and replace single ones by standalone letters."""
    return "".join(map(_standalone_letter, unicodedata.normalize("NFC", match.group())))


@cache
def _standalone_letter(jamo: str) -> str:
    """Return the standalone letter for a conjoining vowel or final consonant."""
    name = unicodedata.name(jamo, "")
    for position in ("HANGUL JUNGSEONG ", "HANGUL JONGSEONG "):
        if name.startswith(position):
            try:
                return unicodedata.lookup("HANGUL LETTER " + name.removeprefix(position))
            except KeyError:
                return jamo
    return jamo


def _with_circle(match: re.Match[str]) -> str:
    first = match.group()
    is_mark = unicodedata.category(first)[0] == "M" or _is_joined_jamo(first)
    return DOTTED_CIRCLE + first if is_mark else first


def _is_joined_jamo(character: str) -> bool:
    """Whether it is a conjoining Hangul vowel or final, which takes no cell."""
    return "\u1161" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7fb"


def _is_plain(character: str) -> bool:
    return character not in _KEPT_CONTROLS and _TARGET[ord(character)] == ord(character)


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(
        f"\\u{int.from_bytes(units[at : at + 2], 'big'):04x}" for at in range(0, len(units), 2)
    )
