"""A string that does not show itself: passwords and tokens, from the prompt to the wire."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from functools import cache

HIDDEN = "***"
SHORT = 4
"""A secret of fewer characters is hidden only as a word of its own, never within other words."""

_BASE64 = "[A-Za-z0-9+/]"
_known: set[str] = set()


class Secret:
    """A password or token whose ``repr``, ``str`` and formatting hide it.

    Tracebacks, logs and crash screens print local variables; wrapping the value is what
    keeps it out of all of them. ``reveal`` is called where the bytes go to the server.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        if value:
            _known.add(value)

    def reveal(self) -> str:
        """The value itself, for the wire and for nothing else."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not written anywhere")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)


def hide_secrets(text: str) -> str:
    """``text`` with every secret of this process replaced, plain, escaped or in base64.

    A server may echo what it was sent, so this is for all that was not written by us.
    """
    for secret in list(_known):
        text = _pattern(secret).sub(HIDDEN, text)
    return text


@cache
def _pattern(secret: str) -> re.Pattern[str]:
    forms = sorted(set(_forms(secret)), key=len, reverse=True)
    found = "|".join(map(re.escape, forms))
    if len(secret) < SHORT:
        found = rf"(?<!\w)(?:{found})(?!\w)"
    coded = "|".join(map(re.escape, _base64_forms(secret.encode("utf-8", "replace"))))
    if coded:
        found += f"|{_BASE64}?(?:{coded}){_BASE64}?=*"
    return re.compile(found, re.IGNORECASE)


def _forms(secret: str) -> Iterator[str]:
    """How ``secret`` may be written: as it is, as Python shows it, escaped."""
    yield secret
    for shown in (repr(secret), ascii(secret)):
        yield shown[1:-1]
    for encoding in ("utf-8", "latin-1"):
        try:
            octets = secret.encode(encoding)
        except UnicodeEncodeError:
            continue
        shown = repr(octets)[2:-1]
        yield from (shown, shown.replace("\\'", "'"))


def _base64_forms(octets: bytes) -> Iterator[str]:
    """What ``octets`` are in base64, wherever in a longer text they begin.

    The first and last characters depend on what is beside the secret, so they are left out.
    """
    for before in range(3):
        encoded = b64encode(b"\0" * before + octets).decode("ascii").rstrip("=")
        form = encoded[(before * 8 + 5) // 6 : (before + len(octets)) * 8 // 6]
        if len(form) >= SHORT:
            yield form
