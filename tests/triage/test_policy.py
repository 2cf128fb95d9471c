"""Applying friends, blocklist and rules to messages, and errors in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from poptui.errors import UsageError
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.scoring.from_config import policy_of
from poptui.storage.config import load_config
from poptui.storage.sender_lists import SendersFile
from poptui.triage.policy.policy import Policy, Rule, RuleAction, SenderPatterns, sender_entry
from poptui.triage.spam.score import Weights
from poptui.triage.spam.signals import SIGNALS
from poptui.triage.spam.verdict import Signal, Verdict
from tests.triage.rows import header, parsed, row, written

WEIGHTS = Weights({"odd": 6.0, "friend": -5.0, "blocked": 10.0, "rule": 1.0})


def judged(sender: str, *signals: str) -> MessageEntry:
    entry = written(sender=sender, subject=f"from {sender}")
    entry.verdict = Verdict(tuple(Signal(name) for name in signals))
    return entry


def rule(match: str, action: str, points: float = 0.0) -> Rule:
    return Rule(match, parsed(match), RuleAction(action), points)


@pytest.mark.parametrize(
    ("address", "entry"),
    [
        ("ann@example.com", "ann@example.com"),
        ("ANN@Example.COM", "ann@example.com"),
        ("bob@example.com", ""),
        ("bob@lists.example.org", "@example.org"),
        ("bob@example.org.", "@example.org"),
        ("bob@example.org.evil.example", ""),
        ("bob@notexample.org", ""),
        ("example.org", ""),
        ("", ""),
        ("@", ""),
    ],
)
def test_who_is_on_a_list(address: str, entry: str) -> None:
    assert SenderPatterns.of(["Ann <ann@example.com>", "@example.org"]).match(address) == entry


@pytest.mark.parametrize("text", ["", "ann", "a b@c", "@", "a@b@c", "<>", "a@b,c@d", "x <y>"])
def test_invalid_sender_entries_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="an address such as"):
        sender_entry(text)


def test_friends_and_blocked_senders_change_the_score() -> None:
    friends, blocked = SenderPatterns.of(["@friends.example"]), SenderPatterns.of(["@spam.example"])
    policy = Policy(WEIGHTS, friends, blocked)
    rows = [
        judged("a@friends.example", "odd"),
        judged("a@spam.example"),
        judged("a@other.example", "odd"),
        row(header("a@spam.example")),
    ]
    assert policy.apply(rows) == []
    assert [entry.score for entry in rows] == [1.0, 10.0, 6.0, None]
    assert [policy.is_friend(entry) for entry in rows] == [True, False, False, False]
    assert policy.verdict(rows[0]) == Verdict((Signal("odd"), Signal("friend", "@friends.example")))


def test_rules_score_tag_protect_and_mark() -> None:
    rules = (
        rule("spam:>=5", "score", -2.0),
        rule("spam:<5", "score", 3.0),
        rule("from:boss", "protect"),
        rule("is:ham", "tag"),
        rule("from:boss OR is:ham", "mark"),
    )
    policy = Policy(WEIGHTS, rules=rules)
    boss, odd, plain = judged("boss@x.example"), judged("a@x.example", "odd"), judged("b@x.example")
    assert policy.apply([boss, odd, plain]) == [odd, plain]
    assert [entry.score for entry in (boss, odd, plain)] == [3.0, 4.0, 3.0]
    assert [entry.protected for entry in (boss, odd, plain)] == [True, False, False]
    assert all(entry.tagged for entry in (boss, odd, plain))


def test_rules_ignore_messages_without_a_header() -> None:
    policy = Policy(WEIGHTS, rules=(rule("-from:x", "mark"), rule("is:ham", "tag")))
    bare = row()
    assert policy.apply([bare]) == []
    assert (bare.score, bare.tagged, bare.protected) == (None, False, False)


def test_a_message_that_a_rule_might_protect_is_protected_until_it_loads() -> None:
    policy = Policy(WEIGHTS, rules=(rule("from:boss size:>1k", "protect"), rule("size:>0", "mark")))
    large, small = row(size=2000), row(size=1000)
    assert policy.apply([large, small]) == [small]
    assert (large.protected, small.protected) == (True, False)
    large.header = header("ann@x.example")
    assert policy.apply([large]) == [large]


def test_a_slow_rule_turns_all_rules_off() -> None:
    policy = Policy(WEIGHTS, rules=(rule("/(x|xx)+[yz]/", "protect"), rule("a", "mark")))
    slow = judged("a@x.example")
    slow.header = header("a@x.example", "x" * 5000 + " y")
    other = judged("a@x.example")
    assert policy.apply([slow, other]) == []
    assert "takes too long" in policy.problem
    assert (slow.protected, other.protected) == (True, True)


def test_a_changed_list_updates_scores_but_not_tags() -> None:
    policy = Policy(WEIGHTS, rules=(rule("from:a", "tag"),))
    entry = judged("a@x.example")
    policy.apply([entry])
    entry.tagged, policy.blocklist = False, SenderPatterns.of(["a@x.example"])
    policy.rescore([entry])
    assert (entry.score, entry.tagged) == (10.0, False)


def test_the_configuration_and_the_files_beside_it(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        'friends = ["@a.example"]\nblocklist = ["b@b.example"]\n'
        '[[rules]]\nmatch = "from:x header:x-mailer"\naction = "score"\nscore = -1\n'
    )
    (tmp_path / "friends.txt").write_text("# mine\nC@c.example  # since 2020\n\n")
    policy = policy_of(load_config(config).settings)
    assert policy.friends.entries == {"@a.example", "c@c.example"}
    assert policy.blocklist.entries == {"b@b.example"}
    assert policy.rules[0].points == -1
    assert policy.headers == {"x-mailer"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("friends = 'x'", "friends must be a list"),
        ("friends = ['x']", "config.toml: friends has “x”, which must be an address"),
        ("rules = 3", "rules must be tables under [[rules]]"),
        ("rules = [3]", "rules.1 must be a table"),
        ("[[rules]]\naction = 'mark'", "rules.1 has no match"),
        ("[[rules]]\nmatch = 'a'", "rules.1 has no action"),
        (
            "[[rules]]\nmatch = 'a'\naction = 'delete'",
            'rules.1.action must be "mark", "tag", "protect" or "score"',
        ),
        ("[[rules]]\nmatch = 'a'\naction = 'score'", "rules.1 must have a score"),
        ("[[rules]]\nmatch = 'a'\naction = 'tag'\nscore = 1", "rules.1 must have a score"),
        ("[[rules]]\nmatch = 'a'\naction = 'score'\nscore = 1e9", "rules.1.score must be a number"),
        ("[[rules]]\nmatch = 'a'\naction = 'score'\nscore = nan", "rules.1.score must be a number"),
        (
            "[[rules]]\nmatch = 'a size:1x'\naction = 'tag'",
            "rules.1.match is no filter: “a size:1x”: Filter",
        ),
        ("[[rules]]\nmatch = 'is:dup'\naction = 'tag'", "rules.1.match must not have is:dup"),
        ("[[rules]]\nmatch = 'a'\naction = 'tag'\nwhen = 1", "rules.1.when is an unknown key"),
        ("duplicates = 'all'", 'duplicates must be "newest" or "oldest"'),
    ],
)
def test_settings_with_errors(text: str, message: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(text)
    with pytest.raises(UsageError) as caught:
        policy_of(load_config(config).settings)
    assert message in str(caught.value)
    assert str(config) in str(caught.value)


def test_a_file_of_senders_with_an_error_is_named(tmp_path: Path) -> None:
    (tmp_path / "blocklist.txt").write_text("nobody\n")
    with pytest.raises(UsageError, match=r"blocklist\.txt: “nobody” must be"):
        policy_of(load_config(tmp_path / "config.toml").settings)


def test_a_file_of_senders_keeps_its_entries(tmp_path: Path) -> None:
    file = SendersFile(tmp_path / "new" / "friends.txt")
    assert file.entries() == []
    assert file.add(["a@x.example", "b@x.example", "a@x.example"]) == ["a@x.example", "b@x.example"]
    file.path.write_text("# friends\n\nA@x.example # Ann\nb@x.example\n")
    assert file.add(["a@x.example", "@y.example"]) == ["@y.example"]
    assert file.remove(["b@x.example", "c@x.example"]) == ["b@x.example"]
    assert file.path.read_text() == "# friends\n\nA@x.example # Ann\n@y.example\n"
    assert file.entries() == ["A@x.example", "@y.example"]
    assert file.path.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.path.parent.iterdir()] == ["friends.txt"]


def test_a_file_of_senders_that_cannot_be_used(tmp_path: Path) -> None:
    folder = SendersFile(tmp_path)
    with pytest.raises(UsageError, match="cannot be read"):
        folder.entries()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        SendersFile(tmp_path / "binary").add(["a@x.example"])
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be"):
        SendersFile(tmp_path / "file" / "friends.txt").add(["a@x.example"])


def test_the_learned_model_judges_only_unlisted_senders() -> None:
    learned = Signal("learned", "subject offer", 1.0)
    policy = Policy(friends=SenderPatterns(frozenset({"ann@x.example"})))
    policy.learned = lambda header, verdict: learned
    stranger, friend = written("bob@y.example"), written("ann@x.example")
    for entry in (stranger, friend):
        entry.verdict = Verdict((Signal("html-alone"),))
    policy.rescore([stranger, friend])
    expected = SIGNALS["learned"].points + SIGNALS["html-alone"].points
    assert (stranger.score, friend.score) == (expected, 0.0)
