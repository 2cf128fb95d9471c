"""Find brand names that forged mail often uses, and decide how much each one proves.

``data/brands.txt`` has the names and their owners' domains. A name alone proves little: people are
called Hilton, cities Santander, and WordPress sends from everybody's server. So a brand in the
sender's name counts in full only if there are other, independent hints of fraud, and counts less if
the name is an ordinary word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from poptui.patterns import lazy_pattern
from poptui.triage.spam.confusables import plain, shape
from poptui.triage.spam.domains import is_cheap, is_free_mail, is_throwaway
from poptui.triage.spam.hints import WEAK_GROUPS, hint_groups
from poptui.triage.spam.message_facts import MessageFacts
from poptui.triage.spam.tables import table_lines
from poptui.triage.spam.verdict import Signal

Kind = Literal["coined", "word", "software"]
_KINDS: Mapping[str, Kind] = {"coined": "coined", "word": "word", "software": "software"}

MAX_WORDS, MAX_RUN = 8, 3
"""Maximum number of words to search in a display name, and of words in a brand name."""

MIN_LOOKALIKE_CHARACTERS = 5
"""Shorter brand names may resemble other words by chance."""

_LINE = lazy_pattern(
    r"([a-z0-9]{2,40}) +(coined|word|software) +"
    r"((?:[a-z0-9][a-z0-9.-]{0,62}\*? +){1,24}): +((?:site|apple)(?: +(?:site|apple))*)"
)
_OFFICE_WORDS = """
account accounts admin administrator alert alerts billing care center centre client cliente conta
customer delivery department desk express fatura help helpdesk id info invoice kundenservice
kundendienst mail member notice notification notifications office online pay payment payments
premium prime rewards reward security secure service services servicio sicherheit store support
suporte system team tech verification verify wallet winner aviso atendimento gutschein bonus
warranty bank banco ceo cfo coo cto chairman director president principal geschaftsfuhrer
vorstand app tv news cloud login plano planos saude seguro seguros corretora proposta abo abonnement
membership mitglied loyalty rewardscenter surprise message versand
"""
_OFFICES = frozenset(_OFFICE_WORDS.split())
"""Words in a display name that show a company rather than a person."""

_COMPANY_FORMS = frozenset({"inc", "ltd", "llc", "gmbh", "ag", "sa", "co", "corp", "plc", "the"})

_OFFICE_ENDS = ("team", "service", "support", "center", "zentrum", "dienst", "abteilung")
_TRADEMARK = lazy_pattern("[™®©]")
"""Trademark signs, which only companies write."""
_WORD = lazy_pattern(r"[^\W_]+")
_SPACED_OUT = lazy_pattern(r"\b\w(?: \w){3,30}\b")
_LOOKALIKE = lazy_pattern(r"[I|10!]|rn|vv|[^\x00-\x7f]")
"""Characters without which a name can't look like another one."""


class Brand(NamedTuple):
    """A brand whose name forged mail uses."""

    name: str
    kind: Kind
    owners: frozenset[str]
    """First labels, ``label*`` or whole domains of its owner."""


def read_brand(line: str) -> Brand | None:
    """Parse a line of the table; None if it is malformed."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    name, kind, owners, _ = found.groups()
    return Brand(name, _KINDS[kind], frozenset(owners.split()))


@cache
def brands() -> Mapping[str, Brand]:
    """Return the brands by name; reads the table once."""
    found = (read_brand(line) for line in table_lines("brands.txt"))
    return {brand.name: brand for brand in found if brand is not None}


@cache
def _shapes() -> Mapping[str, Brand]:
    return {
        shape(brand.name): brand
        for brand in brands().values()
        if len(brand.name) >= MIN_LOOKALIKE_CHARACTERS and brand.kind != "software"
    }


class _BrandInName(NamedTuple):
    """A brand name found in a display name."""

    brand: Brand
    others: tuple[str, ...]
    """The other words of the display name."""
    has_trademark: bool
    """A trademark sign follows it."""

    @property
    def names_an_office(self) -> bool:
        return self.has_trademark or any(map(_is_office, self.others))

    @property
    def alone(self) -> bool:
        """Whether the display name has no other words, except those of a company."""
        return all(
            _is_office(word) or word in _COMPANY_FORMS or word.isdigit() for word in self.others
        )


def _is_office(word: str) -> bool:
    return word in _OFFICES or word.endswith(_OFFICE_ENDS)


def names_an_office(name: str) -> bool:
    """Whether a display name speaks for a company's office."""
    return any(map(_is_office, _WORD.findall(name.lower())))


@lru_cache(maxsize=4096)
def _named_in(name: str) -> _BrandInName | None:
    """Find the first brand in ``name``; the longest if several begin at one word."""
    has_trademark = not name.isascii() and _TRADEMARK.search(name) is not None
    if has_trademark:
        name = _TRADEMARK.sub("", name)
    words = _WORD.findall(_closed(plain(name).casefold()))[:MAX_WORDS]
    known = brands()
    for index in range(len(words)):
        for length in range(min(MAX_RUN, len(words) - index), 0, -1):
            run = "".join(words[index : index + length])
            if run in known:
                others = (*words[:index], *words[index + length :])
                return _BrandInName(known[run], others, has_trademark)
    return None


