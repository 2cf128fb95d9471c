"""Judge a message by its header only."""

from __future__ import annotations

from collections.abc import Iterator

from poptui.mail.headers.decode import SplitHeader
from poptui.mail.headers.header import Header
from poptui.triage.spam.brands import brand_signals
from poptui.triage.spam.domains import is_cheap, looks_made_up
from poptui.triage.spam.fields import Fields, gather
from poptui.triage.spam.filter_headers import server_signals
from poptui.triage.spam.hints import weaken_lone_facts
from poptui.triage.spam.message_facts import MessageFacts, derive_facts
from poptui.triage.spam.received import find_route
from poptui.triage.spam.sender import sender_signals
from poptui.triage.spam.subject import subject_signals
from poptui.triage.spam.transport import transport_signals
from poptui.triage.spam.verdict import MAX_DETAIL_CHARACTERS, Context, Signal, Verdict

_STYLE_SIGNALS = """
subject-exclaims subject-amount subject-ticket subject-shouts subject-emoji subject-odd
encoded-for-nothing marked-urgent html-alone talk-offer talk-money talk-parcel talk-urgent talk-job
talk-services talk-workplace numbered-address name-odd name-emoji name-number
"""
BAD_STYLE = frozenset(_STYLE_SIGNALS.split())
"""Signals of bad style, which honest companies and people show as well."""

STYLE_STRENGTH = 0.65
"""Share of their points that signals of bad style add if the sender is verified."""

_PLATFORM_MARKS = frozenset(
    b"feedback-id x-campaign x-campaignid x-csa-complaints x-mailgun-sid x-sg-eid x-mc-user "
    b"x-report-abuse".split()
)
_BULK = (b"bulk", b"list", b"junk")


def judge(split: SplitHeader, header: Header, context: Context) -> Verdict:
    """Find the signals in the fields of a header. Never raises, whatever the bytes.

    ``header`` is ``split`` decoded. Without any field that matters there are no signals. Takes one
    pass over the fields, in linear time.
    """
    fields = gather(split)
    if not (fields.values or fields.hops or fields.verdicts):
        return Verdict()
    facts = derive_facts(fields, header, context, find_route(fields.hops, context.hosts))
    return Verdict(tuple(_signals(fields, facts)), _is_newsletter(facts))


def _signals(fields: Fields, facts: MessageFacts) -> list[Signal]:
    found: list[Signal] = []
    if fields.verdicts:
        found += server_signals(fields.verdicts, facts.route.boundary)
    found += sender_signals(facts)
    found += subject_signals(facts)
    found += transport_signals(facts)
    found += _bulk_signals(facts)
    found += brand_signals(facts, [signal.name for signal in found])
    found = weaken_lone_facts(found)
    if facts.proven:
        found = [_softened(signal) if signal.name in BAD_STYLE else signal for signal in found]
    return [
        signal if len(signal[1]) <= MAX_DETAIL_CHARACTERS else _shortened(signal)
        for signal in found
    ]


def _softened(signal: Signal) -> Signal:
    return signal._replace(strength=signal.strength * STYLE_STRENGTH)


def _shortened(signal: Signal) -> Signal:
    return signal._replace(detail=signal.detail[: MAX_DETAIL_CHARACTERS - 1] + "…")


def _is_newsletter(facts: MessageFacts) -> bool:
    """Whether it has the fields of bulk mail with an unsubscribe link."""
    values = facts.fields.values
    if b"list-unsubscribe" in values or b"list-id" in values:
        return True
    precedence = values.get(b"precedence", b"").lower()
    return precedence in _BULK and not values.get(b"auto-submitted", b"no").startswith(b"auto")


def _bulk_signals(facts: MessageFacts) -> Iterator[Signal]:
    """Find the signals of bulk mail and replies."""
    values = facts.fields.values
    if facts.is_from_list:
        yield _list_signal(facts, values.get(b"x-beenthere", b"").decode("latin-1").lower())
    elif b"list-unsubscribe" in values and b"list-id" not in values:
        yield Signal("bulk-without-list")
    if b"list-unsubscribe" in values and facts.aligned and not is_cheap(facts.owner):
        yield Signal("newsletter-in-order", facts.owner)
    if not _PLATFORM_MARKS.isdisjoint(values):
        yield Signal("bulk-platform")
    if facts.is_reply:
        yield Signal("answer", _answered_id(values.get(b"in-reply-to", b"")))


def _list_signal(facts: MessageFacts, address: str) -> Signal:
    """Return the list's signal: lists are trusted, but not those that spammers set up."""
    local, _, domain = address.rpartition("@")
    if looks_made_up(local) or is_cheap(domain):
        return Signal("made-up-list", address)
    return Signal("mailing-list", facts.header.list_id)


def _answered_id(value: bytes) -> str:
    """Return the Message-ID in In-Reply-To, without its angle brackets."""
    return value.decode("latin-1").strip().partition(">")[0].strip("<> ")
