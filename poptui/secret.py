"""Passwords and tokens that don't reveal themselves in logs, tracebacks and replies.

A server may repeat what it was sent ("Unknown command: PASS ..."). So this module remembers all
secrets of the process, and ``hide_secrets`` removes them, in any form, from what a server sends.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from json import dumps
from urllib.parse import quote, quote_plus

HIDDEN = b"***"
"""Replaces a secret in what a server sends."""

WORD_BYTES = 4
"""A shorter secret is hidden only as a separate word, because it is part of many words."""

_PIECE_BYTES = ((0, 6), (20, 10))
"""(length of a form, length of its pieces): pieces are hidden too, because a server may cut, split
or join what it repeats."""

LONG_SECRET_BYTES = 300
"""A longer secret is hidden only in the forms in which it is sent."""

MAX_ONCE = 64
"""Maximum number of single-use secrets that are remembered, the latest ones."""

_SEPARATORS = b" \t\r\n\v\f\"'<>\\\0"
"""Characters that a server may insert between those of a secret."""

_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
"""Replacement for ``html.escape``, which loads a table of two thousand names."""


class Secret:
    """A password or token whose ``repr``, ``str`` and formatting hide it.

    Tracebacks, logs and crash screens print local variables; the wrapper keeps the value out of
    all of them. Call ``reveal`` only to send it to the server.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str, *, once: bool = False) -> None:
        """``once``: it is used for one login only; of such secrets only the latest are hidden."""
        self._value = value
        _KNOWN.add(value, once=once)

    def reveal(self) -> str:
        """Return the value, to be sent to the server and for nothing else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __reduce__(self) -> str:
        raise TypeError("a Secret must not be written anywhere")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)


class _Forms:
    """Some secrets, in each form that is hidden, in lower case."""

    def __init__(self) -> None:
        self.words: set[bytes] = set()
        """Forms that are too short to be found inside other words."""
        self.forms: set[bytes] = set()
        """Other forms, without separators."""
        self.pieces: dict[int, set[bytes]] = {}
        """Pieces of these forms, by length."""

    def add(self, value: str) -> None:
        """Hide this secret from now on."""
        written = {form for form in _forms(value) if form}
        forms = {_squeezed(form) for form in written}
        forms = {form for form in forms if len(form) >= WORD_BYTES}
        self.forms |= forms
        self.words |= {form for form in written if len(_squeezed(form)) < WORD_BYTES}
        for form in forms:
            length = max(length for least, length in _PIECE_BYTES if len(form) >= least)
            starts = range(len(form) - length + 1)
            self.pieces.setdefault(length, set()).update(form[at : at + length] for at in starts)


class _KnownSecrets:
    """All secrets of this process; only the last ones of those that are used once."""

    def __init__(self) -> None:
        self.count = 0
        """The number of secrets that were added."""
        self._lasting, self._once = _Forms(), _Forms()
        self._values: set[str] = set()
        self._values_once: dict[str, None] = {}

    @property
    def all(self) -> tuple[_Forms, _Forms]:
        """The forms of all secrets."""
        return self._lasting, self._once

    def add(self, value: str, *, once: bool) -> None:
        """Hide this secret from now on."""
        if not value or value in self._values or value in self._values_once:
            return
        self.count += 1
        if not once:
            self._values.add(value)
            self._lasting.add(value)
            return
        if len(self._values_once) >= MAX_ONCE:
            last = list(self._values_once)[-MAX_ONCE // 2 :]
            self._values_once, self._once = dict.fromkeys(last), _Forms()
            for secret in last:
                self._once.add(secret)
        self._values_once[value] = None
        self._once.add(value)


def hide_secret_bytes(text: bytes) -> bytes:
    """Remove secrets from what a server sent: literal, encoded, or in pieces."""
    return _hidden(text, _KNOWN.count) if text and _KNOWN.count else text


def hide_secrets(text: str) -> str:
    """Remove secrets from text that a server sent."""
    octets = text.encode("utf-8", "surrogatepass")
    hidden = hide_secret_bytes(octets)
    return text if hidden == octets else hidden.decode("utf-8", "replace")


@lru_cache(maxsize=256)
def _hidden(text: bytes, count: int) -> bytes:
    """Remove secrets. Cached, because most replies repeat; ``count`` invalidates the cache."""
    squeezed, lower = _squeezed(text), text.lower()
    spans: list[tuple[int, int]] = []
    for known in _KNOWN.all:
        found = [*_found(known.forms, squeezed), *_pieces_found(known.pieces, squeezed)]
        spans += _spans_in_text(text, found)
        spans += _words_found(known.words, lower)
    result, end = b"", 0
    for start, stop in sorted(spans):
        if start >= end:
            result += text[end:start] + HIDDEN
        end = max(end, stop)
    return result + text[end:]


def _forms(value: str) -> Iterator[bytes]:
    """Yield the forms in which a server may write a secret.

    For a long one, such as a token, all forms would take megabytes, so only some are yielded.
    """
    octets = value.encode("utf-8", "surrogatepass")
    yield octets.lower()
    yield from _in_base64(octets)
    if len(value) <= LONG_SECRET_BYTES:
        yield from _written_forms(value)


def _in_base64(octets: bytes) -> Iterator[bytes]:
    for before in range(3):
        whole = b64encode(bytes(before) + octets)
        core = whole[(0, 2, 3)[before] : (before + len(octets)) * 8 // 6]
        if len(core) >= WORD_BYTES:
            yield core.lower()
            yield core.translate(bytes.maketrans(b"+/", b"-_")).lower()


def _written_forms(value: str) -> Iterator[bytes]:
    for text in (value, *(word for word in value.split() if len(word) >= WORD_BYTES)):
        for case in {text, text.upper(), text.lower()}:
            octets = case.encode("utf-8", "surrogatepass")
            written = {quote(octets, safe=""), quote(octets), quote_plus(octets), octets.hex()}
            written |= {
                case.translate(_HTML),
                case,
                repr(case)[1:-1],
                ascii(case)[1:-1],
                repr(octets)[2:-1],
            }
            written |= {
                dumps(case)[1:-1],
                _with_references(case),
                _with_references(case.translate(_HTML)),
            }
            for form in written:
                yield form.encode("utf-8", "surrogatepass").lower()
    latin = value.encode("latin-1", "replace")
    yield latin.lower()
    yield repr(latin)[2:-1].encode("ascii").lower()
    yield from _in_base64(latin)


def _with_references(text: str) -> str:
    """Write characters outside ASCII as HTML and XML do: ``&#8364;``."""
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _squeezed(octets: bytes) -> bytes:
    return octets.translate(None, _SEPARATORS).lower()


def _found(forms: Iterable[bytes], squeezed: bytes) -> Iterator[tuple[int, int]]:
    for form in forms:
        at = squeezed.find(form)
        while at >= 0:
            yield at, at + len(form)
            at = squeezed.find(form, at + 1)


def _pieces_found(known: dict[int, set[bytes]], squeezed: bytes) -> Iterator[tuple[int, int]]:
    for length, pieces in known.items():
        for at in range(len(squeezed) - length + 1):
            if squeezed[at : at + length] in pieces:
                yield at, at + length


def _spans_in_text(text: bytes, hidden: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Map spans in the text without separators to spans in ``text``."""
    if hidden:
        kept = [at for at, octet in enumerate(text) if octet not in _SEPARATORS]
        for start, stop in hidden:
            yield kept[start], kept[stop - 1] + 1


def _words_found(words: Iterable[bytes], lower: bytes) -> Iterator[tuple[int, int]]:
    for word in words:
        for at, stop in _found([word], lower):
            around = lower[max(0, at - 1) : at] + lower[stop : stop + 1]
            within = any(bytes([octet]).isalnum() for octet in around)
            if len(word) >= WORD_BYTES or not within:
                yield at, stop


_KNOWN = _KnownSecrets()
