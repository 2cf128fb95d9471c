"""What an action on many messages would do and has done, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from poptui.cli.rows import header_of, plain
from poptui.cli.streams import say
from poptui.errors import ExitCode
from poptui.mailbox.commit.outcome import Outcome, Proof
from poptui.mailbox.entry import MessageEntry
from poptui.printable import printable_line
from poptui.triage.bulk_preview import BulkPreview
from poptui.triage.policy.policy import Policy

SHOWN = 10
"""Messages that are named one by one; the JSON has all."""

SUBJECT = 60
"""Characters of a subject beside them."""


def amount(entries: Sequence[MessageEntry]) -> str:
    """``12 messages (2.1 MB)``."""
    from poptui.mailbox.wording import amount

    return amount(entries)


def action_of(entry: MessageEntry, rehearsal: BulkPreview[MessageEntry]) -> str:
    """What is done with a message that was chosen, in a word."""
    for action, entries in (
        ("protected", rehearsal.protected),
        ("ambiguous", rehearsal.ambiguous),
        ("marked", rehearsal.marked),
    ):
        if entry in entries:
            return action
    return "delete"


def told(
    entry: MessageEntry,
    rehearsal: BulkPreview[MessageEntry],
    policy: Policy,
    outcome: Outcome | None,
) -> dict[str, Any]:
    """The message as JSON has it, with what is done with it and what became of that."""
    reasons = next((odd.reasons for odd in rehearsal.unlike if odd.row is entry), ())
    return {
        **plain(entry, policy),
        "action": action_of(entry, rehearsal),
        "unlike": list(reasons),
        "outcome": _became(entry, outcome) if outcome else None,
    }


def _became(entry: MessageEntry, outcome: Outcome) -> str | None:
    for word in ("deleted", "remaining", "refused", "unknown"):
        if entry in getattr(outcome, word):
            return word
    return None


def tell(rehearsal: BulkPreview[MessageEntry], chosen: int, listed: int) -> None:
    """The rehearsal in some lines on standard error."""
    if not chosen:
        return _say("No message matches.")
    _say(
        f"{chosen:,} of {_messages(listed)} match{'es' if chosen == 1 else ''}"
        f"; to be deleted: {amount(rehearsal.taken)}."
    )
    if rehearsal.protected:
        _say(f"{_messages(len(rehearsal.protected))} left out: protected.")
    if rehearsal.ambiguous:
        _say(
            f"{_messages(len(rehearsal.ambiguous))} left out: their UIDs don't tell"
            " them from other messages, so they must be opened before they are marked."
        )
    _tell_unlike(rehearsal)


def _tell_unlike(rehearsal: BulkPreview[MessageEntry]) -> None:
    unlike = rehearsal.unlike
    if not unlike:
        return
    _say(f"{len(unlike):,} look{'s' if len(unlike) == 1 else ''} unlike the rest:")
    _name((odd.row, ", ".join(odd.reasons)) for odd in unlike)


def tell_outcome(
    outcome: Outcome | None, rehearsal: BulkPreview[MessageEntry], *, wanted: bool
) -> int:
    """What became of it, on standard error; the exit code."""
    if outcome is None:
        if rehearsal.taken or rehearsal.protected or rehearsal.ambiguous:
            _say("Nothing was deleted." + ("" if wanted else " With --delete it would be."))
        found = rehearsal.taken or rehearsal.marked or rehearsal.protected or rehearsal.ambiguous
        return ExitCode.DONE if found and not wanted else ExitCode.NO
    _tell_fates(outcome)
    unproven = outcome.deleted and outcome.proof is Proof.NONE
    whole = outcome.complete and not (rehearsal.ambiguous or unproven or outcome.vanished)
    return ExitCode.DONE if whole else ExitCode.NO


def _tell_fates(outcome: Outcome) -> None:
    _say(f"{amount(outcome.deleted)} deleted.{_behind(outcome)}")
    left = [entry for entry in outcome.remaining if entry.key in outcome.reasons]
    for entries, fate in (
        (outcome.refused, "refused by the server"),
        (left, "left there for want of a copy"),
    ):
        if entries:
            _say(f"{amount(entries)} {fate}:")
            _name((entry, outcome.reasons.get(entry.key, "")) for entry in entries)
    for entries, fate in (
        ([entry for entry in outcome.remaining if entry not in left], "still there"),
        (outcome.unknown, "of unknown fate: the server could not be asked"),
    ):
        if entries:
            _say(f"{amount(entries)} {fate}. The server said: {outcome.said}")
    if outcome.vanished:
        from poptui.mailbox.naming import name

        _say("Gone from the server though nothing asked for it:")
        for entry in outcome.vanished:
            _say(name(entry), "  ")


def _behind(outcome: Outcome) -> str:
    from poptui.mailbox.wording import behind

    return behind(outcome)


def _name(entries: Iterable[tuple[MessageEntry, str]]) -> None:
    """Some messages by number, with what there is to say of each."""
    named = list(entries)
    for entry, said in named[:SHOWN]:
        subject = printable_line(header_of(entry).subject)[:SUBJECT]
        _say(f"{entry.number}: {said}" + (f" ({subject})" if subject else ""), "  ")
    if len(named) > SHOWN:
        _say(f"and {len(named) - SHOWN:,} more", "  ")


def _say(line: str, indent: str = "") -> None:
    say(f"{indent}{printable_line(line)}")


def _messages(number: int) -> str:
    return f"{number:,} message{'' if number == 1 else 's'}"
