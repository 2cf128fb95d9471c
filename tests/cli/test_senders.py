"""``poptui friends`` and ``poptui blocklist``, and their effect on scores."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.program import RunBatch, serving, write_config
from tests.acceptance.spam import spam
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_messages


@pytest.mark.parametrize("command", ["friends", "blocklist"])
def test_a_list_is_written_and_read(command: str, batch: RunBatch, tmp_path: Path) -> None:
    env = write_config(tmp_path, f"{command} = ['@c.example']\n")
    path = tmp_path / f"{command}.txt"
    added = batch(command, "add", "Ann@A.example", "Bob <bob@b.example>", env=env)
    assert (added.code, added.text) == (0, "ann@a.example\nbob@b.example\n")
    assert path.read_text() == "ann@a.example\nbob@b.example\n"
    assert batch(command, "add", "ann@a.example", env=env).code == 1
    assert batch(command, "remove", "ANN@a.example", "x@y.example", env=env).code == 0
    assert batch(command, "list", env=env).text == "@c.example\nbob@b.example\n"
    assert batch(command, "remove", "bob@b.example", env=env).code == 0
    assert path.read_text() == ""


def test_a_plain_list_of_addresses_is_imported(batch: RunBatch, tmp_path: Path) -> None:
    env = write_config(tmp_path, "")
    text = (
        "# mine\na@x.example\nAnn <b@x.example>,\n\nnobody\x1b[31m\n"
        "@y.example # all\r\na@x.example\n"
    )
    done = batch("friends", "import", "-", env=env, stdin=text.encode())
    assert done.code == 1
    assert done.text.split() == ["a@x.example", "b@x.example", "@y.example"]
    assert "Line 5 skipped" in done.err
    assert "\x1b" not in done.err
    source = tmp_path / "list"
    source.write_text("c@x.example\n")
    assert batch("friends", "import", str(source), env=env).code == 0
    assert len(batch("friends", "list", env=env).text.splitlines()) == 4


@pytest.mark.parametrize(
    "arguments",
    [["add", "nobody"], ["add"], [], ["import", "/no/such/file"], ["forget", "a@b.example"]],
)
def test_invalid_arguments_change_nothing(
    arguments: list[str], batch: RunBatch, tmp_path: Path
) -> None:
    env = write_config(tmp_path, "")
    result = batch("friends", *arguments, env=env)
    assert result.code == 2
    assert result.sentence
    assert not (tmp_path / "friends.txt").exists()


def test_friends_and_blocked_senders_change_the_scores(batch: RunBatch, tmp_path: Path) -> None:
    env = write_config(tmp_path, "")
    batch("blocklist", "add", "@example.org", env=env)
    batch("friends", "add", "s3@example.org", env=env)
    with serving(OddServer([*make_messages(3), spam(4)])) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        rows = batch("list", url, "--jsonl", env=env).rows
    words = {row["number"]: row["spam"]["verdict"] for row in rows}
    assert words == {1: "spam", 2: "spam", 3: "ham", 4: "spam"}
    names = {row["number"]: [s["name"] for s in row["spam"]["signals"]] for row in rows}
    assert "blocked" in names[1]
    assert "friend" in names[3]
