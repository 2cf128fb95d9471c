"""Names of hosts as a reader takes them: punycode decoded (RFC 3492), letters like others."""

from __future__ import annotations

from functools import lru_cache
from unicodedata import name, normalize

_PUNYCODE = "xn--"
_TOGETHER = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "BOPOMOFO", "HANGUL"})
"""Scripts that are written together, and beside Latin letters."""
_LIKE_LATIN = frozenset("асԁеһіјӏӀкԛорѕтуԝхвнмгпαοερτυνικωχɑɡıοаһьѵ")
"""Letters of Cyrillic, Greek and the rims of Latin that look like plain Latin ones."""


@lru_cache(maxsize=1024)
def readable(host: str) -> str:
    """``host`` with its punycode decoded, as a browser may show it; else as it is."""
    return ".".join(_label(label) for label in host.lower().split("."))


@lru_cache(maxsize=1024)
def look_alike(host: str) -> str:
    """Why ``host``, which need not be decoded, may imitate another; ``""`` where it does not."""
    for label in readable(host).split("."):
        scripts = _scripts(label)
        if len(scripts) > 1 and not scripts - {"LATIN"} <= _TOGETHER:
            return f"mixes {_named(scripts)} letters"
        foreign = [sign for sign in label if sign.isalpha() and not sign.isascii()]
        if foreign and all(sign in _LIKE_LATIN for sign in foreign):
            return f"is written in {_named(scripts)} letters that look like others"
        if normalize("NFKC", label) != label:
            return "is written with letters that stand for others"
    return ""


def _label(label: str) -> str:
    """A label of 63 octets at most (RFC 1035 section 2.3.4), decoded if that gives a sound one."""
    if not label.startswith(_PUNYCODE) or len(label) > 63:
        return label
    try:
        decoded = label[len(_PUNYCODE) :].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    return decoded if decoded.isprintable() and decoded else label


def _scripts(label: str) -> set[str]:
    return {name(sign, "UNKNOWN").split()[0] for sign in label if sign.isalpha()}


def _named(scripts: set[str]) -> str:
    return " and ".join(sorted(one.capitalize() for one in scripts))
