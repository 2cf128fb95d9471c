"""The user's settings applied to a mailbox: rules, protection, friends, learned words."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from pathlib import Path

import pytest

from poptui.errors import UsageError
from poptui.mailbox.changes import Scored
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.scoring.scorer import Scorer
from poptui.mailbox.scoring.sender_lists import KnownSenders, SenderList
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions, parse_target
from poptui.secret import Secret
from poptui.storage.learned_words import open_learned
from poptui.storage.sender_lists import SendersFile
from poptui.triage.filters.filter import parse
from poptui.triage.learning.training import Learner
from poptui.triage.policy.policy import Policy, Rule, RuleAction
from tests.kit.odd import OddServer
from tests.mailbox.watched import Watched, make_message, make_messages


def rule(match: str, action: RuleAction, points: float = 0.0) -> Rule:
    return Rule(match, parse(match), action, points)


class ScoredMailbox(Watched):
    """A watched mailbox with a scorer."""

    def __init__(self, port: int, scorer: Scorer) -> None:
        super().__init__(port)
        from poptui.mailbox.access.mailbox import Mailbox

        server = parse_target(f"pop://user@127.0.0.1:{port}")
        sign_in = partial(
            log_in, server, Credentials(Secret("secret")), options=ConnectionOptions(2.0)
        )
        self.mailbox = Mailbox(server.title, sign_in, scorer=scorer)
        self.mailbox.listen(self.changes.append)

    def number(self, number: int) -> MessageEntry:
        (found,) = (entry for entry in self.entries if entry.number == number)
        return found


def scorer_with(*rules: Rule, **options: object) -> Scorer:
    return Scorer(Policy(rules=rules), **options)  # type: ignore[arg-type]


async def test_rules_mark_once_as_one_action_and_leave_out_protected_messages() -> None:
    rules = (
        rule("subject:letter", RuleAction.MARK),
        rule("from:s2", RuleAction.PROTECT),
        rule("from:s3", RuleAction.TAG),
    )
    async with OddServer(make_messages(5)) as server:
        watched = ScoredMailbox(server.port, scorer_with(*rules))
        await watched.ready()
        await watched.until(lambda: len(watched.mailbox.marks.marked()) == 4)
        assert [e.number for e in watched.mailbox.marks.marked()] == [5, 4, 3, 1]
        assert [e.number for e in watched.entries if e.protected] == [2]
        assert [e.number for e in watched.entries if e.tagged] == [3]
        assert "4 messages marked by rules; undo unmarks them." in watched.notices
        watched.mailbox.marks.undo()
        assert not watched.mailbox.marks.marked()
        await watched.mailbox.session.refresh()
        await watched.mailbox.headers.load(watched.entries)
        await asyncio.sleep(0.05)
        assert not watched.mailbox.marks.marked()
        await watched.mailbox.session.discard()
    assert len(server.uids) == 5


async def test_bulk_actions_leave_out_protected_messages_but_single_actions_do_not() -> None:
    async with OddServer(make_messages(4)) as server:
        watched = ScoredMailbox(server.port, scorer_with(rule("from:s2", RuleAction.PROTECT)))
        await watched.ready()
        preview = watched.mailbox.scoring.mark_all(watched.entries)
        assert [e.number for e in preview.protected] == [2]
        assert [e.number for e in watched.mailbox.marks.marked()] == [4, 3, 1]
        watched.mailbox.scoring.mark_all([watched.number(2)])
        assert len(watched.mailbox.marks.marked()) == 3
        watched.mailbox.marks.mark([watched.number(2)])
        assert len(watched.mailbox.marks.marked()) == 4
        await watched.mailbox.session.discard()


async def test_the_first_message_of_a_uw_folder_is_left_out_of_bulk_actions() -> None:
    """UW-IMAP and Pine keep UIDs and flags in it; later ones and other subjects are mail."""
    state = make_message(1).replace(
        b"letter 1", b"DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA"
    )
    state = re.sub(rb"From: [^\r]*", b"From: System <MAILER-DAEMON@a.example>", state)
    async with OddServer([state, make_message(2), state.replace(b"<1@", b"<3@")]) as server:
        watched = ScoredMailbox(server.port, scorer_with())
        await watched.ready()
        preview = watched.mailbox.scoring.mark_all(watched.entries)
        assert [e.number for e in preview.protected] == [1]
        assert [e.number for e in watched.mailbox.marks.marked()] == [3, 2]
        watched.mailbox.marks.mark([watched.number(1)])
        assert len(watched.mailbox.marks.marked()) == 3
        await watched.mailbox.session.discard()


async def test_a_message_without_a_header_is_protected_while_a_rule_may_protect_it() -> None:
    async with OddServer(make_messages(3)) as server:
        watched = ScoredMailbox(server.port, scorer_with(rule("from:s2", RuleAction.PROTECT)))
        watched.mailbox.headers.pause()
        await watched.mailbox.session.connect()
        assert len(watched.mailbox.scoring.mark_all(watched.entries).protected) == 3
        await watched.mailbox.session.discard()


async def test_adding_or_removing_a_listed_sender_changes_scores(tmp_path: Path) -> None:
    policy = Policy()
    friends, blocked = SendersFile(tmp_path / "friends"), SendersFile(tmp_path / "blocked")
    senders = KnownSenders(policy, {SenderList.FRIENDS: friends, SenderList.BLOCKLIST: blocked})
    async with OddServer(make_messages(3)) as server:
        watched = ScoredMailbox(server.port, Scorer(policy, senders=senders))
        await watched.ready()
        entry = watched.number(2)
        before = entry.score
        sentence = await watched.mailbox.scoring.toggle_sender(SenderList.BLOCKLIST, entry)
        assert sentence.startswith("s2@example.org is blocked now")
        assert blocked.entries() == ["s2@example.org"]
        assert before is not None
        assert entry.score is not None
        assert entry.score > before
        assert watched.changes[-1] == Scored((entry,))
        sentence = await watched.mailbox.scoring.toggle_sender(SenderList.FRIENDS, entry)
        assert "no longer blocked" in sentence
        assert (friends.entries(), blocked.entries()) == (["s2@example.org"], [])
        await watched.mailbox.scoring.toggle_sender(SenderList.FRIENDS, entry)
        assert friends.entries() == []
        assert entry.score == before
        await watched.mailbox.session.discard()


async def test_a_list_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "friends").mkdir()
    policy = Policy()
    senders = KnownSenders(policy, {SenderList.FRIENDS: SendersFile(tmp_path / "friends")})
    with pytest.raises(UsageError):
        await senders.toggle(SenderList.FRIENDS, "ann@example.org")
    assert not policy.friends.entries


async def test_no_key_removes_a_sender_that_the_configuration_names(tmp_path: Path) -> None:
    policy = Policy()
    senders = KnownSenders(policy, {SenderList.FRIENDS: SendersFile(tmp_path / "friends")})
    await senders.toggle(SenderList.FRIENDS, "ann@example.org")
    (tmp_path / "friends").unlink()
    sentence, _ = await senders.toggle(SenderList.FRIENDS, "ann@example.org")
    assert "by the configuration" in sentence
    assert policy.friends.match("ann@example.org")


async def test_a_verified_commit_trains_the_filter_except_with_what_rules_marked(
    tmp_path: Path,
) -> None:
    path = tmp_path / "learned.sqlite3"
    learner = Learner(lambda: open_learned("user@here", path=path))
    async with OddServer(make_messages(6)) as server:
        watched = ScoredMailbox(
            server.port, scorer_with(rule("from:s6", RuleAction.MARK), learner=learner)
        )
        await watched.ready()
        await watched.until(lambda: len(watched.mailbox.marks.marked()) == 1)
        (await watched.mailbox.messages.retrieve(watched.number(1))).close()
        watched.mailbox.scoring.mark_all([watched.number(2), watched.number(3)])
        outcome = await watched.mailbox.commit.run(stay=False)
        assert len(outcome.deleted) == 3
        await watched.mailbox.close()
    assert (learner.counts.spam, learner.counts.ham) == (2, 1)
