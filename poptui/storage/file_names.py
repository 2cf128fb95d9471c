"""Turn a sender's file name into a safe one that can't leave the folder or hide its ending."""

from __future__ import annotations

import re
from unicodedata import normalize

from poptui.patterns import lazy_pattern
from poptui.printable import REPLACEMENT, printable_line

MAX_NAME_BYTES = 180
"""Of a name in UTF-8, with room for a number; file systems allow 255."""
_MAX_ENDING_CHARACTERS = 20

_INVISIBLE = lazy_pattern("[\u00ad\u200b-\u200f\u061c\u202a-\u202e\u2060-\u206f\ufeff]")
_UNFIT = lazy_pattern(rf'[<>:"/\\|?*\0{REPLACEMENT}]')
_RUNS = lazy_pattern(r"__+")
_RESERVED = lazy_pattern(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE)


def file_name(foreign: str, otherwise: str) -> str:
    """Return ``foreign`` as a valid file name on any system; ``otherwise`` if nothing remains.

    Path separators, control and direction characters, and reserved names are replaced. The ending
    is preserved.
    """
    seen = printable_line(_INVISIBLE.sub("", normalize("NFC", foreign[:2000])))
    name = _RUNS.sub("_", _UNFIT.sub("_", seen))
    name = name.lstrip(" .-_~").rstrip(" .")
    if not name:
        return otherwise
    if _RESERVED.fullmatch(name.partition(".")[0].strip()):
        name = f"_{name}"
    return _short(name)


def numbered(name: str, number: int) -> str:
    """Return ``name-2.pdf`` for ``name.pdf`` and 2; for 1, the name itself."""
    if number == 1:
        return name
    stem, ending = split(name)
    return f"{stem}-{number}{ending}"


def split(name: str) -> tuple[str, str]:
    """Split a name from its ending with the dot; ``.tar.gz`` counts as one ending."""
    stem, dot, ending = name.rpartition(".")
    if not (stem and dot) or len(ending) > _MAX_ENDING_CHARACTERS:
        return name, ""
    if stem.lower().endswith(".tar"):
        return stem[:-4], f"{stem[-4:]}.{ending}"
    return stem, f".{ending}"


def _short(name: str) -> str:
    stem, ending = split(name)
    room = MAX_NAME_BYTES - len(ending.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + ending
