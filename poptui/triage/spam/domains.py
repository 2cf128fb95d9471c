"""Classify domains: registered part, free mail, cheap, disposable, random-looking."""

from __future__ import annotations

import re
from functools import lru_cache

from poptui.mail.hosts import registrable_domain
from poptui.patterns import lazy_pattern
from poptui.triage.spam.confusables import plain
from poptui.triage.spam.tables import sections, table_lines


def _kinds() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for kind, line in sections(table_lines("domains.txt")):
        found.setdefault(kind, set()).update(line.split())
    return {kind: frozenset(names) for kind, names in found.items()}


_KINDS = _kinds()
_NONE = frozenset[str]()
PLATFORMS = _KINDS.get("platform", _NONE)
"""Domains under which anybody can get a subdomain, so each subdomain has its own owner."""
_THROWAWAY = _KINDS.get("throwaway", _NONE)
_FREE_MAIL = _KINDS.get("free-mail", _NONE)
_FREE_SUFFIXES = _KINDS.get("free-mail-suffix", _NONE)
_NOT_FREE = _KINDS.get("not-free-mail", _NONE)
_CHEAP_TLDS = _KINDS.get("cheap", _NONE)

_LABEL = lazy_pattern(r"(?!-)[^\x00-,./:-^`{-\x7f]{1,63}(?<!-)")
"""Small letters, digits, ``_``, ``-`` and everything outside ASCII; written as the complement, it
compiles in a hundredth of the time."""
_CASES = lazy_pattern(r"(?=[a-z][A-Z]|[A-Z]{2}[a-z])")
_CAMEL = lazy_pattern(
    r"(?:(?:[A-Z]{2,6}(?=[A-Z][a-z]|[^A-Za-z]|$)|[A-Z][a-z]++|[a-z]{2,}+"
    r"|[AI](?=[A-Z][a-z])|[A-Z](?=[-_.]))[-_.]?){1,6}\d{0,4}"
)
"""Words joined without spaces, each with a capital; acronyms count as words."""
_CAPITALIZED = lazy_pattern(r"[A-Z][a-z]+")
_VOWEL = lazy_pattern(r"[aeiouy]", re.IGNORECASE)
_PARTS = lazy_pattern(r"[-_.+]")
_RUN = lazy_pattern(r"(?:(?>sch|[cpst]h|ck|tz|[bcdfghjklmnpqrstvwxz])){6,}")
"""Consonants in a row, those that are written with several letters counted once."""
_CHANGE = lazy_pattern(r"(?<=\d)[a-z]|(?<=[a-z])\d")
"""A place where letters and digits meet."""
MAX_CHANGES = 4


@lru_cache(maxsize=4096)
def organization(domain: str) -> str:
    """Return the registered part of ``domain``: ``example.co.uk`` for ``mail.shop.example.co.uk``.

    Under a platform it includes the owner's subdomain. ``""`` if ``domain`` is empty.
    """
    name = domain.lower().strip(". []")
    labels = name.rsplit(".", 3)
    if ".".join(labels[-2:]) in PLATFORMS:
        return ".".join(labels[-3:])
    return registrable_domain(name) or name


@lru_cache(maxsize=4096)
def is_free_mail(domain: str) -> bool:
    """Whether anybody can have an address there."""
    first, _, rest = organization(domain).partition(".")
    if first not in _FREE_MAIL or not rest:
        return False
    return rest.rpartition(".")[2] in _FREE_SUFFIXES and organization(domain) not in _NOT_FREE


@lru_cache(maxsize=4096)
def is_throwaway(domain: str) -> bool:
    """Whether it is a platform's subdomain that anybody can get."""
    return ".".join(domain.lower().rsplit(".", 2)[-2:]) in _THROWAWAY


@lru_cache(maxsize=4096)
def is_cheap(domain: str) -> bool:
    """Whether its top-level domain is cheap and favored by spammers."""
    head, _, top = domain.lower().rpartition(".")
    return top in _CHEAP_TLDS or f"{head.rpartition('.')[2]}.{top}" in _CHEAP_TLDS


@lru_cache(maxsize=4096)
def is_possible(domain: str) -> bool:
    """Whether it can have a mail server: at least two labels, each valid by RFC 1035."""
    labels = domain.lower().split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return False
    return all(_LABEL.fullmatch(label) for label in labels) and labels[-1] not in _PRIVATE


_PRIVATE = frozenset(
    {"local", "localdomain", "lan", "internal", "home", "intranet", "corp", "arpa", "localhost"}
    | {"invalid"}
)


@lru_cache(maxsize=4096)
def is_private(domain: str) -> bool:
    """Whether it names a machine in a private network, such as a server or printer."""
    labels = domain.lower().split(".")
    return labels[-1] in _PRIVATE - {"invalid"} and all(map(_LABEL.fullmatch, labels))


@lru_cache(maxsize=4096)
def looks_made_up(name: str) -> bool:
    """Whether a label, local part or word looks like the work of a random generator.

    Only Latin letters are examined, because other scripts have other rules.
    """
    if not name.isascii():
        name = plain(name)
        if not name.isascii():
            return False
    if _has_odd_capitals(name):
        return True
    return any(_is_gibberish(part) for part in _PARTS.split(name.lower()) if len(part) > 6)


def _has_odd_capitals(name: str) -> bool:
    """Whether capitals are scattered over a word, unlike ``JohnSmith`` and ``FOXSports``."""
    if len(_CASES.findall(name)) < 2:
        return False
    if not _CAMEL.fullmatch(name):
        return True
    words = _CAPITALIZED.findall(name)
    return len(words) > 1 and any(len(w) > 2 and not _VOWEL.search(w) for w in words)


def _is_gibberish(word: str) -> bool:
    """Whether a word has no vowels, or digits scattered in it."""
    letters = sum(char.isalpha() for char in word)
    if letters < 4:
        return False
    if _RUN.search(word) or len(_CHANGE.findall(word)) > MAX_CHANGES:
        return True
    vowels = sum(char in "aeiouy" for char in word)
    return letters >= 8 and vowels * 6 < letters
