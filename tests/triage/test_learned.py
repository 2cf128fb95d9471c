"""The learned score: its arithmetic against numbers computed by hand, and what trains it."""

from __future__ import annotations

from collections.abc import Collection
from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.mail.headers.header import Address, Header
from poptui.mailbox.entry import MessageEntry
from poptui.triage.learning.bayes import (
    MAX_TOKEN_CHARACTERS,
    MAX_TOKENS,
    MIN_MESSAGES,
    Counts,
    chi_square,
    combined,
    learned_signal,
    probability,
    tokens_of,
)
from poptui.triage.learning.training import Learner, TrainingExample, example, example_from_commit
from poptui.triage.spam.verdict import Signal, Verdict
from tests.triage.rows import header


def test_probability_by_hand() -> None:
    counts = Counts(40, 20, {"a": (10, 0), "b": (4, 2), "c": (0, 3)})
    assert probability(counts, "a") == pytest.approx((0.45 * 0.5 + 10 * 1) / 10.45)
    assert probability(counts, "b") == pytest.approx(0.5)  # 4 of 40 and 2 of 20: no evidence
    assert probability(counts, "c") == pytest.approx(0.225 / 3.45)
    assert probability(counts, "never seen") == 0.5


def test_chi_square_by_hand() -> None:
    """Two degrees are ``exp(-x/2)``; the quantiles are those of any table."""
    assert chi_square(3.0, 2) == pytest.approx(exp(-1.5))
    assert chi_square(5.991, 2) == pytest.approx(0.05, abs=1e-4)
    assert chi_square(18.307, 10) == pytest.approx(0.05, abs=1e-4)
    assert chi_square(0.0, 8) == 1.0


def test_combining_by_hand() -> None:
    assert combined([]) == 0.5
    assert combined([0.9]) == pytest.approx(0.9)
    half = -log(0.1) * 2 / 2
    for_spam = 1 - exp(-2 * half) * (1 + 2 * half)
    half = -log(0.9) * 2 / 2
    for_ham = 1 - exp(-2 * half) * (1 + 2 * half)
    assert combined([0.9, 0.9]) == pytest.approx((for_spam - for_ham + 1) / 2)
    assert combined([0.9, 0.9]) == pytest.approx(0.9623, abs=1e-4)


def test_contradicting_evidence_is_unsure() -> None:
    assert combined([0.99] * 20 + [0.01] * 20) == pytest.approx(0.5)


@given(st.lists(st.floats(0.01, 0.99), max_size=60))
def test_the_combination_is_symmetric(clues: list[float]) -> None:
    opinion = combined(clues)
    assert -1e-9 <= opinion <= 1 + 1e-9
    assert combined([1 - clue for clue in clues]) == pytest.approx(1 - opinion, abs=1e-6)


def _counts(seen: int) -> Counts:
    return Counts(seen, seen, {"subject:offer": (seen, 0), "from:ann@x.example": (0, seen)})


def test_the_model_is_off_until_it_has_seen_enough() -> None:
    assert learned_signal(_counts(MIN_MESSAGES - 1), frozenset({"subject:offer"})) is None
    assert learned_signal(_counts(MIN_MESSAGES), frozenset({"subject:offer"})) is not None
    lopsided = Counts(500, MIN_MESSAGES - 1, {"subject:offer": (500, 0)})
    assert learned_signal(lopsided, frozenset({"subject:offer"})) is None


def test_the_signal_says_which_tokens() -> None:
    tokens = frozenset({"subject:offer", "subject:hello"})
    assert learned_signal(_counts(30), tokens) == Signal(
        "learned", "99 % spam by subject offer", 0.99
    )
    against = learned_signal(_counts(30), frozenset({"from:ann@x.example"}))
    assert against is not None
    assert against.strength < -0.9
    assert against.detail == "99 % wanted by from ann@x.example"


def test_unsure_adds_nothing() -> None:
    both = frozenset({"subject:offer", "from:ann@x.example"})
    assert learned_signal(_counts(30), both) is None
    assert learned_signal(_counts(30), frozenset({"subject:hello"})) is None


def test_absurd_counts_from_a_damaged_file_are_harmless() -> None:
    counts = Counts(
        MIN_MESSAGES, MIN_MESSAGES, {"subject:a": (10**12, 0), "subject:b": (0, 10**12)}
    )
    assert learned_signal(counts, frozenset({"subject:a"})) is not None


