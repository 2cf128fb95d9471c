"""The one gateway from foreign text to the terminal.

Whatever a server or a sender wrote (subjects, names, bodies, ``-ERR`` texts, UIDs, banners,
file names) passes through here before it reaches a screen, a title, stdout or stderr. No
terminal widget does this for us: an escape sequence in a subject acts wherever it is written.

Replaced by U+FFFD: C0 controls, DEL, C1 controls, bidi embeddings, overrides and isolates,
invisible formatters, line and paragraph separators, interlinear annotations, tag characters,
lone surrogates and noncharacters. Kept: ZWJ, ZWNJ and the variation selectors, which emoji and
several scripts are written with.
"""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"

_UNSAFE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but TAB and LF, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"  # soft hyphen, grapheme joiner, fillers
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"  # zero width, bidi, invisible operators
    "\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"  # fillers, BOM, annotations, noncharacters
    "\ud800-\udfff"  # lone surrogates, which no terminal encoding takes
    "\U000e0000-\U000e00ff"  # language tags: invisible text
)
_TEXT = re.compile(f"[{_UNSAFE}]")
_LINE = re.compile(f"[{_UNSAFE}\t\n]")
_SPACES = re.compile(r"[ \t\r\n]+")


def printable(text: str) -> str:
    """``text`` safe for a terminal, its lines and tabs kept (CRLF becomes LF)."""
    return _TEXT.sub(REPLACEMENT, text.replace("\r\n", "\n"))


def printable_line(text: str) -> str:
    """``text`` safe for a terminal as one line: runs of white space become one space."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text
    return _LINE.sub(REPLACEMENT, _SPACES.sub(" ", text))


def escaped(text: str) -> str:
    r"""``text``, a JSON document of one line, its unsafe characters as ``\uXXXX``."""
    return _LINE.sub(_json_escape, text)


def _json_escape(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(
        f"\\u{int.from_bytes(units[at : at + 2], 'big'):04x}" for at in range(0, len(units), 2)
    )
