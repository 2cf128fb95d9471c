"""The text of HTML without its layout: what can be shown of a page that is too much to parse."""

from __future__ import annotations

import re
from html import unescape

_UNSHOWN = re.compile(r"<(script|style|title)\b.*?(?:</\1|\Z)", re.IGNORECASE | re.DOTALL)
_BREAKS = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h\d|/?table)\b[^>]{0,2000}>", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]{0,5000}>")
_BLANKS = re.compile(r"[ \t]+")
_GAPS = re.compile(r"\n\s*\n\s*")
_MAX = 500_000


def crude_text(html: str) -> str:
    """The words of ``html`` in their order, in linear time; hidden ones among them."""
    text = _UNSHOWN.sub(" ", html[:_MAX])
    text = _TAGS.sub(" ", _BREAKS.sub("\n", text.replace("\r", "").replace("\n", " ")))
    return _GAPS.sub("\n\n", _BLANKS.sub(" ", unescape(text))).strip()
