"""The report of ``poptui triage``: words, JSON and exit codes for every kind of result."""

from __future__ import annotations

from typing import Any

import pytest

from poptui.cli.triage_report import TriageReport
from poptui.mail.headers.header import Header
from poptui.mailbox.commit.outcome import Outcome, Proof
from poptui.mailbox.entry import MessageEntry
from poptui.triage.bulk_preview import BulkPreview, Outlier
from poptui.triage.policy.policy import Policy


class Unsearchable(tuple[Any, ...]):
    """A sequence that can be iterated over once, but not searched for each message."""

    __slots__ = ()

    def __contains__(self, item: object) -> bool:
        raise AssertionError("searched a sequence: quadratic for a large report")


def entry(number: int) -> MessageEntry:
    return MessageEntry(number, 1000, f"uid-{number}", f"key-{number}", header=Header())


TAKEN, MARKED, PROTECTED, AMBIGUOUS = (entry(number) for number in range(1, 5))
ALL = (TAKEN, MARKED, PROTECTED, AMBIGUOUS)


def preview(
    to_mark: tuple[MessageEntry, ...] = (),
    protected: tuple[MessageEntry, ...] = (),
    ambiguous: tuple[MessageEntry, ...] = (),
) -> BulkPreview[MessageEntry]:
    return BulkPreview(to_mark, protected=protected, ambiguous=ambiguous)


def report(shown: BulkPreview[MessageEntry], *, is_dry_run: bool = False) -> TriageReport:
    chosen = [*shown.to_mark, *shown.marked, *shown.protected, *shown.ambiguous]
    return TriageReport(chosen, shown, is_dry_run=is_dry_run)


def test_each_message_gets_its_action_without_searching_for_it() -> None:
    shown = BulkPreview(
        Unsearchable([TAKEN]),
        Unsearchable([MARKED]),
        Unsearchable([PROTECTED]),
        Unsearchable([AMBIGUOUS]),
        Unsearchable([Outlier(TAKEN, ("was opened",))]),
    )
    dry_run = TriageReport(ALL, shown, is_dry_run=True)
    assert dry_run.notes() == ["would delete", "marked", "protected", "ambiguous"]
    outcome = Outcome(Unsearchable([TAKEN]), Unsearchable([MARKED]), Unsearchable([PROTECTED]))
    rows = TriageReport(ALL, shown, is_dry_run=False).json_rows(Policy(), outcome)
    assert [(row["action"], row["outcome"], row["unlike"]) for row in rows] == [
        ("delete", "deleted", ["was opened"]),
        ("marked", "remaining", []),
        ("protected", "refused", []),
        ("ambiguous", None, []),
    ]


def headless(number: int) -> MessageEntry:
    found = entry(number)
    found.header = None
    return found


@pytest.mark.parametrize(
    ("shown", "code", "sentence"),
    [
        (preview(), 0, ""),
        (preview(protected=(PROTECTED,)), 0, "Nothing was deleted.\n"),
        (preview(protected=(headless(5),)), 1, "Nothing was deleted.\n"),
        (preview(ambiguous=(AMBIGUOUS,)), 1, "Nothing was deleted.\n"),
        (preview(to_mark=(TAKEN,)), 1, "Nothing was deleted.\n"),
    ],
    ids=["nothing matches", "protected", "perhaps protected", "ambiguous", "declined"],
)
def test_the_exit_code_if_nothing_was_deleted(
    shown: BulkPreview[MessageEntry], code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(shown).print_outcome(None) == code
    assert capsys.readouterr().err == sentence
    assert report(shown, is_dry_run=True).print_outcome(None) == 0


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome((TAKEN,)), 0),
        (Outcome((TAKEN,), proof=Proof.LISTING), 0),
        (Outcome((TAKEN,), proof=Proof.NONE), 1),
        (Outcome((TAKEN,), vanished=(MARKED,)), 1),
        (Outcome(remaining=(TAKEN,)), 1),
        (Outcome(refused=(TAKEN,), reasons={TAKEN.key: "“no”"}), 1),
        (Outcome(unknown=(TAKEN,)), 1),
    ],
)
def test_the_exit_code_after_a_commit(outcome: Outcome, code: int) -> None:
    assert report(preview(to_mark=(TAKEN,))).print_outcome(outcome) == code


def test_messages_not_deleted_are_listed_with_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = Outcome(
        (TAKEN,),
        refused=(MARKED,),
        unknown=(PROTECTED,),
        reasons={MARKED.key: "“not this one”"},
        reply="“bye”",
    )
    report(preview(to_mark=(TAKEN, MARKED, PROTECTED))).print_outcome(outcome)
    assert capsys.readouterr().err.splitlines() == [
        "1 message (1 kB) deleted.",
        "1 message (1 kB) refused by the server:",
        "  2: “not this one”",
        "1 message (1 kB) unknown: the server could not be asked. The server said: “bye”",
    ]


def test_poptuis_own_errors_are_not_quoted_as_the_servers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcome = Outcome(remaining=(TAKEN,), reply="The connection to a:110 was closed by the server.")
    report(preview(to_mark=(TAKEN,))).print_outcome(outcome)
    assert capsys.readouterr().err.splitlines()[-1] == (
        "1 message (1 kB) still there. The connection to a:110 was closed by the server."
    )
