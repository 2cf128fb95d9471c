"""Who a message claims to be from: the display name beside the address, and where answers go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from poptui.triage.spam.brands import AMBIGUOUS, BRANDS, OFFICES
from poptui.triage.spam.confusables import invisible, mixed_word, plain, shape, styled
from poptui.triage.spam.domains import (
    is_cheap,
    is_free_mail,
    is_possible,
    is_throwaway,
    looks_made_up,
    organization,
)
from poptui.triage.spam.message_facts import MessageFacts
from poptui.triage.spam.verdict import Signal

_WORD = re.compile(r"[^\W_]+")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})\b", re.IGNORECASE)
_ODD_EDGE = re.compile(r"^[^\w\s(\"'\[{@]|[_,|~*#=<>^(]\s*$|[,_]{2}|\s{3}|,\w{2,5}$|\.{3}\w{2,6}$")
_EMOJI = re.compile("[\u2190-\u2bff\u3030\u303d\ufe0f\U0001f000-\U0001faff]")
_DRAWN = re.compile(r"[I|10!]|rn|vv|[^\x00-\x7f]")
"""What a name needs for being read as another."""
_NUMBER = re.compile(r"\d{5,}|\d{3}-\d{3}")
_MIXED_CASE = re.compile(r"[a-z][A-Z]")
_SPACED_OUT = re.compile(r"\b\w(?: \w){3,30}\b")
_DIGIT_TAIL = re.compile(r"\d{4,}$|\d{7,}")


def sender_signals(letter: MessageFacts) -> Iterator[Signal]:
    """What the From header, and Reply-To and Return-Path beside it, give away."""
    if not letter.address:
        yield Signal("no-sender", letter.name)
        return
    if letter.name:
        yield from _name_signals(letter)
    yield from _domain_signals(letter)
    yield from _answer_signals(letter)


def has_emoji(text: str) -> bool:
    """Whether there are pictures among the letters."""
    return not text.isascii() and _EMOJI.search(text) is not None


def _name_signals(letter: MessageFacts) -> Iterator[Signal]:
    name = letter.name
    other = _ADDRESS.search(name) if "@" in name else None
    if other and not letter.listed and organization(other[1]) != letter.owner:
        yield Signal("name-is-address", other[0])
    yield from _brand_signals(letter)
    yield from _looks(name)
    if is_free_mail(letter.domain) and _speaks_for_office(name):
        yield Signal("office-at-free-mail", letter.address)


@lru_cache(maxsize=4096)
def _looks(name: str) -> tuple[Signal, ...]:
    """What the form of a name gives away, whoever bears it."""
    found = []
    if word := mixed_word(name) or styled(name):
        found.append(Signal("name-lookalike", word))
    elif invisible(name):
        found.append(Signal("name-hidden", name))
    if has_emoji(name):
        found.append(Signal("name-emoji", name))
    if _ODD_EDGE.search(name):
        found.append(Signal("name-odd", name))
    if _NUMBER.search(name):
        found.append(Signal("name-number", name))
    return tuple(found)


def _speaks_for_office(name: str) -> bool:
    return any(word in OFFICES for word in _WORD.findall(name.lower()))


def _brand_signals(letter: MessageFacts) -> Iterator[Signal]:
    """A known name with a foreign domain, or one that only looks like a known name."""
    owners = _brand_in(letter.name)
    if owners and not _owns(letter.domain, letter.owner, owners):
        yield Signal("brand-elsewhere", f"{letter.name} <{letter.address}>")
    if owners:
        return
    for drawn, owners in _drawn_in(letter.name):
        if not _owns(letter.domain, letter.owner, owners):
            yield Signal("brand-lookalike", drawn)
            return


@lru_cache(maxsize=4096)
def _brand_in(name: str) -> frozenset[str]:
    """Who may use the first known name in ``name``."""
    words = _WORD.findall(_closed(plain(name).casefold()))[:8]
    for place in range(len(words)):
        run = ""
        for word in words[place : place + 3]:
            run += word
            if run in BRANDS and (run not in AMBIGUOUS or _stands_out(run, words)):
                return BRANDS[run]
    return frozenset()


def _closed(name: str) -> str:
    """``name`` with words that are spaced out, as in ``p a y p a l``, closed again."""
    return (
        _SPACED_OUT.sub(lambda word: word[0].replace(" ", ""), name) if name[1:2] == " " else name
    )


@lru_cache(maxsize=4096)
def _drawn_in(name: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """What in ``name`` has the outline of a known name, and who may use that."""
    if not _DRAWN.search(name):
        return ()
    words = _WORD.findall(name)[:8]
    runs = [words[at:end] for at in range(len(words)) for end in range(at + 1, at + 4)]
    drawn = [(" ".join(run), _SHAPES.get(shape("".join(run)))) for run in runs]
    return tuple((text, owners) for text, owners in drawn if owners)


def _stands_out(run: str, words: list[str]) -> bool:
    others = [word for word in words if word != run and not word.isdigit()]
    return not others or any(word in OFFICES for word in others)


def _owns(domain: str, owner: str, owners: frozenset[str]) -> bool:
    """Whether a sender at ``domain`` may bear a name that belongs to ``owners``."""
    first = owner.partition(".")[0]
    if owner in owners or domain in owners or any(domain.endswith(f".{o}") for o in owners):
        return True
    if is_cheap(owner):
        return False
    return first in owners or any(f"{word}*" in owners for word in first.split("-"))


_SHAPES = {
    shape(name): owners
    for name, owners in BRANDS.items()
    if len(name) > 4 and name not in AMBIGUOUS
}


def _domain_signals(letter: MessageFacts) -> Iterator[Signal]:
    if not is_possible(letter.domain):
        if not letter.local_delivery:
            yield Signal("impossible-domain", letter.address)
        return
    yield from _domain_looks(letter.domain, letter.owner)
    local, _, domain = letter.written.rpartition("@")
    if _MIXED_CASE.search(domain):
        yield Signal("domain-odd-case", letter.written)
    if "#" in local or "=" in local or len(local) > 40:
        return
    if looks_made_up(local):
        yield Signal("made-up-address", letter.written)
    elif _DIGIT_TAIL.search(local):
        yield Signal("numbered-address", letter.address)


@lru_cache(maxsize=4096)
def _domain_looks(domain: str, owner: str) -> tuple[Signal, ...]:
    """What a domain gives away, whoever writes from there."""
    first = owner.partition(".")[0]
    found = []
    if "xn--" in domain or not domain.isascii():
        found.append("foreign-letters-domain")
    if is_throwaway(domain):
        found.append("throwaway-domain")
    elif is_cheap(domain):
        found.append("cheap-domain")
    if _brand_within(first, owner):
        found.append("brand-in-domain")
    if looks_made_up(first):
        found.append("made-up-domain")
    return tuple(Signal(name, domain) for name in found)


def _brand_within(first: str, owner: str) -> bool:
    """A known name as one word of another domain, as in ``paypal-secure.example``."""
    words = first.split("-")
    if len(words) == 1:
        return False
    return any(
        len(word) > 3
        and word in BRANDS
        and (word not in AMBIGUOUS or _stands_out(word, words))
        and not _owns(owner, owner, BRANDS[word])
        for word in words
    )


def _answer_signals(letter: MessageFacts) -> Iterator[Signal]:
    if letter.listed:
        return
    answers, returns = letter.reply_domain, letter.return_domain
    if answers and organization(answers) != letter.owner:
        if is_free_mail(answers):
            yield Signal("reply-to-free-mail", letter.reply_to)
        else:
            yield Signal("reply-elsewhere", letter.reply_to)
    if returns and organization(returns) != letter.owner:
        yield Signal("return-elsewhere", letter.return_path)
        if is_throwaway(returns):
            yield Signal("return-throwaway", letter.return_path)
        if not is_possible(returns):
            yield Signal("impossible-return", letter.return_path)
