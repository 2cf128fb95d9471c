"""Check the sender: its name, its address, its authentication, and where replies go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from poptui.patterns import lazy_pattern
from poptui.triage.spam.authentication import FAILED
from poptui.triage.spam.brands import names_an_office
from poptui.triage.spam.confusables import (
    has_pictures,
    invisible,
    is_cjk,
    mixed_word,
    only_looks_latin,
    styled,
)
from poptui.triage.spam.domains import (
    is_cheap,
    is_free_mail,
    is_possible,
    is_private,
    is_throwaway,
    looks_made_up,
    organization,
)
from poptui.triage.spam.message_facts import MessageFacts
from poptui.triage.spam.verdict import Signal

WITHOUT_POLICY = 0.4
"""Strength of ``authenticated`` if the domain has no DMARC policy."""

UNPUBLISHED = 0.75
"""Strength of ``unauthenticated`` if the domain publishes neither SPF nor DKIM."""

EXCUSED = 0.3
"""Strength of a failed check if a mailing list, a forwarder or a bounce may be the reason."""

MAX_LABELS = 5
"""Domains with more labels than this are suspicious."""

MIN_LOCAL_CHARACTERS = 5
"""Shorter local parts of the user's address may be ordinary words."""

_ADDRESS = lazy_pattern(r"[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})\b", re.IGNORECASE)
_SITE = lazy_pattern(
    r"(?<![\w.@-])(?:[a-z0-9-]{2,40}\.){1,3}(?:com|net|org|info|de|fr|es|it|nl|co\.uk|com\.br|io)\b(?![@.])",
    re.IGNORECASE,
)
_ODD_EDGE = lazy_pattern(
    r"^[!#$%&*+,./:;<=>?\\^_`|}~)\]-]|[_,|~*#=<>^(]\s*$|[,_]{2}|\s{3}|,\w{2,5}$|\.{3}\w{2,6}$"
)
_NUMBER = lazy_pattern(r"\d{5,}|\d{3}-\d{3}")
_MIXED_CASE = lazy_pattern(r"[a-z][A-Z]")
_DIGIT_TAIL = lazy_pattern(r"\d{5,}$|\d{7,}")
_YEAR_TAIL = lazy_pattern(r"(?:19|20)\d\d$")
_MIXED_DIGITS = lazy_pattern(
    r"[a-z]\d{2,}[a-z]{1,12}\d|[a-z]\d+[a-z]+\d+[a-z]|^\d{2,}[a-z]+\d{2,}$|[a-z]\d{4}$"
)
_PROVIDERS = {
    "google": b"google",
    "outlook": b"outlook",
    "aol": b"yahoo",
    "apple": b"apple",
}
"""Words in the Received fields of providers whose hosts have another name."""
_SAME_PROVIDER = {
    "gmail": "google", "googlemail": "google", "hotmail": "outlook", "live": "outlook",
    "msn": "outlook", "me": "apple", "mac": "apple", "icloud": "apple", "ymail": "yahoo",
    "rocketmail": "yahoo",
}  # fmt: skip


def sender_signals(facts: MessageFacts) -> Iterator[Signal]:
    """Find the signals of From, Reply-To and Return-Path."""
    if not facts.address:
        yield Signal("no-sender", facts.name)
        return
    yield from _authenticity(facts)
    if facts.name:
        yield from _name_signals(facts)
    yield from _domain_signals(facts)
    if not facts.is_from_list:
        yield from _reply_signals(facts)