def test_tokens() -> None:
    head = Header(
        from_=Address("Ann, Garden Shop", "News@Mail.Shop.Example"),
        subject="Grüße: GRÜSSE aus Köln",
        list_id="news.shop.example",
        message_id="<1@mta.mailer.example>",
    )
    verdict = Verdict((Signal("html-alone"), Signal("friend")))
    assert tokens_of(head, verdict) == {
        "from:news@mail.shop.example",
        "domain:shop.example",
        "list:news.shop.example",
        "id:mailer.example",
        "thread:1@mta.mailer.example",
        "name:ann",
        "name:garden",
        "name:shop",
        "subject:grusse",
        "subject:aus",
        "subject:koln",
        "signal:html-alone",
    }


@given(st.text(max_size=600), st.text(max_size=60))
def test_tokens_are_bounded(subject: str, address: str) -> None:
    tokens = tokens_of(Header(from_=Address("", address), subject=subject), None)
    assert len(tokens) <= MAX_TOKENS
    assert all(len(token) <= MAX_TOKEN_CHARACTERS for token in tokens)
    assert len(tokens_of(Header(subject=subject * 50), None)) <= MAX_TOKENS


def _entry(
    uid: str | None, head: Header | None, *, opened: bool = False, protected: bool = False
) -> MessageEntry:
    entry = MessageEntry(number=1, size=1, uid=uid, key="k", header=head, opened=opened)
    entry.protected = protected
    return entry


class Memory:
    """A store in memory."""

    def __init__(self) -> None:
        self.problem = ""
        self.examples: list[TrainingExample] = []

    def counts(self) -> tuple[int, int, dict[str, tuple[int, int]]]:
        tokens: dict[str, tuple[int, int]] = {}
        for taught in self.examples:
            for token in taught.tokens:
                spam, ham = tokens.get(token, (0, 0))
                tokens[token] = (spam + taught.spam, ham + (not taught.spam))
        spams = sum(taught.spam for taught in self.examples)
        return spams, len(self.examples) - spams, tokens

    def teach(self, examples: Collection[TrainingExample], /) -> None:
        self.examples += examples


def test_the_learner_forms_an_opinion() -> None:
    memory = Memory()
    learner = Learner(lambda: memory)
    spam = [_entry(f"s{n}", header(subject=f"cheap watches {n}")) for n in range(25)]
    mail = [_entry(f"h{n}", header(subject=f"choir {n}"), opened=True) for n in range(25)]
    learner.teach(spam, mail, lambda _: False)
    signal = learner.signal(header(subject="cheap watches for you"), None)
    assert signal is not None
    assert signal.strength > 0.5
    kept = learner.signal(header(subject="choir on Friday"), None)
    assert kept is not None
    assert kept.strength < -0.5
    again = Learner(lambda: memory)
    assert again.signal(header(subject="cheap watches"), None) is None
    again.load()
    assert again.counts == learner.counts


@pytest.mark.parametrize(
    ("opened", "protected", "friend", "deleted", "teaches"),
    [
        (False, False, False, True, True),
        (True, False, False, True, None),
        (False, False, False, False, None),
        (True, False, False, False, False),
        (False, True, False, False, False),
        (False, False, True, False, False),
        (False, False, True, True, False),
    ],
)
def test_which_messages_of_a_commit_teach(
    opened: bool, protected: bool, friend: bool, deleted: bool, teaches: bool | None
) -> None:
    entry = _entry("u", header(), opened=opened, protected=protected)
    found = example_from_commit(entry, deleted, lambda _: friend)
    assert (found.spam if found else None) == teaches


def test_without_header_or_uid_nothing_is_learned() -> None:
    assert example_from_commit(_entry("u", None), True, lambda _: False) is None
    assert example_from_commit(_entry(None, header()), True, lambda _: False) is None


def test_a_kept_conversation_is_recognized_by_its_message_ids() -> None:
    memory = Memory()
    learner = Learner(lambda: memory)
    kept = _entry("1", Header(message_id="<first@roe.example>"), opened=True)
    kept.verdict = Verdict((Signal("answer", "mine@example.org"),))
    learner.teach([], [kept], lambda _: False)
    for known in ("first@roe.example", "mine@example.org"):
        found = learner.conversation(Verdict((Signal("answer", known),)))
        assert found is not None
        assert found.name == "answer-to-you"
    for unknown in ("invented@example.org", "", "x" * 500):
        assert learner.conversation(Verdict((Signal("answer", unknown),))) is None
    assert learner.conversation(Verdict()) is None


def test_spam_taught_outright_is_no_kept_conversation() -> None:
    memory = Memory()
    learner = Learner(lambda: memory)
    for spam in (False, True):
        taught = example(_entry(f"{spam}", Header(message_id="<a@b.example>")), spam)
        assert taught is not None
        learner.teach_examples([taught])
    assert learner.conversation(Verdict((Signal("answer", "a@b.example"),))) is None
    assert example(_entry(None, header()), True) is None
