"""Judges a message by its header alone."""

from __future__ import annotations

from poptui.mail.headers.decode import SplitHeader
from poptui.mail.headers.header import Header
from poptui.triage.spam.brands import brand_signals
from poptui.triage.spam.fields import Fields, gather
from poptui.triage.spam.filter_headers import server_signals
from poptui.triage.spam.hints import weaken_lone_facts
from poptui.triage.spam.message_facts import MessageFacts, facts_of
from poptui.triage.spam.newsletters import bulk_signals, is_newsletter
from poptui.triage.spam.received import follow
from poptui.triage.spam.sender import sender_signals
from poptui.triage.spam.subject import subject_signals
from poptui.triage.spam.transport import transport_signals
from poptui.triage.spam.verdict import LONGEST_DETAIL, Context, Signal, Verdict

_MANNERS = """
subject-exclaims subject-amount subject-ticket subject-shouts subject-emoji subject-odd
encoded-for-nothing marked-urgent html-alone talk-offer talk-money talk-parcel talk-urgent talk-job
talk-services talk-workplace numbered-address name-odd name-emoji name-number
"""
MANNERS = frozenset(_MANNERS.split())
"""Bad manners: honest firms and people have them, too."""

SOFTENED = 0.65
"""What bad manners count in mail whose sender is proven."""


def judge(split: SplitHeader, header: Header, context: Context) -> Verdict:
    """What the fields of a header give away. Never raises, whatever the octets.

    ``header`` is ``split`` decoded. Without a single field that matters there is nothing to judge.
    Takes one pass over the fields, and time that grows no faster than they do.
    """
    fields = gather(split)
    if not (fields.values or fields.hops or fields.verdicts):
        return Verdict()
    facts = facts_of(fields, header, context, follow(fields.hops, context.hosts))
    return Verdict(tuple(_signals(fields, facts)), is_newsletter(facts))


def _signals(fields: Fields, facts: MessageFacts) -> list[Signal]:
    found: list[Signal] = []
    if fields.verdicts:
        found += server_signals(fields.verdicts, facts.route.boundary)
    found += sender_signals(facts)
    found += subject_signals(facts)
    found += transport_signals(facts)
    found += bulk_signals(facts)
    found += brand_signals(facts, [signal.name for signal in found])
    found = weaken_lone_facts(found)
    if facts.proven:
        found = [_softened(signal) if signal.name in MANNERS else signal for signal in found]
    return [signal if len(signal[1]) <= LONGEST_DETAIL else _cut(signal) for signal in found]


def _softened(signal: Signal) -> Signal:
    return signal._replace(strength=signal.strength * SOFTENED)


def _cut(signal: Signal) -> Signal:
    return signal._replace(detail=signal.detail[: LONGEST_DETAIL - 1] + "…")