def _authenticity(facts: MessageFacts) -> Iterator[Signal]:
    """Find one signal for the outcome of the sender's authentication, however many checks failed.

    Anybody can get an address in a free mail domain, so there a passed check counts nothing.
    """
    found = facts.authentication
    if facts.route.submitted or facts.local_delivery:
        return
    if not found.has_any:
        if not facts.is_from_list and is_free_mail(facts.domain) and _bypassed_provider(facts):
            yield Signal("free-mail-elsewhere", facts.domain)
        return
    if facts.aligned:
        if facts.proven:
            strength = 1.0 if found.dmarc == "pass" else WITHOUT_POLICY
            yield Signal("authenticated", facts.owner, strength)
        return
    excused = facts.forwarded or (facts.is_from_list and not found.strict)
    if found.dmarc in FAILED or found.compound == "fail":
        yield Signal("dmarc-fail", facts.owner, EXCUSED if excused else 1.0)
    elif facts.is_from_list or facts.forwarded or not found.complete:
        pass
    elif found.passed:
        others = found.signers or ({found.envelope} if found.envelope else set())
        yield Signal("foreign-signature", ", ".join(sorted(others)))
    else:
        results = f"spf={found.spf or '-'} dkim={found.dkim or '-'}"
        yield Signal("unauthenticated", results, _unauthenticated_strength(facts))
    if facts.is_from_list or facts.forwarded:
        return
    if found.spf in ("fail", "hardfail"):
        yield Signal("spf-fail", found.envelope)
    elif found.spf == "softfail":
        yield Signal("spf-softfail", found.envelope)


def _unauthenticated_strength(facts: MessageFacts) -> float:
    """Return the strength of ``unauthenticated``."""
    if facts.bounce:
        return EXCUSED
    return 1.0 if facts.authentication.failed else UNPUBLISHED


def _bypassed_provider(facts: MessageFacts) -> bool:
    """Whether no Received line names a host of the sender's provider."""
    hops = facts.fields.hops
    first = facts.owner.partition(".")[0]
    provider = _SAME_PROVIDER.get(first, first)
    words = {provider.encode(), first.encode(), _PROVIDERS.get(provider, b"\n")}
    return bool(hops) and not any(word in hop.lower() for hop in hops for word in words)


def _name_signals(facts: MessageFacts) -> Iterator[Signal]:
    name = facts.name
    other = _ADDRESS.search(name) if "@" in name else None
    if _is_yours(facts):
        yield Signal("name-is-yours", name)
    elif other and not facts.is_from_list and organization(other[1]) != facts.owner:
        yield Signal("name-is-address", other[0])
    elif "." in name and (site := _site_in(name, facts.owner)):
        yield Signal("name-is-address", site, 0.6)
    yield from _name_form_signals(name)
    if letters := styled(name, facts.subject):
        yield Signal("name-lookalike", letters)
    if is_free_mail(facts.domain) and not facts.bounce and names_an_office(name):
        yield Signal("office-at-free-mail", facts.address)


@lru_cache(maxsize=4096)
def _site_in(name: str, owner: str) -> str:
    """Return somebody else's site in a display name, as in ``ups.com [US]``."""
    found = _SITE.search(name)
    if found is None:
        return ""
    site = organization(found[0].lower())
    first = site.partition(".")[0].replace("-", "")
    return "" if first in owner.replace("-", "") or len(first) < 3 else site


def _is_yours(facts: MessageFacts) -> bool:
    """Whether an outside sender uses the user's domain or local part as a display name."""
    name = facts.name.lower()
    for address in facts.own_addresses:
        local, _, domain = address.rpartition("@")
        own = organization(domain)
        if own == facts.owner or not own:
            continue
        if own in name and not is_free_mail(own):
            return True
        if len(local) >= MIN_LOCAL_CHARACTERS and _is_word_in(local, name):
            return True
    return False


def _is_word_in(local: str, text: str) -> bool:
    """Whether ``text`` has the local part as a word, and it is too unusual to be chance."""
    if not ("." in local or "_" in local or any(map(str.isdigit, local))):
        return False
    return re.search(rf"(?<![\w.@]){re.escape(local)}(?![\w@])", text) is not None


@lru_cache(maxsize=4096)
def _name_form_signals(name: str) -> tuple[Signal, ...]:
    """Find the signals of a display name's form."""
    found = []
    if word := mixed_word(name):
        found.append(Signal("name-lookalike", word))
    elif invisible(name):
        found.append(Signal("name-hidden", name))
    if has_pictures(name):
        found.append(Signal("name-emoji", name))
    if _ODD_EDGE.search(name) and not is_cjk(name):
        found.append(Signal("name-odd", name))
    if _NUMBER.search(name):
        found.append(Signal("name-number", name))
    return tuple(found)


