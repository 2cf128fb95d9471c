"""Check the subject for tricks, and find the topics of the subject and the sender's name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from poptui.patterns import lazy_pattern
from poptui.triage.spam.confusables import has_pictures, invisible, is_cjk, mixed_word, styled
from poptui.triage.spam.domains import is_cheap, is_free_mail, looks_made_up, organization
from poptui.triage.spam.message_facts import MessageFacts
from poptui.triage.spam.phrases import TopicPhrase, topics_of, topics_of_name
from poptui.triage.spam.verdict import Signal

_ADDRESS = lazy_pattern(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_PADDING = lazy_pattern(r"\s{5,}\S")
_CAPITALS = lazy_pattern(r"[A-Z]{4}")
_ANY_CAPITALS = lazy_pattern(r"[^\W\d_a-z]{4}")
"""A quick test for subjects in capitals; scripts other than Latin need the full test."""
_DIGITS = lazy_pattern(r"\d+")
_CURRENCY = lazy_pattern(r"[$€£%¥]|usd|eur")
_AMOUNT = lazy_pattern(
    r"[$€£¥]\s?\d|\d\s?[$€£]|\b(?:usd|eur|r\$)\s?\d|-\d{2}\s?%|[$€£]{2}"
    r"|\d\s?% (?:off|rabatt|discount|bonus|de |di |sale|korting|gratis|reduction|more|less)"
    r"|\b(?:save|up to|spare|sparen|bis zu|hasta|jusqu.à|fino al?|ate|tot) \d{1,3}\s?%"
)
_REPLY = lazy_pattern(r"\s*(?:re|aw|antw|sv|res|odp)\s*(?:\[\d+\])?:", re.IGNORECASE)
_CASE = lazy_pattern(r"(?:#|i(?<!\wi)d\b|protocol|notification|ref|case|claim)\W{0,4}\w{0,6}\d{4,}")
_CASE_KEY = lazy_pattern(r"[(\[{]\W?[a-z]{2,6}-\d{3,}")
_LAST_NUMBER = lazy_pattern(r"\s{2,}\d{3,}$|[a-z!?.]\d{4,}$|[!?.)]\s\d{4,}$")
_TAG = lazy_pattern(r"\s{2,}[\[({]?\w{3,16}[\])}]?$|\s\(\w*\d\w*[a-z]\w*\)?$", re.IGNORECASE)
_PHONE = lazy_pattern(
    r"(?:\+?1[\s.-]?)?\(?8(?:00|33|44|55|66|77|88)\)?[\s.-]{0,3}\d{3}[\s.-]?\d{4}"
    r"|\bcall\b.{0,30}?\+?[\d(][\d\s().-]{8,18}\d"
)
_ADVERT = lazy_pattern(
    r"^\W{0,3}adv?\b\W{0,2}:|^\W{0,3}adv\b|\badv\s*$|未承諾広告|\(광고\)|\[광고\]|（广告）|^adv?\s*:",
    re.IGNORECASE,
)
"""Labels that laws require or required on unsolicited advertising."""
_CAMPAIGN = lazy_pattern(r"^[a-z0-9]+(?:_[a-z0-9]+){2,}$", re.IGNORECASE)
_SCAN = lazy_pattern(r"(?:\d[_-]?){6}")
_ODD_ENDS = "_*#~^|="
_BANNER = lazy_pattern(r"(\*{2,3}|={2,3}|#{2,3}) [^*=#]{1,200} \1")
"""The subject of a monitoring alert: ``** PROBLEM Host Alert: mail1 is DOWN **``."""
_ODD_START = lazy_pattern(r"[-.*!]\w|-{2,}>")
MAX_TAIL_CHARACTERS, MIN_TAIL_CHARACTERS = 40, 8
"""Maximum and minimum length of a last word that is checked for randomness."""
_ADVERTISING = frozenset({"talk-offer", "talk-urgent", "talk-parcel", "talk-workplace"})
"""Topics that honest mail combines as well."""
_KINDS_OF_BUSINESS = """
talk-account talk-money talk-parcel talk-prize talk-crypto talk-authority talk-gambling talk-pills
talk-services talk-workplace talk-inheritance talk-job
"""
_BUSINESS = tuple(_KINDS_OF_BUSINESS.split())
"""Topics that companies and authorities write about, from their own domains."""
_SHARED = lazy_pattern(
    r"\bshared\b.{1,80}\bwith you\b|\bhat .{1,80} (?:fur|für) sie freigegeben|\ba partagé\b",
    re.IGNORECASE,
)


def subject_signals(facts: MessageFacts) -> Iterator[Signal]:
    """Find the signals of the subject."""
    subject = facts.subject
    if not subject.strip():
        yield Signal("subject-missing")
        return
    yield from _trick_signals(facts, subject)
    if _REPLY.match(subject) and not (facts.is_reply or facts.is_from_list):
        yield Signal("reply-to-nothing", subject)
    yield from _topic_signals(facts, subject)


def _topic_signals(facts: MessageFacts, subject: str) -> Iterator[Signal]:
    named: Mapping[str, TopicPhrase] = topics_of_name(facts.name)
    if named and not _is_named_after(facts, named):
        best = max(named.values(), key=lambda topic: topic.strength)
        yield Signal("name-talks", best.phrase, best.strength)
    else:
        named = {}
    talk = topics_of(subject)
    own = _within_own_domain(facts)
    for kind, topic in named.items():
        if kind not in talk or talk[kind].strength < topic.strength:
            talk[kind] = topic
    for kind, (phrase, strength) in talk.items():
        if own and kind == "talk-workplace":
            continue
        yield Signal(kind, phrase, strength)
    if "shared" in subject or "partag" in subject or "freigegeben" in subject:
        yield from _shared_file_signals(facts, subject)
    if is_free_mail(facts.domain) and not (facts.is_from_list or facts.is_reply):
        for kind in _BUSINESS:
            if kind in talk and talk[kind].strength == 1:
                yield Signal("business-at-free-mail", talk[kind].phrase)
                break
        else:
            if _names_amount(subject.lower()):
                yield Signal("business-at-free-mail", subject)
    suspect = [topic for kind, topic in talk.items() if kind not in _ADVERTISING]
    if len(suspect) > 1 and any(topic.strength == 1 for topic in suspect):
        kinds = min(len(suspect) - 1, 3)
        mixed = ", ".join(topic.phrase for topic in suspect)
        yield Signal(
            "talk-mixed", mixed, kinds if min(s.strength for s in suspect) == 1 else kinds / 2
        )


def _is_named_after(facts: MessageFacts, named: Mapping[str, TopicPhrase]) -> bool:
    """Whether a verified domain contains the topic, so that a company writes about its trade."""
    first = facts.owner.partition(".")[0]
    return (
        facts.aligned
        and not is_cheap(facts.owner)
        and any(talk.phrase.split()[0] in first for talk in named.values())
    )


def _within_own_domain(facts: MessageFacts) -> bool:
    """Whether the sender is of the user's own domain, and that is verified or local."""
    if not facts.trusted_path or is_free_mail(facts.owner):
        return False
    addresses = facts.own_addresses
    return any(organization(a.rpartition("@")[2]) == facts.owner for a in addresses)


