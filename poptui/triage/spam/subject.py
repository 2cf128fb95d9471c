"""Tricks in the subject, and what it and the sender's name talk about."""

from __future__ import annotations

import re
from collections.abc import Iterator

from poptui.triage.spam.confusables import invisible, mixed_word, styled
from poptui.triage.spam.domains import looks_made_up
from poptui.triage.spam.message_facts import MessageFacts
from poptui.triage.spam.phrases import kinds_of_names_talk, kinds_of_talk
from poptui.triage.spam.sender import has_emoji
from poptui.triage.spam.verdict import Signal

_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_PADDING = re.compile(r"\s{5,}\S")
_CAPITALS = re.compile(r"[A-Z]{4}")
_ANY_CAPITALS = re.compile(r"[^\W\d_a-z]{4}")
"""What a subject in capitals has somewhere; other scripts than Latin are looked at closer."""
_DIGITS = re.compile(r"\d+")
_CURRENCY = re.compile(r"[$€£%]|usd|eur")
_AMOUNT = re.compile(r"[$€£]\s?\d|\d\s?[$€£]|\b(?:usd|eur|r\$)\s?\d|\d{1,3}\s?%")
_REPLY = re.compile(r"\s*(?:re|aw|antw|sv|res|odp)\s*(?:\[\d+\])?:", re.IGNORECASE)
_CASE = re.compile(r"(?:#|i(?<!\wi)d\b|protocol|notification|ref|case|claim)\W{0,4}\w{0,6}\d{4,}")
_CASE_KEY = re.compile(r"[(\[{]\W?[a-z]{2,6}-\d{3,}")
_LONG_NUMBER = re.compile(r"\b\d{6,}\b")
_LAST_NUMBER = re.compile(r"\s{2,}\d{4,}$")
_ODD_ENDS = "_*#~^|="
_ODD_START = re.compile(r"[-.*]\w")
LONGEST_WORD, SHORTEST_TAIL = 40, 8
"""Characters of a last word that is looked at."""
_ADVERTISING = frozenset({"talk-offer", "talk-urgent"})
"""Kinds that honest advertising mixes, too."""


def subject_signals(letter: MessageFacts) -> Iterator[Signal]:
    """What the subject gives away."""
    subject = letter.subject
    if not subject.strip():
        yield Signal("subject-missing")
        return
    yield from _tricks(letter, subject)
    if _REPLY.match(subject) and not (letter.answer or letter.listed):
        yield Signal("reply-to-nothing", subject)
    named = kinds_of_names_talk(letter.name)
    if named:
        yield Signal("name-talks", next(iter(named.values())))
    talk = {**kinds_of_talk(subject), **named}
    for kind, phrase in talk.items():
        yield Signal(kind, phrase)
    suspect = [phrase for kind, phrase in talk.items() if kind not in _ADVERTISING]
    if len(suspect) > 1:
        yield Signal("talk-mixed", ", ".join(suspect), min(len(suspect) - 1, 3))


def _tricks(letter: MessageFacts, subject: str) -> Iterator[Signal]:
    if not subject.isascii():
        yield from _beyond_ascii(subject)
    if "    " in subject and _PADDING.search(subject):
        yield Signal("subject-padded", subject)
    if letter.listed:
        return
    yield from _addressed(letter, subject)
    if (_CAPITALS if subject.isascii() else _ANY_CAPITALS).search(subject):
        letters = [char for char in subject if char.isalpha()]
        if len(letters) > 9 and sum(map(str.isupper, letters)) * 10 > len(letters) * 7:
            yield Signal("subject-shouts", subject)
    yield from _form(subject)


def _beyond_ascii(subject: str) -> Iterator[Signal]:
    """Letters that pass for others, that cannot be seen, that are pictures."""
    if word := mixed_word(subject) or styled(subject):
        yield Signal("subject-lookalike", word)
    if invisible(subject):
        yield Signal("subject-hidden", subject)
    if has_emoji(subject):
        yield Signal("subject-emoji", subject)


def _form(subject: str) -> Iterator[Signal]:
    if _is_odd(subject):
        yield Signal("subject-odd", subject)
    if "!" in subject:
        yield Signal("subject-exclaims", subject)
    if digits := _DIGITS.findall(subject):
        text = subject.lower()
        if _CURRENCY.search(text) and _AMOUNT.search(text):
            yield Signal("subject-amount", subject)
        if _has_ticket(text, max(map(len, digits))):
            yield Signal("subject-ticket", subject)
    tail = subject.rsplit(None, 1)[-1].rpartition("-")[2]
    if SHORTEST_TAIL <= len(tail) <= LONGEST_WORD and tail.isalnum() and looks_made_up(tail):
        yield Signal("subject-random-tail", subject)


def _has_ticket(text: str, longest: int) -> bool:
    """Whether there is the number of a case, an order or the like; ``longest`` run of digits."""
    if longest < 3:
        return False
    return bool(
        (longest >= 6 and _LONG_NUMBER.search(text))
        or (longest >= 4 and _CASE.search(text))
        or (text[-1].isdigit() and "  " in text and _LAST_NUMBER.search(text))
        or _CASE_KEY.search(text)
    )


def _is_odd(subject: str) -> bool:
    """Whether it begins or ends as no sentence does, or is a name of a program's making."""
    text = subject.strip()
    if text[0] in _ODD_ENDS or text[-1] in _ODD_ENDS or _ODD_START.match(subject):
        return True
    if subject[-1] == "." and subject[-2:-1].isspace():
        return True
    return subject.count("_") > 1 and " " not in subject


def _addressed(letter: MessageFacts, subject: str) -> Iterator[Signal]:
    """The receiver's own address, or the part before its ``@``, worked into the subject."""
    if "@" in (text := f"{subject} {letter.name}"):
        receivers = letter.fields.values.get(b"to", b"").lower()
        for address in _ADDRESS.findall(text.lower())[:3]:
            if address in letter.context.addresses or address.encode() in receivers:
                yield Signal("subject-addressed", address)
                return
