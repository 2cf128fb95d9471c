"""Many messages at once: groups, duplicates, previews of marking, saved filters and counts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.errors import UsageError
from poptui.mailbox.entry import Mark, MessageEntry
from poptui.mailbox.scoring.from_config import saved_filters
from poptui.storage.config import load_config
from poptui.triage.bulk_preview import BulkPreview, preview_marking
from poptui.triage.duplicates import CopyToKeep, flag_duplicates
from poptui.triage.grouping import (
    UNLOADED,
    Group,
    GroupKey,
    GroupOrder,
    Groups,
    subject_key,
)
from poptui.triage.policy.saved_filters import DEFAULTS, MatchCounts
from poptui.triage.spam.verdict import Verdict
from tests.triage.rows import NOW, SCOPE, header, parsed, row, written


def scored(score: float, sender: str = "a@b.example", subject: str = "") -> MessageEntry:
    entry = written(sender=sender, subject=subject)
    entry.score, entry.verdict = score, Verdict()
    return entry


@pytest.mark.parametrize(
    "subject",
    [
        "Invoice 12 of 2024",
        "Re: Invoice 13 of 2025",
        "RE: re: FWD: invoice 1 of 2",
        "AW: Invoice 7 of 2024",
        "Re[2]: [acme] Invoice 12 of 2024",
        "SV: VS: Invoice  12 of 2.024",
        "Отв: invoice 3 of 4",
        "回复：Invoice 3 of 4",
    ],
)
def test_subjects_of_one_conversation(subject: str) -> None:
    assert subject_key(subject) == "invoice # of #"


@pytest.mark.parametrize("subject", ["Re:", "[x]", "12", "Restaurant: bill", "i: robot", ""])
def test_a_subject_of_prefixes_alone_is_kept(subject: str) -> None:
    assert bool(subject_key(subject)) is bool(subject)


def grouped(
    rows: list[MessageEntry], by: GroupKey, order: GroupOrder = GroupOrder.COUNT
) -> list[Group[MessageEntry]]:
    groups: Groups[MessageEntry] = Groups(by)
    groups.add(rows)
    return groups.ordered(order)


def test_groups_report_their_contents() -> None:
    rows = [written("A@x.example", "one", "Ann"), written("a@x.example", "two"), row(size=5)]
    for days, entry in enumerate(rows[:2]):
        entry.header = header("a@x.example", "s", name="Ann", date=NOW - timedelta(days=days))
        entry.score = float(days)
    ann, unloaded = grouped(rows, GroupKey.SENDER)
    assert (ann.key, ann.title, ann.rows) == ("sender:a@x.example", "Ann <a@x.example>", rows[:2])
    assert (ann.octets, ann.newest, ann.worst) == (2000, NOW, 1.0)
    assert (unloaded.title, unloaded.rows, unloaded.worst) == (UNLOADED, rows[2:], None)


def test_a_group_keeps_its_key_when_messages_arrive() -> None:
    rows = [written(f"{who}@x.example", f"Re: note {at}") for at, who in enumerate("aab")]
    for by in GroupKey:
        before = {group.key: group.title for group in grouped(rows, by)}
        more = {group.key: group.title for group in grouped([written("c@d.example"), *rows], by)}
        assert before.keys() <= more.keys()
    assert [len(group.rows) for group in grouped(rows, GroupKey.SUBJECT)] == [3]
    assert [group.key for group in grouped(rows, GroupKey.DOMAIN)] == ["domain:x.example"]
    assert [group.title for group in grouped(rows, GroupKey.LIST)] == ["(no list)"]


@pytest.mark.parametrize(
    ("order", "titles"),
    [
        (GroupOrder.COUNT, "bca"),
        (GroupOrder.SIZE, "cba"),
        (GroupOrder.DATE, "acb"),
        (GroupOrder.SPAM, "bac"),
        (GroupOrder.TITLE, "abc"),
    ],
)
def test_groups_in_every_order(order: GroupOrder, titles: str) -> None:
    rows = []
    for who, sizes, days, score in (
        ("a", [1], 0, 2.0),
        ("b", [9] * 3, 9, 9.0),
        ("c", [30] * 2, 5, 1),
    ):
        for octets in sizes:
            rows.append(row(header(who, date=NOW - timedelta(days=days)), size=octets))
            rows[-1].score = score
    assert "".join(group.title for group in grouped(rows, GroupKey.SENDER, order)) == titles


def copy(
    message_id: str = "", subject: str = "s", sender: str = "a@b.example", **more: int
) -> MessageEntry:
    date = NOW - timedelta(days=more.get("days", 0))
    head = header(sender, subject, message_id=message_id, date=date)
    return row(head, size=more.get("size", 1000))


def duplicates(
    rows: list[MessageEntry], keep: CopyToKeep = CopyToKeep.NEWEST
) -> list[MessageEntry]:
    flag_duplicates(rows, keep)
    return [entry for entry in rows if entry.duplicate]


def test_copies_by_message_id_or_by_content() -> None:
    named = [copy("<1@x>"), copy("<1@x>", "[list] s"), copy("<2@x>")]
    alike = [copy(), copy(), copy(subject="t"), copy(size=5), copy(days=1), copy(sender="c@d.e")]
    assert duplicates(named + alike) == [named[0], alike[0]]
    assert duplicates(named + alike, CopyToKeep.OLDEST) == [named[1], alike[1]]


def test_a_message_id_alone_makes_no_copy() -> None:
    careless = [copy("<1@x>"), copy("<1@x>", days=1), copy("<1@x>", sender="c@d.example")]
    undated = [row(header()), row(header())]
    assert duplicates(careless + undated + [row(), row()]) == []


def test_the_copy_that_is_kept_is_not_marked() -> None:
    rows = [copy("<1@x>"), copy("<1@x>")]
    rows[1].mark = Mark.DELETED
    assert duplicates(rows) == [rows[1]]


def test_a_message_that_is_no_longer_a_copy_is_reported() -> None:
    one, other = copy("<1@x>"), copy("<1@x>")
    assert flag_duplicates([one, other]) == [one]
    assert flag_duplicates([one, other]) == []
    assert flag_duplicates([one]) == [one]
    assert not one.duplicate


def previewed(rows: list[MessageEntry], friend: str = "") -> BulkPreview[MessageEntry]:
    return preview_marking(
        rows, is_friend=lambda row: row.header is not None and row.header.from_.address == friend
    )


def test_a_preview_selects_only_messages_that_may_be_marked() -> None:
    free, marked, protected, unclear, opened = (scored(9.0) for _ in range(5))
    marked.mark, protected.protected = Mark.REFUSED, True
    unclear.ambiguous = opened.ambiguous = opened.opened = True
    preview = previewed([free, marked, protected, unclear, opened, free])
    assert preview.to_mark == (free, opened)
    assert (preview.marked, preview.protected, preview.ambiguous) == (
        (marked,),
        (protected,),
        (unclear,),
    )
    assert preview.octets == 2000


def test_outliers_are_reported_with_reasons() -> None:
    spam = [scored(9.0, f"x{at}@spam{at}.example", "Win") for at in range(20)]
    friend = scored(9.0, "ann@home.example", "Re: dinner")
    ham, newsletter, bare = scored(0.5, "c@d.example"), scored(8.0, "n@l.example"), row()
    ham.opened, newsletter.verdict = True, Verdict(newsletter=True)
    preview = previewed([*spam, friend, ham, newsletter, bare], "ann@home.example")
    reasons = {outlier.row: outlier.reasons for outlier in preview.outliers}
    assert reasons == {
        friend: ("comes from a friend", "is a reply"),
        ham: ("was opened", "scores 0.5 where the others look like spam"),
        newsletter: ("is a newsletter",),
        bare: ("has no header yet",),
    }
    assert [outlier.row for outlier in preview.outliers][2:] == [newsletter, bare]


def test_a_message_from_another_domain_is_an_outlier() -> None:
    rows = [scored(0.0, f"x{at}@shop.example", "Re: order") for at in range(9)]
    other = scored(0.0, "ann@home.example", "Re: order")
    assert [(found.row, len(found.reasons)) for found in previewed([*rows, other]).outliers] == [
        (other, 1)
    ]


def test_a_preview_of_nothing_is_empty() -> None:
    assert previewed([]) == BulkPreview(to_mark=())


def test_the_menu_of_saved_filters(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    assert [
        (saved.name, saved.text) for saved in saved_filters(load_config(config).settings)
    ] == list(DEFAULTS.items())
    config.write_text('[filters]\n"my spam" = "is:spam -from:x"\nbig = "size:>1M"\n')
    mine = saved_filters(load_config(config).settings)
    assert [saved.name for saved in mine] == ["my spam", "big"]
    assert mine[0].filter(SCOPE).text == "is:spam -from:x"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[filters]\nx = "size:x"\n', "filters.x is no filter: “size:x”: Filter error at “x”"),
        ("[filters]\nx = 1\n", "filters.x must be a string in quotes"),
        ("filters = 1\n", "filters must be a table"),
        ("[filters]\n" + "".join(f'f{at} = "a"\n' for at in range(10)), "at most 9"),
    ],
)
def test_saved_filters_with_errors(text: str, message: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(text)
    with pytest.raises(UsageError, match=r"config\.toml") as caught:
        saved_filters(load_config(config).settings)
    assert message in str(caught.value)


def test_the_default_filters_parse() -> None:
    for text in DEFAULTS.values():
        assert parsed(text).text == text


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0, 10), st.booleans()), max_size=30))
def test_counts_follow_what_changes(changes: list[tuple[int, float, bool]]) -> None:
    filters = [parsed("is:spam"), parsed("is:marked OR spam:<2"), parsed("is:new")]
    rows, counts = [scored(0.0) for _ in range(5)], MatchCounts(filters)
    counts.replace(rows)
    for at, score, new in changes:
        rows[at].score, rows[at].new = score, new
        counts.update([rows[at]])
    assert counts.counts == [len(filter_.select(rows)) for filter_ in filters]
    counts.replace(rows[:2])
    assert counts.counts == [len(filter_.select(rows[:2])) for filter_ in filters]


def test_a_slow_filter_stops_counting_but_not_the_others() -> None:
    counts = MatchCounts([parsed("/(x|xx)+[yz]/"), parsed("x")])
    counts.replace([written(subject="x" * 5000 + " y") for _ in range(3)])
    assert counts.counts == [0, 3]
