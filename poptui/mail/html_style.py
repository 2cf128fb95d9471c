"""What an HTML element's attributes say of being seen: hidden ones, tracking pixels, deep nests."""

from __future__ import annotations

import re
from collections.abc import Mapping

Attributes = Mapping[str, str | None]


def tags(names: str) -> frozenset[str]:
    """The set of the element names in ``names``."""
    return frozenset(names.split())


MAX_DEPTH = 400
"""Open elements within each other; newsletters need about 100, and parsing is quadratic in it."""

_GONE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0+(?:\.0+)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_NO_HEIGHT = re.compile(r"max-height\s*:\s*0(?![.\d]*[1-9])", re.IGNORECASE)
_CLIPPED = re.compile(r"overflow\s*:\s*hidden", re.IGNORECASE)
_FONT_SIZE = re.compile(r"font-size\s*:\s*([0-9.]+|[a-z])", re.IGNORECASE)
_MAX_STYLE = 2000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_SHALLOW = tags(
    "p li td th tr tbody thead tfoot dt dd option br img hr input meta link wbr area base col "
    "embed source track param"
)
"""Elements that HTML closes by itself, so that they do not pile up."""


def hidden(attributes: Attributes) -> bool:
    """The element and all within it is kept from the reader's eyes."""
    if "hidden" in attributes:
        return True
    style = (attributes.get("style") or "")[:_MAX_STYLE]
    if not style:
        return False
    return bool(_GONE.search(style) or (_NO_HEIGHT.search(style) and _CLIPPED.search(style)))


def sized_to_nothing(attributes: Attributes, inherited: bool) -> bool:
    """The element's own text has no size; elements within it may give themselves one again."""
    style = attributes.get("style")
    sizes = _FONT_SIZE.findall(style[:_MAX_STYLE]) if style else []
    return not sizes[-1].strip("0.") if sizes else inherited


def pixel(attributes: Attributes) -> bool:
    """An image that is too small to be seen: it is there to tell that the letter was opened."""
    sizes = (attributes.get("width"), attributes.get("height"))
    return any(re.fullmatch(r"\s*[01](?:px)?\s*", size or "") for size in sizes)


def shallow_part(html: str) -> str:
    """``html`` up to where its elements nest deeper than ``MAX_DEPTH``, as tags alone tell it.

    Only accidents are caught here; against malice there is the time limit of the worker.
    """
    depth = 0
    for tag in _TAG.finditer(html):
        if tag[2].lower() not in _SHALLOW:
            depth = max(0, depth + (-1 if tag[1] else 1))
            if depth > MAX_DEPTH:
                return html[: tag.start()]
    return html
