"""Newsletters and list mail: sent to many, who as a rule asked for it."""

from __future__ import annotations

from collections.abc import Iterator

from poptui.triage.spam.domains import is_cheap, looks_made_up, organization
from poptui.triage.spam.message_facts import MessageFacts
from poptui.triage.spam.verdict import Signal

_PLATFORM_MARKS = frozenset(
    b"feedback-id x-campaign x-campaignid x-csa-complaints x-mailgun-sid x-sg-eid x-mc-user "
    b"x-report-abuse".split()
)
_BULK = (b"bulk", b"list", b"junk")


def is_newsletter(letter: MessageFacts) -> bool:
    """Whether it bears the marks of mail to many that can be unsubscribed from."""
    values = letter.fields.values
    if b"list-unsubscribe" in values or b"list-id" in values:
        return True
    precedence = values.get(b"precedence", b"").lower()
    return precedence in _BULK and not values.get(b"auto-submitted", b"no").startswith(b"auto")


def bulk_signals(letter: MessageFacts) -> Iterator[Signal]:
    """What mail to many says for and against itself."""
    values = letter.fields.values
    if letter.listed:
        yield _list_signal(letter, values.get(b"x-beenthere", b"").decode("latin-1").lower())
    elif b"list-unsubscribe" in values and b"list-id" not in values:
        yield Signal("bulk-without-list")
    if not _PLATFORM_MARKS.isdisjoint(values):
        yield Signal("bulk-platform")
    if letter.answer:
        yield from _answer(letter, values.get(b"in-reply-to", b"").decode("latin-1").lower())


def _list_signal(letter: MessageFacts, address: str) -> Signal:
    """A mailing list speaks for its mail; spammers found some, with names to match."""
    local, _, domain = address.rpartition("@")
    if looks_made_up(local) or is_cheap(domain):
        return Signal("made-up-list", address)
    return Signal("mailing-list", letter.header.list_id)


def _answer(letter: MessageFacts, answered: str) -> Iterator[Signal]:
    """An answer to a message that came from the user's own domain can hardly be forged."""
    domain = organization(answered.strip("<> ").rpartition("@")[2])
    own = [organization(address.rpartition("@")[2]) for address in letter.context.addresses]
    yield Signal("answer-to-you" if domain and domain in own else "answer", answered)
