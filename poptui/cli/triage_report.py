"""Report what ``poptui triage`` would do and has done: sentences on stderr, rows for stdout."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from poptui.cli.rows import header_of, message_json
from poptui.cli.streams import note, say
from poptui.errors import ExitCode
from poptui.mailbox.commit.outcome import Outcome, Proof, doubts_and_copies
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import amount, messages, name
from poptui.printable import printable_line
from poptui.triage.bulk_preview import BulkPreview
from poptui.triage.policy.policy import Policy

MAX_NAMED = 10
"""Maximum number of messages that a sentence on stderr lists; the JSON has all."""

MAX_SUBJECT_CHARACTERS = 60

Speak = Callable[[str], None]
"""``note``, or ``say`` for what --quiet must not hide."""


class TriageReport:
    """The report on the messages that a filter matched."""

    def __init__(
        self,
        chosen: Sequence[MessageEntry],
        preview: BulkPreview[MessageEntry],
        *,
        is_dry_run: bool,
        undecided: int = 0,
    ) -> None:
        """``preview`` is of ``chosen``; ``undecided`` others may match, but have no header."""
        self._chosen, self._preview, self._is_dry_run = chosen, preview, is_dry_run
        self._undecided = undecided
        self._actions = {
            entry: action
            for action, entries in (
                ("marked", preview.marked),
                ("ambiguous", preview.ambiguous),
                ("protected", preview.protected),
            )
            for entry in entries
        }

    def _action(self, entry: MessageEntry) -> str:
        """Return what is done with a message, in a word."""
        return self._actions.get(entry, "delete")

    def notes(self) -> list[str]:
        """Return the table's note on each message; a dry run must not look like a deletion."""
        delete = "would delete" if self._is_dry_run else "delete"
        actions = map(self._action, self._chosen)
        return [delete if action == "delete" else action for action in actions]

    def json_rows(self, policy: Policy, outcome: Outcome | None) -> list[dict[str, Any]]:
        """Return a JSON object for each message, with the action and its outcome."""
        outliers = {odd.row: odd.reasons for odd in self._preview.outliers}
        results = _results(outcome) if outcome else {}
        return [
            {
                **message_json(entry, policy),
                "action": self._action(entry),
                "unlike": list(outliers.get(entry, ())),
                "outcome": results.get(entry),
            }
            for entry in self._chosen
        ]

    def print_preview(self, *, listed: int) -> None:
        """Print how many of the ``listed`` messages match, and which would be deleted."""
        preview, number = self._preview, len(self._chosen)
        if self._undecided:
            # With --delete this is why the exit code will be 1.
            speak = note if self._is_dry_run else say
            speak(
                f"{messages(self._undecided)} could not be compared with the filter: the server"
                " sent no header."
            )
        if not number:
            return note("No message matches.")
        note(
            f"{number:,} of {messages(listed)} match{'es' if number == 1 else ''};"
            f" to be deleted: {amount(preview.to_mark)}."
        )
        if preview.protected:
            note(f"{messages(len(preview.protected))} left out: protected.")
        if preview.ambiguous:
            # With --delete this is why the exit code will be 1.
            speak = note if self._is_dry_run else say
            speak(
                f"{messages(len(preview.ambiguous))} left out: their UIDs don't tell"
                " them from other messages, so they must be opened before they are marked."
            )
        if outliers := preview.outliers:
            note(
                f"{len(outliers):,} look{'s' if len(outliers) == 1 else ''} different from the"
                " rest:"
            )
            _list(note, ((odd.row, ", ".join(odd.reasons)) for odd in outliers))

    def print_outcome(self, outcome: Outcome | None) -> int:
        """Print what a commit did, or that there was none; return the exit code."""
        if outcome is None:
            return self._print_nothing_done()
        unproven = outcome.deleted and outcome.proof is Proof.NONE
        doubtful = self._preview.ambiguous or self._undecided or unproven or outcome.vanished
        is_done = outcome.complete and not doubtful
        print_results(outcome, note if is_done else say)
        return ExitCode.DONE if is_done else ExitCode.FAILURE

    def _print_nothing_done(self) -> int:
        preview = self._preview
        if self._is_dry_run and preview.to_mark:
            note("Dry run: nothing was deleted. Add --delete to delete these messages.")
            return ExitCode.DONE
        # Messages that rules protect don't count as left, unless a missing header hides the reason.
        unclear = any(entry.header is None for entry in preview.protected)
        left = preview.to_mark or preview.ambiguous or unclear or self._undecided
        is_done = self._is_dry_run or not left
        if self._chosen:
            (note if is_done else say)("Nothing was deleted.")
        return ExitCode.DONE if is_done else ExitCode.FAILURE


def _results(outcome: Outcome) -> dict[MessageEntry, str]:
    """Return what happened to each message of a commit, in a word."""
    return {
        entry: result
        for result, entries in (
            ("unknown", outcome.unknown),
            ("refused", outcome.refused),
            ("remaining", outcome.remaining),
            ("deleted", outcome.deleted),
        )
        for entry in entries
    }


def print_results(outcome: Outcome, speak: Speak) -> None:
    """Print what happened to the messages of a commit, and which others are gone."""
    speak(f"{amount(outcome.deleted)} deleted.{doubts_and_copies(outcome)}")
    uncopied = [entry for entry in outcome.remaining if entry.key in outcome.reasons]
    remaining = [entry for entry in outcome.remaining if entry.key not in outcome.reasons]
    for entries, result in (
        (outcome.refused, "refused by the server"),
        (uncopied, "not deleted, because no copy could be made"),
    ):
        if entries:
            speak(f"{amount(entries)} {result}:")
            _list(speak, ((entry, outcome.reasons.get(entry.key, "")) for entry in entries))
    for entries, result in (
        (remaining, "still there"),
        (outcome.unknown, "unknown: the server could not be asked"),
    ):
        if entries:
            speak(f"{amount(entries)} {result}.{printable_line(_answer(outcome))}")
    if outcome.vanished:
        speak("No longer on the server, though nothing asked for their deletion:")
        for entry in outcome.vanished:
            speak(f"  {printable_line(name(entry))}")


def _answer(outcome: Outcome) -> str:
    """Return the reply to QUIT as a sentence, or what happened instead."""
    quotes_server = outcome.reply.startswith("“")
    return (
        f" {'The server said: ' if quotes_server else ''}{outcome.reply}" if outcome.reply else ""
    )


def _list(speak: Speak, entries: Iterable[tuple[MessageEntry, str]]) -> None:
    """Print the first messages by number, each with its reason, and how many more there are."""
    listed = list(entries)
    for entry, reason in listed[:MAX_NAMED]:
        subject = printable_line(header_of(entry).subject)[:MAX_SUBJECT_CHARACTERS]
        speak(f"  {entry.number}: {printable_line(reason)}" + (f" ({subject})" if subject else ""))
    if len(listed) > MAX_NAMED:
        speak(f"  and {len(listed) - MAX_NAMED:,} more")
