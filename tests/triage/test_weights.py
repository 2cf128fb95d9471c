"""Scores, classes, reasons, and how the configuration changes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.errors import UsageError
from poptui.mailbox.scoring.from_config import policy_of
from poptui.printable import printable_line
from poptui.storage.config import load_config
from poptui.triage.spam import judge as judging
from poptui.triage.spam.score import Weights, explain
from poptui.triage.spam.signals import SIGNALS
from poptui.triage.spam.verdict import Signal, Verdict

_SOURCES = Path(judging.__file__).parent


def _verdict(*names: str, newsletter: bool = False) -> Verdict:
    return Verdict(tuple(Signal(name) for name in names), newsletter)


def test_a_score_is_the_sum_between_0_and_10() -> None:
    weights = Weights({"html-alone": 1.25, "answer": -2.0, "virus": 60.0})
    assert weights.score(_verdict("html-alone", "html-alone")) == 2.5
    assert weights.score(_verdict("answer")) == 0
    assert weights.score(_verdict("virus")) == 10
    assert weights.score(_verdict("virus", "friend")) == 10


def test_strength_multiplies() -> None:
    verdict = Verdict((Signal("server-spam", "", 1.5),))
    assert Weights({"server-spam": 4.0}).score(verdict) == 6


@pytest.mark.parametrize(
    ("score", "newsletter", "word"),
    [(5.0, False, "spam"), (5.0, True, "spam"), (4.9, False, "ham"), (4.9, True, "newsletter")],
)
def test_the_classification(score: float, newsletter: bool, word: str) -> None:
    weights = Weights({"rule": score})
    verdict = _verdict("rule", newsletter=newsletter)
    assert weights.classify(verdict) == word


def test_a_score_shown_as_5_is_spam() -> None:
    """The score is rounded once, so that the column and the word never disagree."""
    assert Weights({"rule": 4.96}).classify(_verdict("rule")) == "spam"


@pytest.mark.parametrize("strength", [float("nan"), float("inf"), 1e308])
def test_absurd_strengths_still_give_a_score(strength: float) -> None:
    score = Weights().score(Verdict((Signal("learned", "", strength), Signal("virus"))))
    assert 0 <= score <= 10


def test_an_unknown_signal_adds_no_points() -> None:
    assert Weights().score(_verdict("from-the-future")) == 0
    assert explain(_verdict("from-the-future"), Weights()) == []


def test_reasons_are_sorted_by_weight() -> None:
    reasons = explain(_verdict("html-alone", "virus", "answer", "mailing-list"), Weights())
    assert [reason.name for reason in reasons] == ["virus", "html-alone", "mailing-list"]
    assert reasons[2].weight == SIGNALS["mailing-list"].points < 0


def test_reasons_add_up_to_the_score() -> None:
    verdict = _verdict("html-alone", "undisclosed", "subject-shouts", "answer")
    reasons = explain(verdict, Weights())
    assert round(sum(reason.weight for reason in reasons), 1) == Weights().score(verdict)


@given(st.text(max_size=40))
def test_reasons_are_printable(detail: str) -> None:
    (reason,) = explain(Verdict((Signal("brand-elsewhere", detail),)), Weights())
    assert printable_line(reason.sentence) == reason.sentence


def test_braces_from_a_sender_are_shown_as_they_are() -> None:
    (reason,) = explain(Verdict((Signal("brand-elsewhere", "{0.x}"),)), Weights())
    assert "{0.x}" in reason.sentence


def test_every_signal_that_the_sources_yield_is_in_the_table() -> None:
    named = set()
    for source in _SOURCES.glob("*.py"):
        named |= set(re.findall(r'Signal\(\s*"([a-z0-9-]+)"', source.read_text("utf-8")))
    assert named <= set(SIGNALS)
    assert len(named) > 60


def test_explanations_begin_with_a_capital_and_end_with_the_senders_words() -> None:
    for signal in SIGNALS.values():
        text = signal.sentence.removesuffix(": {}")
        assert text[0].isupper()
        assert "{" not in text
        assert not text.endswith(".")


def test_an_explanation_without_the_senders_words_has_no_gap() -> None:
    (reason,) = explain(Verdict((Signal("spf-fail"),)), Weights())
    assert reason.sentence == "SPF failed: this host may not send for this domain"


def test_the_configuration_overrides_points_and_threshold(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("threshold = 3\n[weights]\nhtml-alone = 3.5\n", "utf-8")
    weights = policy_of(load_config(file).settings).weights
    assert weights.classify(_verdict("html-alone")) == "spam"
    assert weights.classify(_verdict("undisclosed")) == "ham"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[weights]\nhtml-alon = 1", "did you mean “html-alone”?"),
        ("[weights]\nhtml-alone = 1e9", "weights.html-alone must be a number from -100 to 100"),
        ("[weights]\nhtml-alone = nan", "weights.html-alone must be a number"),
        ("[weights]\nhtml-alone = true", "weights.html-alone must be a number"),
        ('[weights]\nhtml-alone = "much"', "weights.html-alone must be a number"),
        ("weights = 3", "weights must be a table"),
        ("threshold = 0", "threshold must be a number above 0, up to 10"),
        ("threshold = nan", "threshold must be a number above 0, up to 10"),
    ],
)
def test_invalid_weights_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=re.escape(problem)) as fault:
        policy_of(load_config(file).settings)
    assert "config.toml" in str(fault.value)
