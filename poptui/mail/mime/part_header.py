"""The head of one part: where it ends, and what it says of the body below it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from mmap import mmap

from poptui.mail.headers.decode import header_values
from poptui.mail.headers.encoded_words import decode_text
from poptui.mail.headers.split import MAX_BLOCK
from poptui.mail.mime.parameters import Valued, parse_valued

_NAMES = frozenset(
    {
        b"content-type",
        b"content-transfer-encoding",
        b"content-disposition",
        b"content-id",
        b"content-location",
        b"subject",
    }
)
_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:|[ \t]|>?From ")
"""A header line, the continuation of one, or what mbox files put before the header."""
_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)
_NOTHING = Valued()
_WORD = re.compile(rb"[\s;(]")


@dataclass(frozen=True, slots=True)
class PartHead:
    """What the MIME header of a part says."""

    kind: str = "text/plain"
    """The content type in lower case; ``text/plain`` where there is none or a senseless one."""
    type: Valued = _NOTHING
    disposition: Valued = _NOTHING
    encoding: str = ""
    content_id: str = ""
    location: str = ""
    subject: str = ""
    typed: bool = False
    """A content type was declared."""

    @property
    def boundary(self) -> str:
        return self.type.get("boundary")

    @property
    def charset(self) -> str:
        """The declared charset as it is written."""
        return self.type.get("charset")

    @property
    def file_name(self) -> str:
        """The name a sender gives the part as a file (RFC 2183 section 2.3), foreign."""
        return self.disposition.get("filename") or self.type.get("name")


def read_part_head(
    octets: bytes | mmap,
    start: int,
    end: int,
    delimits: Callable[[bytes], bool],
    *,
    digest: bool = False,
) -> tuple[PartHead, int, bool]:
    """The head at ``start``, where its body begins, and whether lines of it are malformed.

    ``delimits`` knows the lines that end the part. In a ``digest`` an undeclared part is a letter.
    """
    head_end, body, malformed = _extent(octets, start, end, delimits)
    values = header_values(octets[start : min(head_end, start + MAX_BLOCK)], _NAMES)
    return _head(values, digest), body, malformed


def _extent(
    octets: bytes | mmap, start: int, end: int, delimits: Callable[[bytes], bool]
) -> tuple[int, int, bool]:
    """Where the header ends and the body begins.

    Without an empty line after it, the body begins with the first line that is no header line.
    """
    odd, position = -1, start
    while position < end:
        after = octets.find(b"\n", position, end) + 1 or end
        line = octets[position : min(after, position + 300)]
        if not line.rstrip(b"\r\n"):
            return position, after, odd >= 0
        if line.startswith(b"--") and delimits(line):
            break
        if odd < 0 and not _FIELD.match(line):
            odd = position
        position = after
    return (position, position, False) if odd < 0 else (odd, odd, odd > start)


def _head(values: dict[bytes, bytes], digest: bool) -> PartHead:
    content_type = parse_valued(values.get(b"content-type", b""))
    typed = _TYPE.fullmatch(content_type.value) is not None
    otherwise = "message/rfc822" if digest and b"content-type" not in values else "text/plain"
    encoding = _WORD.split(values.get(b"content-transfer-encoding", b"").strip())[0]
    return PartHead(
        content_type.value if typed else otherwise,
        content_type,
        parse_valued(values.get(b"content-disposition", b"")),
        encoding.decode("latin-1").lower().strip('"'),
        values.get(b"content-id", b"").decode("latin-1").strip(" <>"),
        values.get(b"content-location", b"").decode("latin-1"),
        decode_text(values.get(b"subject", b"")),
        typed,
    )
