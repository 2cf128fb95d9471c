"""Read as much CSS as is needed to tell whether text is visible."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice

from poptui.patterns import lazy_pattern

Attributes = Mapping[str, str | None]
Declarations = Mapping[str, str]
Colour = tuple[int, int, int]

MAX_STYLE_CHARACTERS = 2000
"""The rest of a longer style attribute is ignored."""
_MAX_SHEET_CHARACTERS = 300_000
_MAX_RULES = 3000
_COMMENT = lazy_pattern(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_DECLARATION = lazy_pattern(r"([a-z-]{1,40})\s*:\s*([^;{}]{1,500})", re.IGNORECASE)
_PICTURE = lazy_pattern(r"\burl\(\s{0,9}[\"']?([^\"')\s]{1,2000})", re.IGNORECASE)
_OTHER_ADDRESS = lazy_pattern(
    r"@import[^;{}]{0,2000};?|@font-face\s*\{[^{}]{0,5000}\}", re.IGNORECASE
)
_MAX_PICTURES = 500
_SIMPLE = lazy_pattern(r"([a-z][a-z0-9]*)?(?:([.#])([\w-]+))?", re.IGNORECASE)
_NUMBERS = lazy_pattern(r"-?\d+(?:\.\d+)?%?")
_COLOURS = {
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "whitesmoke": (245, 245, 245),
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "navy": (0, 0, 128),
    "orange": (255, 165, 0),
    "lightgray": (211, 211, 211),
    "lightgrey": (211, 211, 211),
}
_MATTERS = lazy_pattern(
    r"display|visibility|opacity|font|colou?r|background|height|width|overflow|position|left|top|"
    r"indent|clip|text-size",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def declarations(style: str) -> Declarations:
    """Parse declarations into property and value, in lower case; the last of repeated ones wins."""
    found = _DECLARATION.findall(style[:MAX_STYLE_CHARACTERS])
    return {name.lower(): value.strip().lower().partition("!")[0].strip() for name, value in found}


def pictures_of(css: str) -> list[str]:
    """Return the addresses of pictures in declarations: backgrounds, bullets, borders."""
    if "url" not in css[:_MAX_SHEET_CHARACTERS].lower():
        return []
    return [
        match[1] for match in islice(_PICTURE.finditer(css[:_MAX_SHEET_CHARACTERS]), _MAX_PICTURES)
    ]


class StyleSheet:
    """The rules of ``style`` elements with simple selectors: a tag, class or id, or a tag with one.

    Rules inside ``@media`` and the like are skipped.
    """

    def __init__(self) -> None:
        self.backgrounds = False
        """Whether a rule with a complex selector sets a background."""
        self.pictures: dict[str, None] = {}
        """Addresses of pictures that the rules would show."""
        self._rules: dict[str, dict[str, str]] = {}

    def add(self, css: str) -> None:
        """Add the rules of one ``style`` element."""
        css = _COMMENT.sub("", css[:_MAX_SHEET_CHARACTERS])
        self.pictures |= dict.fromkeys(pictures_of(_OTHER_ADDRESS.sub("", css)))
        for selectors, body in _blocks(css):
            if _MATTERS.search(body):
                self._add_rule(selectors, body)

    def _add_rule(self, selectors: str, body: str) -> None:
        for selector in selectors.split(",")[:50]:
            match = _SIMPLE.fullmatch(selector.strip().lower())
            if match is None or not match[0] or len(self._rules) >= _MAX_RULES:
                self.backgrounds |= "background" in body.lower()
            else:
                self._rules.setdefault(match[0], {}).update(declarations(body))

    def of(self, tag: str, attributes: Attributes) -> Declarations:
        """Return the style of an element: general rules, more specific ones, its own style."""
        own = declarations(attributes.get("style") or "")
        if not self._rules:
            return own
        found = dict(self._rules.get(tag, ()))
        for name in self._names(tag, attributes):
            found |= self._rules.get(name, {})
        return {**found, **own}

    def _names(self, tag: str, attributes: Attributes) -> list[str]:
        classes = (attributes.get("class") or "").lower().split()[:20]
        marks = [f".{name}" for name in classes]
        if attributes.get("id"):
            marks.append(f"#{(attributes.get('id') or '').lower()}")
        return [name for mark in marks for name in (mark, tag + mark)]


def _blocks(css: str) -> list[tuple[str, str]]:
    """Return (selectors, body) of the top-level rules, in linear time."""
    blocks: list[tuple[str, str]] = []
    depth = start = opened = 0
    for match in re.finditer(r"[{};]", css):
        at, sign = match.start(), match[0]
        if sign == "{":
            depth += 1
            opened = at if depth == 1 else opened
        elif sign == "}":
            depth = max(0, depth - 1)
            if depth == 0:
                selectors = css[start:opened].strip()
                if opened > start and not selectors.startswith("@"):
                    blocks.append((selectors, css[opened + 1 : at]))
                start = at + 1
        elif depth == 0:
            start = at + 1
    return blocks


@lru_cache(maxsize=1024)
def colour(text: str) -> Colour | None:
    """Return the colour that ``text`` names, None if it is unknown."""
    text = text.strip().lower()
    digits = text.removeprefix("#")
    if re.fullmatch(r"[0-9a-f]{3}|[0-9a-f]{6}", digits) and (text != digits or len(digits) == 6):
        wide = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
        return int(wide[:2], 16), int(wide[2:4], 16), int(wide[4:], 16)
    if text.startswith("rgb"):
        return _by_numbers(_NUMBERS.findall(text))
    return _COLOURS.get(text)


def _by_numbers(numbers: list[str]) -> Colour | None:
    if len(numbers) < 3 or (len(numbers) > 3 and float(numbers[3].rstrip("%")) < 1):
        return None
    red, green, blue = (
        int(float(number.rstrip("%")) * (2.55 if number.endswith("%") else 1))
        for number in numbers[:3]
    )
    return red, green, blue
