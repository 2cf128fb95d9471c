"""What an action on many messages would do and has done, in words and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from poptui.cli.rows import header_of, plain
from poptui.faults import ExitCode
from poptui.maildrop.entry import Entry
from poptui.maildrop.outcome import Outcome
from poptui.printable import printable_line
from poptui.triage.policy import Policy
from poptui.triage.rehearsal import Rehearsal

SHOWN = 10
"""Messages unlike the rest that are named; the JSON has all."""


def amount(entries: Sequence[Entry]) -> str:
    """``12 messages (2.1 MB)``."""
    from poptui.tui.wording import amount

    return amount(entries)


def action_of(entry: Entry, rehearsal: Rehearsal[Entry]) -> str:
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
    entry: Entry, rehearsal: Rehearsal[Entry], policy: Policy, outcome: Outcome | None
) -> dict[str, Any]:
    """The message as JSON has it, with what is done with it and what became of that."""
    reasons = next((odd.reasons for odd in rehearsal.unlike if odd.row is entry), ())
    return {
        **plain(entry, policy),
        "action": action_of(entry, rehearsal),
        "unlike": list(reasons),
        "outcome": _became(entry, outcome) if outcome else None,
    }


def _became(entry: Entry, outcome: Outcome) -> str | None:
    for word in ("deleted", "remaining", "refused", "unknown"):
        if entry in getattr(outcome, word):
            return word
    return None


def tell(rehearsal: Rehearsal[Entry], chosen: int, listed: int) -> None:
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
            f"{_messages(len(rehearsal.ambiguous))} left out: their UIDs stand at several"
            " messages, so they must be opened before they are marked."
        )
    _tell_unlike(rehearsal)


def _tell_unlike(rehearsal: Rehearsal[Entry]) -> None:
    unlike = rehearsal.unlike
    if not unlike:
        return
    _say(f"{len(unlike):,} look{'s' if len(unlike) == 1 else ''} unlike the rest:")
    for odd in unlike[:SHOWN]:
        subject = printable_line(header_of(odd.row).subject)[:60]
        _say(f"  {odd.row.number}: {', '.join(odd.reasons)}" + (f" ({subject})" if subject else ""))
    if len(unlike) > SHOWN:
        _say(f"  and {len(unlike) - SHOWN:,} more")


def tell_outcome(outcome: Outcome | None, rehearsal: Rehearsal[Entry], *, wanted: bool) -> int:
    """What became of it, on standard error; the exit code."""
    if outcome is None:
        if rehearsal.taken or rehearsal.protected or rehearsal.ambiguous:
            _say("Nothing was deleted." + ("" if wanted else " With --delete it would be."))
        found = rehearsal.taken or rehearsal.marked or rehearsal.protected or rehearsal.ambiguous
        return ExitCode.DONE if found and not wanted else ExitCode.NO
    _say(f"{amount(outcome.deleted)} deleted.")
    for entries, what in (
        (outcome.refused, "refused by the server"),
        (outcome.remaining, "still there"),
        (outcome.unknown, "of unknown fate: the server could not be asked"),
    ):
        if entries:
            _say(f"{amount(entries)} {what}.")
    if outcome.refused or outcome.remaining or outcome.unknown:
        _say(f"The server said: {outcome.said}")
    return ExitCode.DONE if outcome.complete and not rehearsal.ambiguous else ExitCode.NO


def _say(line: str) -> None:
    print(
        printable_line(line) if line[:1] != " " else f"  {printable_line(line[2:])}",
        file=sys.stderr,
    )


def _messages(number: int) -> str:
    return f"{number:,} message{'' if number == 1 else 's'}"
