"""The set of marks: the effects of an action, and of undo."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from poptui.mailbox.marks.mark_set import MarkSet
from poptui.mailbox.session.reconciler import Plan, plan


def test_an_action_returns_only_what_it_changed() -> None:
    marks = MarkSet()
    assert marks.add(["a", "b"]) == ("a", "b")
    assert marks.add(["b", "c"]) == ("c",)
    assert marks.remove(["x", "a"]) == ("a",)
    assert list(marks.keys) == ["b", "c"]


def test_undo_reverts_one_action_at_a_time_even_bulk_ones() -> None:
    marks = MarkSet()
    marks.add(["a"])
    marks.add(["a", "b", "c"])
    marks.remove(["a", "b"])
    assert set(marks.undo()) == {"a", "b"}
    assert set(marks.undo()) == {"b", "c"}
    assert list(marks.keys) == ["a"]
    assert marks.undo() == ("a",)
    assert marks.undo() == ()


def test_an_action_without_effect_is_not_undone() -> None:
    marks = MarkSet()
    marks.add(["a"])
    marks.add(["a"])
    marks.undo()
    assert len(marks) == 0


def test_undo_does_not_bring_back_vanished_messages() -> None:
    marks = MarkSet()
    marks.add(["gone", "here"])
    marks.remove(["gone"])
    assert marks.retain(lambda key: key == "here") == ()
    marks.undo()
    assert "gone" not in marks
    assert list(marks.keys) == []


def test_lost_marks_are_returned() -> None:
    marks = MarkSet()
    marks.add(["gone", "here"])
    assert marks.retain(lambda key: key == "here") == ("gone",)


KEYS = st.frozensets(st.sampled_from("abcdefgh"))


class MarksAgainstSnapshots(RuleBasedStateMachine):
    """Undo must restore exactly the set before the last action that changed it."""

    def __init__(self) -> None:
        super().__init__()
        self.marks = MarkSet()
        self.before: list[set[str]] = []
        self.now: set[str] = set()

    @rule(keys=KEYS)
    def mark(self, keys: frozenset[str]) -> None:
        self._change_to(self.now | keys)
        self.marks.add(sorted(keys))

    @rule(keys=KEYS)
    def unmark(self, keys: frozenset[str]) -> None:
        self._change_to(self.now - keys)
        self.marks.remove(sorted(keys))

    @rule()
    def undo(self) -> None:
        self.marks.undo()
        self.now = self.before.pop() if self.before else set()

    def _change_to(self, after: set[str]) -> None:
        if after != self.now:
            self.before.append(self.now)
            self.now = after

    @invariant()
    def marks_equal_the_model(self) -> None:
        assert set(self.marks.keys) == self.now


TestMarksAgainstSnapshots = MarksAgainstSnapshots.TestCase


class TestPlan:
    """The rule that decides what is sent to the server."""

    def test_nothing_to_do(self) -> None:
        assert not any(plan({1, 2}, {1, 2}, set()))

    def test_one_deletion_too_many_needs_only_rset(self) -> None:
        assert plan({1}, {1, 2}, set()) == Plan(reset=True)

    def test_missing_ones_are_deleted_in_order(self) -> None:
        assert plan({3, 1, 2}, {2}, set()) == Plan(deletions=[1, 3])

    def test_a_refused_dele_is_not_repeated(self) -> None:
        assert not any(plan({1, 2}, {1}, {2}))

    def test_a_refused_dele_that_is_no_longer_wanted_needs_rset(self) -> None:
        assert plan({1}, {1}, {2}) == Plan(reset=True)
