"""Find the topics of subjects and sender names by the phrases that spam uses.

``data/phrases.txt`` has the phrases by topic. A phrase alone proves little: each topic counts once
per message, and less if honest mail uses the phrase too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import NamedTuple

from poptui.patterns import lazy_pattern
from poptui.triage.spam.confusables import is_cjk, reads_as
from poptui.triage.spam.tables import sections, table_lines

MAX_WORDS = 48
"""Maximum number of words of a text that are searched."""

MAX_PHRASE_WORDS = 3
"""Number of words in the longest phrase."""

ORDINARY = "ordinary"
"""The section of phrases that honest services write; their words count for no topic."""

WEAK = 0.6
"""Strength of a phrase that honest mail uses as well."""

_TRADES = frozenset({"talk-offer", "talk-urgent", "talk-parcel", "talk-money", "talk-workplace"})
"""Topics that honest companies are named after: insurers, couriers, banks."""

_WORD = lazy_pattern(r"[^\W_]+")
_BETWEEN = {sign: " " for sign in range(128) if not chr(sign).isalnum()}


class TopicPhrase(NamedTuple):
    """The phrase that showed a topic, and its strength."""

    phrase: str
    strength: float


class _Phrases(NamedTuple):
    kinds: dict[str, tuple[str, float]]
    """Topic and strength by phrase."""
    first_words: frozenset[str]
    within: dict[str, tuple[str, float]]
    """The same for phrases that are searched in text without spaces, such as Chinese."""
    within_pattern: re.Pattern[str]


@cache
def _phrases() -> _Phrases:
    kinds: dict[str, tuple[str, float]] = {}
    within: dict[str, tuple[str, float]] = {}
    for section, line in sections(table_lines("phrases.txt")):
        kind, _, weak = section.partition(" ")
        sense = kind, WEAK if weak else 1.0
        into, text = (within, line[7:]) if line.startswith("within ") else (kinds, line)
        for phrase in text.split(","):
            if words := " ".join(phrase.split()):
                into.setdefault(words, sense)
    first = frozenset(phrase.partition(" ")[0] for phrase in kinds)
    longest_first = sorted(within, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
    return _Phrases(kinds, first, within, pattern)


def topics_of(text: str) -> dict[str, TopicPhrase]:
    """Return the topics of ``text``, each with its strongest phrase.

    Within an ordinary phrase, shorter phrases at its beginning don't count.
    """
    known = _phrases()
    found: dict[str, TopicPhrase] = {}
    if text.isascii():
        words = text.lower().translate(_BETWEEN).split()[:MAX_WORDS]
    else:
        if is_cjk(text):
            for phrase in known.within_pattern.findall(text):
                _note(found, phrase, known.within[phrase])
        words = _WORD.findall(reads_as(text).casefold())[:MAX_WORDS]
    first, kinds = known.first_words, known.kinds
    ordinary_until = 0
    for index, word in enumerate(words):
        if word not in first or index < ordinary_until:
            continue
        phrase = word
        hits: tuple[str, ...] = ()
        for following in (*words[index + 1 : index + MAX_PHRASE_WORDS], ""):
            if phrase in kinds:
                hits += (phrase,)
            phrase = f"{phrase} {following}"
        if hits and kinds[hits[-1]][0] == ORDINARY:
            ordinary_until = index + 1 + hits[-1].count(" ")
            continue
        for phrase in hits:
            _note(found, phrase, kinds[phrase])
    return found


def _note(found: dict[str, TopicPhrase], phrase: str, sense: tuple[str, float]) -> None:
    kind, strength = sense
    if kind not in found or found[kind].strength < strength:
        found[kind] = TopicPhrase(phrase, strength)


@lru_cache(maxsize=1024)
def topics_of_name(name: str) -> Mapping[str, TopicPhrase]:
    """Return the topics of a display name; those that companies are named after are weak."""
    found = topics_of(name)
    return MappingProxyType(
        {
            kind: talk._replace(strength=WEAK) if kind in _TRADES else talk
            for kind, talk in found.items()
        }
    )
