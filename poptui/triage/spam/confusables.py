"""Letters that pass for others: the part of Unicode's confusables that mail is forged with."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LATIN_FOR = {
    # Cyrillic
    "а": "a", "в": "b", "с": "c", "ԁ": "d", "е": "e", "һ": "h", "і": "i", "ј": "j", "к": "k",
    "ӏ": "l", "м": "m", "н": "h", "о": "o", "р": "p", "ԛ": "q", "г": "r", "ѕ": "s", "т": "t",
    "ц": "u", "ѵ": "v", "ԝ": "w", "х": "x", "у": "y", "А": "A", "В": "B", "С": "C", "Е": "E",
    "Н": "H", "І": "I", "Ј": "J", "К": "K", "М": "M", "О": "O", "Р": "P", "Ѕ": "S", "Т": "T",
    "Х": "X", "У": "Y", "Ү": "Y", "Ԍ": "G", "З": "3",
    # Greek
    "α": "a", "ε": "e", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "τ": "t", "υ": "u",
    "χ": "x", "γ": "y", "ω": "w", "η": "n", "Α": "A", "Β": "B", "Ε": "E", "Ζ": "Z", "Η": "H",
    "ϲ": "c", "Ϲ": "C", "ϳ": "j",
    "Ι": "I", "Κ": "K", "Μ": "M", "Ν": "N", "Ο": "O", "Ρ": "P", "Τ": "T", "Υ": "Y", "Χ": "X",
    # Armenian, Cherokee, Latin letters that are drawn like others
    "օ": "o", "ս": "u", "հ": "h", "ո": "n", "ց": "g", "Ꭺ": "A", "Ꮃ": "W", "Ꭲ": "T", "Ꮯ": "C",
    "ı": "i", "ɑ": "a", "ɡ": "g", "ʟ": "L", "ɩ": "i", "ꓲ": "I", "ꓮ": "A", "ꓖ": "G",
}  # fmt: skip
_TO_LATIN = str.maketrans(_LATIN_FOR)
_SAME_SHAPE = str.maketrans("I|10!", "llloi")
"""Within ASCII: what is taken for another letter in a name."""

_STYLED = re.compile("[\U0001d400-\U0001d7ff\uff21-\uff5a\u24b6-\u24e9\U0001f130-\U0001f189]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u2069\u3164\ufeff\uffa0\U000e0000-\U000e01ef]"
)
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_OTHERS = re.compile("[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u13a0-\u13ff\ua4d0-\ua4ff]")
_WORDS = re.compile(r"[^\W\d_]{2,60}")


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """``text`` as it reads: styled letters and look-alikes as Latin ones, accents away."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text).translate(_TO_LATIN))
    return "".join([c for c in text.translate(_TO_LATIN) if not unicodedata.combining(c)])


def shape(text: str) -> str:
    """The outline of ``text``: two names with one outline are hard to tell apart."""
    return plain(text).translate(_SAME_SHAPE).casefold().replace("rn", "m").replace("vv", "w")


def mixed_word(text: str) -> str:
    """A word of Latin and look-alike letters, ``""`` where there is none."""
    if text.isascii() or not _OTHERS.search(text):
        return ""
    for word in _WORDS.findall(text):
        foreign = _OTHERS.findall(word)
        if foreign and _LATIN.search(word) and all(char in _LATIN_FOR for char in foreign):
            return str(word)
    return ""


def styled(text: str) -> str:
    """The mathematical, full-width or circled letters in ``text``."""
    return "" if text.isascii() else "".join(_STYLED.findall(text)[:20])


def invisible(text: str) -> int:
    """How many characters of ``text`` cannot be seen."""
    return 0 if text.isascii() else len(_INVISIBLE.findall(text))