def _closed(name: str) -> str:
    """Close up spaced-out words, as in ``p a y p a l``."""
    if name[1:2] != " ":
        return name
    return _SPACED_OUT.sub(lambda word: word[0].replace(" ", ""), name)


@lru_cache(maxsize=4096)
def _lookalikes_in(name: str) -> tuple[tuple[str, Brand], ...]:
    """Find the words in ``name`` that look like a brand's, with that brand."""
    if not _LOOKALIKE.search(name):
        return ()
    words, shapes = _WORD.findall(_TRADEMARK.sub("", name))[:MAX_WORDS], _shapes()
    runs = [words[at:end] for at in range(len(words)) for end in range(at + 1, at + 1 + MAX_RUN)]
    drawn = [(run, shapes.get(shape("".join(run)))) for run in runs]
    return tuple(
        (" ".join(run), brand)
        for run, brand in drawn
        if brand and plain("".join(run)).casefold() != brand.name
    )


def owns(domain: str, owner: str, owners: frozenset[str]) -> bool:
    """Whether ``domain`` belongs to ``owners``, and so may use their brand."""
    first = owner.partition(".")[0]
    if owner in owners or domain in owners or any(domain.endswith(f".{o}") for o in owners):
        return True
    if is_cheap(owner):
        return False
    return first in owners or any(f"{word}*" in owners for word in first.split("-"))


def brand_signals(facts: MessageFacts, found: Collection[str]) -> Iterator[Signal]:
    """Find brands used from foreign domains; ``found`` are the names of the other signals."""
    if not facts.domain:
        return
    named = _named_in(facts.name) if facts.name else None
    for drawn, brand in _lookalikes_in(facts.name) if facts.name else ():
        if not owns(facts.domain, facts.owner, brand.owners):
            yield Signal("brand-lookalike", drawn)
            named = None
            break
    within = brand_within(facts.owner)
    if named is None and not within:
        return
    groups = hint_groups(found)
    if named and not owns(facts.domain, facts.owner, named.brand.owners):
        strength = _strength(facts, named, groups, found)
        if strength:
            yield Signal("brand-elsewhere", f"{facts.name} <{facts.address}>", strength)
    hints = len(groups) + (named is not None and named.names_an_office)
    if within and (hints > 1 or (hints and not facts.aligned)):
        yield Signal("brand-in-domain", facts.domain)


def _strength(
    facts: MessageFacts, named: _BrandInName, groups: set[str], found: Collection[str]
) -> float:
    """Return how much the name proves, from 0 to 1, given the other hints.

    Cryptocurrency counts as two hints, because many of its brands are ordinary words.
    """
    kind = named.brand.kind
    if kind != "coined":
        groups = groups - WEAK_GROUPS
        if is_throwaway(facts.domain):
            groups = groups - {"domain"}
    hints = len(groups)
    if facts.aligned and named.brand.name in facts.owner.partition(".")[0].replace("-", ""):
        return (0, 0, 0.5, 1)[min(hints, 3)]
    if is_free_mail(facts.domain):
        hints += 1
    if named.names_an_office and kind != "software":
        hints += 1
    if kind != "software" and named.brand.name in facts.subject.lower().replace(" ", ""):
        hints += 1
    if kind == "word" and "talk-crypto" in found:
        hints += 1
    if _is_person(facts, named):
        hints -= 2
    match kind:
        case "coined":
            return (0, 0.6, 0.9, 1)[max(0, min(hints + 1, 3))]
        case "word" if named.alone:
            return (0, 0.5, 0.85, 1)[max(0, min(hints, 3))]
        case _:
            return (0, 0, 1 / 3, 2 / 3, 1)[max(0, min(hints - (kind == "word"), 4))]


def _is_person(facts: MessageFacts, named: _BrandInName) -> bool:
    """Whether it is a person's name: the local part has it too, as in ``marie.leclerc``."""
    if not named.others or named.names_an_office or len(named.others) > 3:
        return False
    if named.brand.name not in facts.local:
        return False
    return any(facts.local.startswith(word[0]) or word in facts.local for word in named.others)


@lru_cache(maxsize=4096)
def brand_within(owner: str) -> str:
    """Return a brand that is a word of another domain, as in ``paypal-secure.example``."""
    words = owner.partition(".")[0].split("-")
    if len(words) == 1:
        return ""
    known = brands()
    for word in words:
        brand = known.get(word) if len(word) > 3 else None
        if brand is None or owns(owner, owner, brand.owners) or brand.kind == "software":
            continue
        if brand.kind == "coined" or all(o in _OFFICES for o in words if o != word):
            return word
    return ""
