"""Tell whether the text of an HTML element is visible; detect tracking pixels and deep nesting."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from poptui.mail.html.css import Attributes, Colour, Declarations, colour
from poptui.patterns import lazy_pattern


def tags(names: str) -> frozenset[str]:
    """Return the set of element names in ``names``."""
    return frozenset(names.split())


MAX_DEPTH = 400
"""Deeper elements are cut: newsletters need about 100 levels, and parsing takes quadratic time."""

_LENGTH = lazy_pattern(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|%|vw|ex|ch)?")
_FAR_PIXELS = -500.0
"""An element that is this far to the left of, or above, the page is hidden."""
_MAX_COLOUR_DIFFERENCE = 24
"""Two colours whose channels differ by no more than this in sum look the same."""
_TAG = lazy_pattern(r"<!--.*?(?:-->|\Z)|<(/?)([a-zA-Z][a-zA-Z0-9]*)", re.DOTALL)
_SHALLOW = tags(
    "p li td th tr tbody thead tfoot dt dd option br img hr input meta link wbr area base col "
    "embed source track param"
)
"""Elements that HTML closes implicitly, so that they don't nest."""


@dataclass(frozen=True, slots=True)
class TextVisibility:
    """The visibility of the text of an element; child elements inherit it."""

    sizeless: bool = False
    invisible: bool = False
    text: Colour | None = (0, 0, 0)
    background: Colour | None = (255, 255, 255)
    """The background colour; None if it is unknown."""

    @property
    def seen(self) -> bool:
        """Whether the text can be read."""
        return not (self.sizeless or self.invisible or _alike(self.text, self.background))

    def within(self, style: Declarations, attributes: Attributes) -> TextVisibility:
        """Return the visibility of a child element."""
        if not style and not ("bgcolor" in attributes or "color" in attributes):
            return self
        return replace(
            self,
            sizeless=_sizeless(style, self.sizeless),
            invisible=_invisible(style, self.invisible),
            text=_text_colour(style, attributes, self.text),
            background=_background(style, attributes, self.background),
        )


def is_hidden(style: Declarations, attributes: Attributes) -> bool:
    """Whether the element and everything inside it is invisible."""
    if "hidden" in attributes or style.get("display") == "none":
        return True
    if _zero(style.get("opacity", "")) or _clipped(style):
        return True
    away = (style.get("left", ""), style.get("top", ""), style.get("margin-left", ""))
    if style.get("position") in ("absolute", "fixed") and any(_far(length) for length in away):
        return True
    return _far(style.get("text-indent", "")) or _far(style.get("margin-left", ""))


def _clipped(style: Declarations) -> bool:
    """Whether the content is clipped to nothing."""
    if "hidden" not in style.get("overflow", "") and "rect" not in style.get("clip", ""):
        return False
    room = ("height", "width", "max-height", "max-width")
    return "rect" in style.get("clip", "") or any(_tiny(style.get(name, "")) for name in room)


def _sizeless(style: Declarations, inherited: bool) -> bool:
    size = style.get("font-size") or style.get("font", "").partition("/")[0].rpartition(" ")[2]
    return _tiny(size, relative=False) if size and _LENGTH.match(size) else inherited


def _invisible(style: Declarations, inherited: bool) -> bool:
    value = style.get("visibility", "")
    return value in ("hidden", "collapse") if value else inherited


def _text_colour(
    style: Declarations, attributes: Attributes, inherited: Colour | None
) -> Colour | None:
    value = style.get("color") or attributes.get("color") or ""
    if not value or value == "inherit":
        return inherited
    return (-1, -1, -1) if value == "transparent" else colour(value)


def _background(
    style: Declarations, attributes: Attributes, inherited: Colour | None
) -> Colour | None:
    value = style.get("background-color") or style.get("background") or attributes.get("bgcolor")
    if style.get("background-image", "none") != "none" or attributes.get("background"):
        return None
    if not value or value in ("transparent", "none", "inherit", "initial"):
        return inherited
    return None if "url" in value or "gradient" in value else colour(value)


def _alike(one: Colour | None, other: Colour | None) -> bool:
    if one is None:
        return False
    if one[0] < 0:
        return True
    if other is None:
        return False
    difference = sum(abs(first - second) for first, second in zip(one, other, strict=True))
    return difference <= _MAX_COLOUR_DIFFERENCE


def _zero(value: str) -> bool:
    match = _LENGTH.fullmatch(value)
    return match is not None and float(match[1]) <= 0.02


def _tiny(value: str, *, relative: bool = True) -> bool:
    """Whether a size is at most one pixel; a relative size must be about zero."""
    match = _LENGTH.fullmatch(value.strip())
    if match is None:
        return False
    absolute = match[2] in ("px", "pt") or (match[2] is None and relative)
    return float(match[1]) <= (1 if absolute else 0.05)


def _far(value: str) -> bool:
    match = _LENGTH.fullmatch(value)
    if match is None:
        return False
    scale = {"em": 16, "rem": 16, "%": 10, "vw": 10}.get(match[2] or "", 1)
    return float(match[1]) * scale <= _FAR_PIXELS


def is_pixel(attributes: Attributes, style: Declarations) -> bool:
    """Whether an image is too small to be seen: it reports that the message was opened."""
    sizes = (attributes.get("width"), attributes.get("height"), style.get("width"))
    small = any(
        re.fullmatch(r"\s*[01](?:px)?\s*", size or "") for size in (*sizes, style.get("height"))
    )
    return small or style.get("display") == "none"


def shallow_part(html: str) -> str:
    """Cut ``html`` where its elements nest deeper than ``MAX_DEPTH``, judged by tags alone.

    This catches accidents; the time limit of the worker is the defence against malice.
    """
    depth = 0
    for tag in _TAG.finditer(html):
        if tag[2] is not None and tag[2].lower() not in _SHALLOW:
            depth = max(0, depth + (-1 if tag[1] else 1))
            if depth > MAX_DEPTH:
                return html[: tag.start()]
    return html
