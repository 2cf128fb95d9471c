"""Judges a message by its header alone."""

from __future__ import annotations

from collections.abc import Iterator

from poptui.mail.header import Header
from poptui.mail.split import SplitHeader
from poptui.triage.authenticity import authenticity_signals, checks
from poptui.triage.bulk import bulk_signals, is_newsletter
from poptui.triage.fields import Fields, gather
from poptui.triage.letter import Letter, letter_of
from poptui.triage.routes import follow
from poptui.triage.sender import sender_signals
from poptui.triage.servers import server_signals
from poptui.triage.subject import subject_signals
from poptui.triage.transport import transport_signals
from poptui.triage.verdict import LONGEST_DETAIL, Context, Signal, Verdict


def judge(split: SplitHeader, header: Header, context: Context) -> Verdict:
    """What the fields of a header give away. Never raises, whatever the octets.

    ``header`` is ``split`` decoded. Without a single field that matters there is nothing to judge.
    Takes one pass over the fields, and time that grows no faster than they do.
    """
    fields = gather(split)
    if not (fields.values or fields.hops or fields.verdicts):
        return Verdict()
    letter = letter_of(fields, header, context, follow(fields.hops, context.hosts))
    signals = tuple(map(_cut, _signals(fields, letter)))
    return Verdict(signals, is_newsletter(letter))


def _signals(fields: Fields, letter: Letter) -> Iterator[Signal]:
    if fields.verdicts:
        yield from server_signals(fields.verdicts, letter.route.boundary)
    if not letter.listed and not letter.local_delivery:
        found = list(authenticity_signals(checks(fields, letter.route), letter.owner))
        yield from found
        if b"list-unsubscribe" in fields.values and any(s.name == "authenticated" for s in found):
            yield Signal("newsletter-in-order", letter.owner)
    yield from sender_signals(letter)
    yield from subject_signals(letter)
    yield from transport_signals(letter)
    yield from bulk_signals(letter)


def _cut(signal: Signal) -> Signal:
    if len(signal.detail) <= LONGEST_DETAIL:
        return signal
    return Signal(signal.name, signal.detail[: LONGEST_DETAIL - 1] + "…", signal.strength)