def _shared_file_signals(facts: MessageFacts, subject: str) -> Iterator[Signal]:
    """Find a notice of a shared file that comes from a person's mailbox, not from a file service.

    It counts double if the recipients are hidden, because a file is shared with somebody.
    """
    if (
        _SHARED.search(subject)
        and not facts.is_from_list
        and not facts.local.startswith(("no", "do"))
    ):
        to = facts.fields.values.get(b"to", b"").lower()
        hidden = not to or b"undisclosed" in to or b"recipients:" in to
        yield Signal("shared-by-person", subject, 2.0 if hidden else 1.0)


def _trick_signals(facts: MessageFacts, subject: str) -> Iterator[Signal]:
    if not subject.isascii():
        yield from _non_ascii_signals(facts, subject)
    if "    " in subject and _PADDING.search(subject):
        yield Signal("subject-padded", subject)
    yield from _address_signals(facts, subject)
    if (_CAPITALS if subject.isascii() else _ANY_CAPITALS).search(subject):
        letters = [char for char in subject if char.isupper() or char.islower()]
        if len(letters) > 9 and sum(map(str.isupper, letters)) * 10 > len(letters) * 7:
            yield Signal("subject-shouts", subject)
    yield from _pattern_signals(facts, subject)


def _non_ascii_signals(facts: MessageFacts, subject: str) -> Iterator[Signal]:
    """Find look-alike letters, invisible characters and emoji."""
    if word := mixed_word(subject) or styled(subject, facts.name):
        yield Signal("subject-lookalike", word)
    if invisible(subject):
        yield Signal("subject-hidden", subject)
    if has_pictures(subject):
        yield Signal("subject-emoji", subject)