def _domain_signals(facts: MessageFacts) -> Iterator[Signal]:
    if not is_possible(facts.domain):
        if not (facts.route.submitted or facts.local_delivery):
            private = is_private(facts.domain)
            yield Signal("private-domain" if private else "impossible-domain", facts.address)
        return
    yield from _domain_form_signals(facts.domain, facts.owner)
    local, _, domain = facts.written.rpartition("@")
    if _MIXED_CASE.search(domain) and not facts.aligned:
        yield Signal("domain-odd-case", facts.written)
    if "#" in local or "=" in local or "+" in local or len(local) > 40:
        return
    low = local.lower()
    if looks_made_up(local) or (_MIXED_DIGITS.search(low) and not _YEAR_TAIL.search(low)):
        yield Signal("made-up-address", facts.written)
    elif _DIGIT_TAIL.search(low):
        yield Signal("numbered-address", facts.address)


@lru_cache(maxsize=4096)
def _domain_form_signals(domain: str, owner: str) -> tuple[Signal, ...]:
    """Find the signals of a domain's form."""
    first = owner.partition(".")[0]
    found = []
    labels = domain.split(".")
    if len(labels) > MAX_LABELS or sum(len(label) == 1 for label in labels) > 2:
        found.append("deep-domain")
    if only_looks_latin(owner):
        found.append("foreign-letters-domain")
    if is_throwaway(domain):
        found.append("throwaway-domain")
    elif is_cheap(domain):
        found.append("cheap-domain")
    if not first.startswith("xn--") and looks_made_up(first):
        found.append("made-up-domain")
    return tuple(Signal(name, domain) for name in found)


def _goes_to_list(facts: MessageFacts) -> bool:
    """Whether replies go where the message went, as on a mailing list."""
    return facts.reply_to.encode() in facts.fields.values.get(b"to", b"").lower()


def _reply_signals(facts: MessageFacts) -> Iterator[Signal]:
    """Check Reply-To and Return-Path; a service that sends for the sender is reported once."""
    answers, returns = facts.reply_domain, facts.return_domain
    if answers and organization(answers) != facts.owner:
        if not is_free_mail(answers):
            if not (facts.aligned or _goes_to_list(facts)):
                yield Signal("reply-elsewhere", facts.reply_to)
        elif _is_form(facts):
            yield Signal("reply-to-visitor", facts.reply_to, 0.0 if sent_by_site(facts) else 1.0)
        else:
            yield Signal("reply-to-free-mail", facts.reply_to)
    if not returns or organization(returns) == facts.owner:
        return
    if is_throwaway(returns):
        yield Signal("return-throwaway", facts.return_path)
    elif not is_possible(returns):
        if not facts.trusted_path:
            yield Signal("impossible-return", facts.return_path)
    elif not facts.trusted_path and not facts.authentication.has_any and not facts.forwarded:
        yield Signal("return-elsewhere", facts.return_path)


def _is_form(facts: MessageFacts) -> bool:
    """Whether it may be a contact form or a service that writes for one of its users: it is sent
    to somebody in particular, by a server whose domain is proven or by a script of the site."""
    to = facts.fields.values.get(b"to", b"")
    if b"@" not in to or facts.address.encode("utf-8", "replace") in to.lower():
        return False
    if is_free_mail(facts.domain):
        return False
    return facts.aligned or facts.route.submitted or sent_by_site(facts)


def sent_by_site(facts: MessageFacts) -> bool:
    """Whether the message says that a program on a website sent it."""
    values = facts.fields.values
    return (
        b"x-php-originating-script" in values
        or b"x-php-script" in values
        or b"php" in values.get(b"x-mailer", b"").lower()
        or facts.local.startswith(("wordpress", "www-data", "apache", "nginx"))
    )
