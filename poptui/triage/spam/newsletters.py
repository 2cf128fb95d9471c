"""Newsletters and list mail: sent to many, who as a rule asked for it."""

from __future__ import annotations

from collections.abc import Iterator

from poptui.triage.spam.domains import is_cheap, looks_made_up
from poptui.triage.spam.message_facts import MessageFacts
from poptui.triage.spam.verdict import Signal

_PLATFORM_MARKS = frozenset(
    b"feedback-id x-campaign x-campaignid x-csa-complaints x-mailgun-sid x-sg-eid x-mc-user "
    b"x-report-abuse".split()
)
_BULK = (b"bulk", b"list", b"junk")


def is_newsletter(facts: MessageFacts) -> bool:
    """Whether it bears the marks of mail to many that can be unsubscribed from."""
    values = facts.fields.values
    if b"list-unsubscribe" in values or b"list-id" in values:
        return True
    precedence = values.get(b"precedence", b"").lower()
    return precedence in _BULK and not values.get(b"auto-submitted", b"no").startswith(b"auto")


def bulk_signals(facts: MessageFacts) -> Iterator[Signal]:
    """What mail to many says for and against itself."""
    values = facts.fields.values
    if facts.listed:
        yield _list_signal(facts, values.get(b"x-beenthere", b"").decode("latin-1").lower())
    elif b"list-unsubscribe" in values and b"list-id" not in values:
        yield Signal("bulk-without-list")
    if b"list-unsubscribe" in values and facts.aligned and not is_cheap(facts.owner):
        yield Signal("newsletter-in-order", facts.owner)
    if not _PLATFORM_MARKS.isdisjoint(values):
        yield Signal("bulk-platform")
    if facts.answer:
        yield Signal("answer", answered_id(values.get(b"in-reply-to", b"")))


def _list_signal(facts: MessageFacts, address: str) -> Signal:
    """A mailing list speaks for its mail; spammers found some, with names to match."""
    local, _, domain = address.rpartition("@")
    if looks_made_up(local) or is_cheap(domain):
        return Signal("made-up-list", address)
    return Signal("mailing-list", facts.header.list_id)


def answered_id(value: bytes) -> str:
    """The Message-ID that In-Reply-To names, without its angle brackets."""
    return value.decode("latin-1").strip().partition(">")[0].strip("<> ")