def _pattern_signals(facts: MessageFacts, subject: str) -> Iterator[Signal]:
    if _is_odd(subject):
        yield Signal("subject-odd", subject)
    if "!" in subject:
        yield Signal("subject-exclaims", subject, 2.0 if "!!" in subject else 1.0)
    if (not subject.isascii() or "adv" in subject.lower()) and _ADVERT.search(subject):
        yield Signal("subject-advert", subject)
    if digits := _DIGITS.findall(subject):
        text = subject.lower()
        if _names_amount(text):
            yield Signal("subject-amount", subject)
        if not facts.is_from_list and _has_ticket(text, max(map(len, digits))):
            yield Signal("subject-ticket", subject)
        if len(digits) > 1 and _PHONE.search(text):
            yield Signal("subject-phone", subject)
    elif "$$" in subject:
        yield Signal("subject-amount", subject)
    if facts.proven:
        return
    tail = subject.rsplit(None, 1)[-1].rpartition("-")[2]
    if _has_tag(subject) or _is_random(tail):
        yield Signal("subject-random-tail", subject)


def _names_amount(text: str) -> bool:
    return _CURRENCY.search(text) is not None and _AMOUNT.search(text) is not None


def _is_random(tail: str) -> bool:
    if not MIN_TAIL_CHARACTERS <= len(tail) <= MAX_TAIL_CHARACTERS or not tail.isascii():
        return False
    return tail.isalnum() and not tail.isupper() and looks_made_up(tail)


def _has_tag(subject: str) -> bool:
    """Whether the last word is a tag of digits and letters that makes each copy unique."""
    found = _TAG.search(subject)
    if not found:
        return False
    word = found[0].strip(" ([{)]}")
    return word.isascii() and (word.isupper() or any(map(str.isdigit, word))) and not word.isdigit()


def _has_ticket(text: str, longest: int) -> bool:
    """Whether there is a case or order number; ``longest`` is the longest run of digits."""
    if longest < 3:
        return False
    return bool(
        (longest >= 4 and _CASE.search(text))
        or (text[-1].isdigit() and _LAST_NUMBER.search(text))
        or _CASE_KEY.search(text)
    )


def _is_odd(subject: str) -> bool:
    """Whether it begins or ends with odd punctuation, or is an identifier."""
    text = subject.strip()
    if text[0] in _ODD_ENDS or text[-1] in _ODD_ENDS or _ODD_START.match(text):
        return not (is_cjk(text) or _BANNER.fullmatch(text))
    if subject[-1] == "." and subject[-2:-1].isspace():
        return True
    return "_" in text and _CAMPAIGN.match(text) is not None and not _SCAN.search(text)


def _names_calendar(facts: MessageFacts, subject: str) -> bool:
    """Whether a calendar service wrote the subject: it names the calendar's owner at its end."""
    sent = facts.fields.values.get(b"sender", b"") + facts.fields.values.get(b"message-id", b"")
    return subject.endswith(")") and b"calendar-" in sent.lower()


def _address_signals(facts: MessageFacts, subject: str) -> Iterator[Signal]:
    """Find the recipient's address, or its local part, in the subject or name."""
    if "@" in (text := f"{subject} {facts.name}"):
        to = facts.fields.values.get(b"to", b"").lower()
        if facts.aligned and _names_calendar(facts, subject):
            return
        for address in _ADDRESS.findall(text.lower())[:3]:
            if address in facts.context.addresses or address.encode() in to:
                yield Signal("subject-addressed", address)
                return
    if facts.is_from_list:
        return
    low = subject.lower()
    for address in facts.own_addresses:
        local = address.rpartition("@")[0]
        if len(local) > 5 and local in low and (low.startswith(local) or not local.isalpha()):
            yield Signal("subject-addressed", local, 0.6)
            return
