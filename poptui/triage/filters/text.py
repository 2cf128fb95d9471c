"""Compare text as filters do: ignoring case, accents and invisible characters.

The text of a message is folded once and kept with it, so that each key typed at the filter prompt
costs one substring search per message.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from unicodedata import normalize

from poptui.mail.headers.header import Header
from poptui.patterns import lazy_pattern
from poptui.triage.filters.row import MessageRow

FROM, TO, SUBJECT = range(3)
"""Positions of the fields in the text of a message."""

_MAX_FIELD_CHARS = 2000
"""Only this much of a field is searched, because folding many accents takes more than linear
time."""

_BETWEEN = "\0"
_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_ACCENTS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_HIDDEN = lazy_pattern(f"[{_INVISIBLE}]+")
_STRIPPED = lazy_pattern(f"[{_INVISIBLE}{_ACCENTS}]+")
_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})


def fold(text: str) -> str:
    """Return ``text`` without case, accents and repeated spaces, for comparison."""
    if text.isascii():
        text = text.lower()
        even = not ("  " in text or "\t" in text or "\n" in text or "\r" in text)
        return text.strip() if even else " ".join(text.split())
    words = [word.lower() if word.isascii() else _folded(word) for word in text.split()]
    return " ".join(filter(None, words))


@lru_cache(maxsize=16384)
def _folded(word: str) -> str:
    """Fold a word that isn't ASCII. Cached, as mail repeats the same words."""
    word = normalize("NFKD", word.casefold()).casefold()
    return _STRIPPED.sub("", word).translate(_STROKES)


def accented(text: str) -> str:
    """Return ``text`` without case, but with its accents."""
    text = normalize("NFKC", _HIDDEN.sub("", text.casefold())).casefold()
    return " ".join(text.split())


def text_of(row: MessageRow) -> str | None:
    """Return the folded text of the header; None while there is no header."""
    kept, header = row.folded, row.header
    if kept is not None and kept[0] is header:
        return kept[1]
    if header is None:
        return None
    text = _text(header)
    row.folded = (header, text)
    return text


def _text(header: Header) -> str:
    text = fold(_BETWEEN.join(written(header)))
    if text.count(_BETWEEN) == len((FROM, TO, SUBJECT)) - 1:
        return text
    return _BETWEEN.join(fold(part).replace(_BETWEEN, " ") for part in written(header))


def written(header: Header) -> tuple[str, str, str]:
    """Return the fields in which a bare word is searched, decoded and cut to a maximum."""
    sender = header.from_
    return (
        f"{sender.name} <{sender.address}>"[:_MAX_FIELD_CHARS],
        header.to[:_MAX_FIELD_CHARS],
        header.subject[:_MAX_FIELD_CHARS],
    )


def finder(value: str, field: int | None = None) -> Callable[[MessageRow], bool | None]:
    """Return a test whether ``value`` is in the text, or in one field of it.

    Accents count only if ``value`` has some. Raises ValueError if ``value`` is empty.
    """
    found = _in_text(_needle(value)) if field is None else _in_field(_needle(value), field)
    accents = accented(value)
    return found if accents == fold(value) else _as_written(found, accents, field)


def _needle(value: str) -> str:
    needle = fold(value)
    if not needle:
        raise ValueError("a value, such as from:ann")
    return needle


def _in_text(needle: str) -> Callable[[MessageRow], bool | None]:
    def ask(row: MessageRow) -> bool | None:
        text = text_of(row)
        return None if text is None else needle in text

    return ask


def _in_field(needle: str, field: int) -> Callable[[MessageRow], bool | None]:
    def ask(row: MessageRow) -> bool | None:
        text = text_of(row)
        if text is None:
            return None
        return needle in text and needle in text.split(_BETWEEN)[field]

    return ask


def _as_written(
    found: Callable[[MessageRow], bool | None], accents: str, field: int | None
) -> Callable[[MessageRow], bool | None]:
    """Restrict ``found`` to texts that have the accents of ``accents``."""

    def ask(row: MessageRow) -> bool | None:
        answer = found(row)
        if not answer or row.header is None:
            return answer
        parts = written(row.header)
        chosen = parts if field is None else (parts[field],)
        return any(accents in accented(part) for part in chosen)

    return ask
