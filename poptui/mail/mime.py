"""A message to the tree of its parts, by the standard library's parser under our own policy.

The policy takes each header as it comes: unfolded (a folded boundary is then found), capped (the
readers of parameters are quadratic), its raw 8-bit octets read as text.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email._policybase import Compat32
from email.message import Message
from email.utils import collapse_rfc2231_value

from poptui.mail.charsets import decode_octets, whole
from poptui.mail.encoded_words import MAX_VALUE, decode_text, unfolded


class _Headers(Compat32):
    """Values as plain, short, single lines of text."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        lines = [line.encode("ascii", "surrogateescape") for line in sourcelines]
        name, _, lines[0] = lines[0].partition(b":")
        text = decode_octets(unfolded(lines))
        if name.lower() == b"content-transfer-encoding":
            text = re.split(r"[\s;(]", text)[0].lower()
        return name.decode("latin-1"), text

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value


_POLICY = _Headers()


def parse(raw: bytes) -> Message:
    """The tree of ``raw``. Raises RecursionError on thousands of nested parts."""
    return message_from_bytes(raw, policy=_POLICY)


def value(part: Message, name: str) -> str:
    """One header of ``part`` as decoded text, ``""`` where it is absent."""
    return decode_text(str(part.get(name, "")).encode("utf-8", "replace")[:MAX_VALUE], "utf-8")


def charset(part: Message) -> str:
    """The declared charset as it is written, ``""`` where none is."""
    return _parameter(part, "content-type", "charset")


def disposition(part: Message) -> str:
    """``inline``, ``attachment`` or what else is declared, in lower case; ``""`` for none."""
    return value(part, "content-disposition").partition(";")[0].strip().lower()


def file_name(part: Message) -> str:
    """The name a sender gives the part as a file (RFC 2183, 2231, and encoded words)."""
    return _parameter(part, "content-disposition", "filename") or _parameter(
        part, "content-type", "name"
    )


def content(part: Message) -> bytes:
    """The octets of a part that has none below it, as far as they can be decoded."""
    payload = None if part.is_multipart() else part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def octets(part: Message) -> int:
    """About how much room the letter or the parts enclosed in ``part`` take."""
    inner = [one for one in part.walk() if one is not part]
    heads = sum(len(name) + len(text) + 4 for one in inner for name, text in one.items())
    return heads + sum(len(content(one)) + 2 for one in inner)


def defects(message: Message) -> frozenset[str]:
    """The names of the classes of defects that were found so far, in any part."""
    return frozenset(type(defect).__name__ for part in message.walk() for defect in part.defects)


def _parameter(part: Message, header: str, name: str) -> str:
    """One parameter; a name whose digits or quotes make no sense is no name."""
    try:
        found = part.get_param(name, "", header)
        text = collapse_rfc2231_value(found) if found else ""
    except (ValueError, TypeError, LookupError, UnicodeError):
        return ""
    return whole(decode_text(text.encode("utf-8", "replace"), "utf-8")).strip()
