"""``poptui triage``: what it reports, and that it deletes what was confirmed and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from poptui.demo.stored_mailbox import StoredMessage
from tests.acceptance.program import Result, RunBatch, serving, write_config
from tests.acceptance.spam import mixed, spam
from tests.kit.dovecot import Dovecot
from tests.kit.odd import OddServer

MESSAGES, SPAM = mixed(9)
DELETE = ("--filter", "is:spam", "--delete", "--yes")


def url(server: OddServer) -> str:
    return f"pop://user@127.0.0.1:{server.port}"


def triage(batch: RunBatch, server: OddServer, *options: str, home: Path | None = None) -> Result:
    env = write_config(home, "timeout = 3\n") if home else None
    return batch("triage", url(server), *options, env=env)


def left(server: OddServer) -> list[int]:
    """Return the original numbers of the messages that are still there."""
    return [int(uid.rpartition("-")[2]) for uid in server.uids]


HAM = [number for number in range(1, 10) if number not in SPAM]


def test_without_delete_it_is_a_dry_run(batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES)) as server:
        table = triage(batch, server, "--filter", "is:spam")
        rows = triage(batch, server, "--filter", "is:spam", "--jsonl").rows
        assert not {b"DELE", b"RSET", b"RETR"} & set(server.keywords)
    assert table.code == 0
    assert [line.split()[:3] for line in table.text.splitlines()] == [
        ["would", "delete", "9"],
        ["would", "delete", "6"],
        ["would", "delete", "3"],
    ]
    assert "3 of 9 messages match" in table.err
    assert table.err.splitlines()[-1] == (
        "Dry run: nothing was deleted. Add --delete to delete these messages."
    )
    assert [(row["number"], row["action"], row["outcome"]) for row in rows] == [
        (9, "delete", None),
        (6, "delete", None),
        (3, "delete", None),
    ]


def test_delete_deletes_what_matches_and_nothing_else(batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES)) as server:
        result = triage(batch, server, *DELETE, "--json")
        assert left(server) == HAM
    assert result.code == 0
    rows = json.loads(result.out)
    assert [(row["number"], row["outcome"]) for row in rows] == [(n, "deleted") for n in (9, 6, 3)]
    assert result.err.splitlines()[-1].startswith("3 messages (")
    assert result.err.endswith(") deleted.\n")


@pytest.mark.parametrize("options", [("--delete",), ("--delete", "--jsonl"), ("--yes",), ()])
def test_nothing_is_deleted_without_confirmation(options: tuple[str, ...], batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES)) as server:
        result = triage(batch, server, "--filter", "is:spam", *options)
        assert b"DELE" not in server.keywords
        assert len(server.uids) == 9
        if "--delete" in options:
            assert result.code == 2
            assert "--yes" in result.sentence
            assert server.connections == 0


@pytest.mark.parametrize(
    "options",
    [
        "--delete --yes",
        "--filter=",
        "--filter size:x --delete --yes",
        "--filter a --wait -1",
        "--filter a --wait long",
    ],
)
def test_an_invalid_command_line_makes_no_connection(options: str, batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES)) as server:
        result = triage(batch, server, *options.split())
        assert (result.code, server.connections) == (2, 0)


@pytest.mark.parametrize("options", [(), ("--delete", "--yes")])
def test_nothing_to_do_is_a_success(options: tuple[str, ...], batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES)) as server:
        result = triage(batch, server, "--filter", "subject:nowhere", *options)
        assert b"DELE" not in server.keywords
    assert (result.code, result.out, result.err) == (0, b"", "No message matches.\n")


@pytest.mark.parametrize(
    ("refused", "missing", "deleted"),
    [("top-refused", "9 messages", 0), ("top-refused:4", "1 message", 3)],
)
def test_it_is_not_a_success_if_a_header_is_missing(
    refused: str, missing: str, deleted: int, batch: RunBatch
) -> None:
    with serving(OddServer(MESSAGES, [refused])) as server:
        dry_run = triage(batch, server, "--filter", "is:spam")
        result = triage(batch, server, *DELETE)
        assert len(server.uids) == 9 - deleted
    sentence = f"{missing} could not be compared with the filter: the server sent no header."
    assert sentence in result.err
    assert sentence in dry_run.err
    assert (dry_run.code, result.code) == (0, 1)


def test_a_missing_header_that_the_filter_does_not_need_does_no_harm(batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES, ["top-refused"])) as server:
        result = triage(batch, server, "--filter", "size:>0", "--delete", "--yes")
        assert server.uids == []
    assert result.code == 0


def test_it_is_a_success_if_all_that_matches_is_protected(batch: RunBatch, tmp_path: Path) -> None:
    env = write_config(tmp_path, "[[rules]]\nmatch = 'is:spam'\naction = 'protect'\n")
    with serving(OddServer(MESSAGES)) as server:
        result = batch("triage", url(server), *DELETE, env=env)
        assert len(server.uids) == 9
    assert result.code == 0
    assert result.err.endswith("3 messages left out: protected.\nNothing was deleted.\n")


@pytest.mark.parametrize(
    "text",
    ["[[rules]]\nmatch = 'from:'\naction = 'protect'\n", "friends = ['nobody']\n", "rules = 1\n"],
)
def test_a_configuration_with_errors_deletes_nothing(
    text: str, batch: RunBatch, tmp_path: Path
) -> None:
    env = write_config(tmp_path, text)
    with serving(OddServer(MESSAGES)) as server:
        result = batch("triage", url(server), *DELETE, env=env)
        assert (result.code, server.connections) == (2, 0)
    assert env["POPTUI_CONFIG"] in result.sentence


def test_a_rule_that_takes_too_long_deletes_nothing(batch: RunBatch, tmp_path: Path) -> None:
    env = write_config(tmp_path, "[[rules]]\nmatch = '/(o|oo)+[!?]/'\naction = 'protect'\n")
    slow = spam(1).replace(b"you won", b"o" * 4000 + b" !")
    with serving(OddServer([slow, *MESSAGES])) as server:
        result = batch("triage", url(server), *DELETE, env=env)
        assert b"DELE" not in server.keywords
    assert result.code == 2
    assert "takes too long" in result.err


def test_protected_messages_are_left_out_and_reported(batch: RunBatch, tmp_path: Path) -> None:
    env = write_config(tmp_path, "[[rules]]\nmatch = 'from:x6@'\naction = 'protect'\n")
    with serving(OddServer(MESSAGES)) as server:
        everything = batch("triage", url(server), "--filter", "size:>0", *DELETE[2:], env=env)
        assert left(server) == [6]
    assert everything.code == 0
    assert "protected 6" in " ".join(everything.text.split())
    assert "1 message left out: protected." in everything.err


def test_messages_whose_header_is_missing_are_left_out_if_a_rule_protects(
    batch: RunBatch, tmp_path: Path
) -> None:
    env = write_config(tmp_path, "[[rules]]\nmatch = 'from:boss'\naction = 'protect'\n")
    with serving(OddServer(MESSAGES, ["no-top"])) as server:
        result = batch("triage", url(server), "--filter", "size:>0", *DELETE[2:], env=env)
        assert not {b"DELE", b"RETR"} & set(server.keywords)
    assert result.code == 1


def test_messages_that_share_a_uid_are_left_out_and_reported(batch: RunBatch) -> None:
    with serving(OddServer([spam(1), spam(2), spam(3)], ["duplicate-uids"])) as server:
        result = triage(batch, server, *DELETE, "--jsonl")
        assert left(server) == [1, 2]
    assert result.code == 1
    assert [row["action"] for row in result.rows] == ["delete", "ambiguous", "ambiguous"]
    assert "2 messages left out: their UIDs" in result.err


def test_messages_that_differ_from_the_rest_are_pointed_out(
    batch: RunBatch, tmp_path: Path
) -> None:
    env = write_config(tmp_path, "friends = ['x1@spam1.example']\n")
    messages = [spam(number) for number in range(1, 12)]
    with serving(OddServer(messages)) as server:
        result = batch("triage", url(server), "--filter", "won", "--jsonl", env=env)
        table = batch("triage", url(server), "--filter", "won", env=env)
    assert [row["unlike"] for row in result.rows][-1][0] == "comes from a friend"
    assert all(row["unlike"] == [] for row in result.rows[:-1])
    assert "1 looks different from the rest" in table.err
    assert "1: comes from a friend" in table.err


@pytest.mark.parametrize(
    ("oddity", "code", "remain", "outcomes"),
    [
        ("dele-refused:6", 1, [*HAM, 6], {6: "refused"}),
        ("quit-err", 1, None, None),
        ("quit-eof", 0, HAM, {}),
        ("quit-silent", 0, HAM, {}),
        ("quit-ok-removes-nothing", 1, range(1, 10), {3: "remaining", 6: "remaining"}),
        ("dele-hangs-up", 5, range(1, 10), None),
        ("dele-hangs", 5, range(1, 10), None),
        ("dele-cut", 5, range(1, 10), None),
        ("top-hangs-up", 5, range(1, 10), None),
        ("top-cut", 5, range(1, 10), None),
        ("list-hangs-up", 5, range(1, 10), None),
        ("uidl-cut", 5, range(1, 10), None),
    ],
)
def test_faults_during_the_session(
    oddity: str,
    code: int,
    remain: list[int] | None,
    outcomes: dict[int, str] | None,
    batch: RunBatch,
    tmp_path: Path,
) -> None:
    with serving(OddServer(MESSAGES, [oddity])) as server:
        result = triage(batch, server, *DELETE, "--jsonl", home=tmp_path)
        there = left(server)
    assert result.code == code, result.err
    assert set(HAM) <= set(there)
    if remain is not None:
        assert there == sorted(remain)
    if outcomes is not None:
        reported = {row["number"]: row["outcome"] for row in result.rows}
        assert {n: what for n, what in reported.items() if n in outcomes} == outcomes
        others = {what for n, what in reported.items() if n not in outcomes}
        assert others <= {"deleted", "remaining"}
    if oddity == "dele-refused:6":
        assert "6: “not this one" in result.err
    gone = {row["number"] for row in result.rows if row.get("outcome") == "deleted"}
    assert gone <= set(SPAM) - set(there)


def test_quiet_leaves_only_the_table(batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES)) as server:
        for options in (DELETE[:2], DELETE, DELETE):
            loud = len(server.uids) == 9
            result = triage(batch, server, *options, "--quiet")
            assert (result.code, result.err, bool(result.out)) == (0, "", loud)
        assert left(server) == HAM


def test_quiet_does_not_hide_what_was_not_deleted(batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES, ["dele-refused:6"])) as server:
        result = triage(batch, server, *DELETE, "--quiet")
    assert result.code == 1
    first, second, third = result.err.splitlines()
    assert first.startswith("2 messages (")
    assert second.endswith("refused by the server:")
    assert third.startswith("  6: “not this one")


def test_a_locked_mailbox_is_reported_at_once(batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES, ["in-use:9"])) as server:
        result = triage(batch, server, *DELETE)
        assert (result.code, server.connections) == (6, 1)
        assert len(server.uids) == 9


def test_wait_waits_for_a_locked_mailbox(batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES, ["in-use:1"])) as server:
        assert triage(batch, server, *DELETE, "--wait", "20").code == 0
        assert left(server) == HAM


def test_it_does_not_wait_if_the_time_given_is_too_short(batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES, ["in-use:1"])) as server:
        assert triage(batch, server, *DELETE, "--wait", "1").code == 6
        assert server.connections == 1
        assert len(server.uids) == 9


def test_a_thousand_messages_at_dovecot(batch: RunBatch, dovecot: Dovecot) -> None:
    messages, spams = mixed(1000)
    names = dovecot.deliver(messages)
    env = {"POPTUI_PASSWORD": dovecot.password}
    found = batch("triage", dovecot.url, "--filter", "is:spam", "--jsonl", env=env)
    assert {row["number"] for row in found.rows} == set(spams)
    assert dovecot.files() == set(names)
    done = batch("triage", dovecot.url, *DELETE, "--jsonl", env=env)
    assert done.code == 0, done.err
    assert {row["outcome"] for row in done.rows} == {"deleted"}
    assert dovecot.files() == {name for at, name in enumerate(names, 1) if at not in spams}
    again = batch("triage", dovecot.url, *DELETE, env=env)
    assert again.code == 0


def test_a_uid_that_now_belongs_to_another_message_deletes_nothing_else(batch: RunBatch) -> None:
    """The cache calls a UID spam that now belongs to a wanted message of the same size."""
    with serving(OddServer([spam(1), spam(2), spam(3)])) as server:
        assert len(batch("list", url(server), "--jsonl").rows) == 3
        octets = server.messages[1].data
        other = octets.replace(b"you won 2", b"dinner, 2").replace(b"Flag: YES", b"Flag: NO ")
        other = other.replace(b"Status: Yes, score=9.9", b"Status: No, score=-1.9").replace(
            b"Winner 2", b"Mother2"
        )
        other = other.replace(b"\r\n\r\nbody", b"\r\n\r\n" + b"b" * (4 + len(octets) - len(other)))
        assert len(other) == len(octets)
        server.messages[1] = StoredMessage("uid-0002", other)
        result = triage(batch, server, *DELETE, "--jsonl")
        assert server.uids == ["uid-0002"]
    assert result.code == 1
    assert {row["number"]: row["outcome"] for row in result.rows if row["number"] != 2} == {
        3: "deleted",
        1: "deleted",
    }
