"""Look-alike letters: the part of Unicode's confusables that forged mail uses."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from poptui.patterns import lazy_pattern

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
"""ASCII characters that are mistaken for others in a name."""

_CJK = lazy_pattern(
    "[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff61-\uff9f\U00020000-\U0003ffff]"
)
_RIGHT_TO_LEFT = lazy_pattern("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_STYLED = lazy_pattern("[\U0001d400-\U0001d7ff\u24b6-\u24e9\U0001f130-\U0001f189\u0334-\u0338]")
_FULL_WIDTH = lazy_pattern("[\uff21-\uff3a\uff41-\uff5a]")
_INVISIBLE = lazy_pattern(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2064\u3164\uffa0"
    "\U000e0000-\U000e01ef]|(?<!^)\ufeff"
)
"""Invisible characters, except soft hyphens and those that join emoji."""
_DIRECTIONS = lazy_pattern("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Direction marks, which only right-to-left text needs."""
_BREAKS_WORDS = lazy_pattern("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Burmese, Khmer: words are separated by zero-width spaces."""
_BETWEEN_LATIN = lazy_pattern(
    "(?<=[A-Za-z])[\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u06d6-\u06ed\u0730-\u074a"
    "\u0900-\u0903\u093c-\u094d\u0e31-\u0e3a\u0e47-\u0e4e\u200c\u200d]"
)
"""Combining marks and joiners of other scripts, which never follow Latin letters."""
_FLAG = "\U0001f3f4"
_PICTURE = lazy_pattern("[\u2600-\u27bf\u2b05-\u2b55\ufe0f\U0001f000-\U0001faff]")
_CJK_PICTURE = lazy_pattern("[\U0001f000-\U0001f12f\U0001f18a-\U0001faff]")
_LATIN = lazy_pattern("[A-Za-z\u00c0-\u024f]")
_OTHERS = lazy_pattern("[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u13a0-\u13ff\ua4d0-\ua4ff]")
_WORDS = lazy_pattern(r"[^\W\d_]{2,60}")


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """Return ``text`` as it looks: styled and look-alike letters as Latin ones, no accents."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", _without_invisible(text).translate(_TO_LATIN))
    return "".join([c for c in text.translate(_TO_LATIN) if not unicodedata.combining(c)])


@lru_cache(maxsize=1024)
def reads_as(text: str) -> str:
    """Return ``text`` without accents, and with Latin letters for look-alikes in mixed words.

    A Russian or Greek word is unchanged, however many of its letters look like Latin ones.
    """
    if text.isascii():
        return text
    if mixed_word(text):
        return plain(text)
    text = unicodedata.normalize("NFKD", _without_invisible(text))
    return "".join([c for c in text if not unicodedata.combining(c)])


def _without_invisible(text: str) -> str:
    text = _DIRECTIONS.sub("", _INVISIBLE.sub("", text)).replace("\xad", "")
    return _BETWEEN_LATIN.sub("", text)


def shape(text: str) -> str:
    """Return the shape of ``text``; names with the same shape look alike."""
    return plain(text).translate(_SAME_SHAPE).casefold().replace("rn", "m").replace("vv", "w")


def mixed_word(text: str) -> str:
    """Return a word that mixes Latin and look-alike letters, or ``""``."""
    if text.isascii() or not _OTHERS.search(text):
        return ""
    for word in _WORDS.findall(text):
        foreign = _OTHERS.findall(word)
        if foreign and _LATIN.search(word) and all(char in _LATIN_FOR for char in foreign):
            return str(word)
    return ""


def is_cjk(text: str) -> bool:
    """Whether it contains Chinese, Japanese or Korean."""
    return not text.isascii() and _CJK.search(text) is not None


def only_looks_latin(domain: str) -> bool:
    """Whether a domain in other letters looks like one in Latin letters."""
    if domain.isascii() and "xn--" not in domain:
        return False
    for label in domain.split("."):
        try:
            name = label[4:].encode().decode("punycode") if label.startswith("xn--") else label
        except (UnicodeError, ValueError, OverflowError):
            return True
        if mixed_word(name):
            return True
        foreign = [char for char in name if not char.isascii() and char.isalpha()]
        if foreign and all(char in _LATIN_FOR for char in foreign) and len(name) > 3:
            return True
    return False


def styled(text: str, beside: str = "") -> str:
    """Return the mathematical, full-width or circled letters in ``text``.

    Full-width letters are ordinary where there is Chinese, Japanese or Korean in the text, or in
    the one ``beside`` it.
    """
    if text.isascii():
        return ""
    found = _STYLED.findall(text)
    if not found and _FULL_WIDTH.search(text) and not (is_cjk(text) or is_cjk(beside)):
        found = _FULL_WIDTH.findall(text)
    return "".join(found[:20])


def invisible(text: str) -> int:
    """Count the invisible characters in ``text`` that its script doesn't need."""
    if text.isascii():
        return 0
    found = _INVISIBLE.findall(text)
    if found and "\u200b" in found and _BREAKS_WORDS.search(text):
        found = [char for char in found if char != "\u200b"]
    if found and _FLAG in text:
        found = [char for char in found if char < "\U000e0000"]
    if not _RIGHT_TO_LEFT.search(text):
        found += [char for char in _DIRECTIONS.findall(text) if char != "\u200e"]
    found += _BETWEEN_LATIN.findall(text)
    hyphens = text.count("\xad")
    return len(found) + (hyphens if hyphens > 2 else 0)


def has_pictures(text: str) -> bool:
    """Whether it contains emoji; stars and arrows are ordinary in CJK text."""
    if text.isascii():
        return False
    return (_CJK_PICTURE if is_cjk(text) else _PICTURE).search(text) is not None
