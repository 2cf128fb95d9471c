"""``poptui TARGET --plain``: the mailbox line by line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.hostile import HostileServer, assert_harmless
from tests.acceptance.program import Result, RunBatch, serving
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_messages


@pytest.fixture
def server() -> Iterator[OddServer]:
    with serving(OddServer(make_messages(30))) as running:
        yield running


def run(
    batch: RunBatch, server: OddServer | HostileServer, *lines: str, options: str = ""
) -> Result:
    stdin = "".join(f"{line}\n" for line in lines).encode()
    url = f"pop://user@127.0.0.1:{server.port}"
    return batch(url, "--plain", *options.split(), stdin=stdin)


def test_it_lists_pages_and_reads(server: OddServer, batch: RunBatch) -> None:
    result = run(batch, server, "", "25", "help", "quit")
    assert result.code == 0, result.err
    lines = result.text.splitlines()
    assert lines[0].endswith(": 30 messages, 3 kB.") or "30 messages" in lines[0]
    assert lines[2].startswith("30: Sender 30, letter 30, ")
    assert any(
        line.endswith("21: Sender 21, letter 21, ") or "21: Sender 21" in line for line in lines
    )
    assert "Subject   letter 25" in result.text
    assert "mark N...: mark for deletion: numbers, or 3-7" in lines
    assert lines[-1] == "poptui> Nothing was deleted."
    assert server.keywords.count(b"RETR") == 1
    assert len(server.messages) == 30


def test_only_the_whole_word_yes_deletes(server: OddServer, batch: RunBatch) -> None:
    result = run(
        batch, server, "mark 30 28", "commit", "y", "commit", "", "quit", "cancel", "quit", "d"
    )
    assert len(server.messages) == 30
    assert "Nothing was deleted." in result.text
    result = run(batch, server, "forget", "mark 29", "commit", "yes", "quit")
    assert result.code == 0
    assert len(server.messages) == 29
    assert not [message for message in server.messages if b"letter 29\r\n" in message.data]
    assert result.text.splitlines()[-1] == "poptui> Nothing more was deleted."


def test_the_end_of_the_input_deletes_nothing_and_keeps_the_marks(
    server: OddServer, batch: RunBatch
) -> None:
    result = run(batch, server, "mark 29-30")
    assert result.code == 0
    assert "Nothing was deleted. Marks kept for next time: 2 of 2." in result.text
    assert len(server.messages) == 30
    again = run(batch, server, "yes", "marked", "quit", "delete", "yes")
    assert "An earlier run marked 2 messages" in again.text
    assert len(server.messages) == 28


def test_a_message_must_have_been_printed_before_it_is_marked(
    server: OddServer, batch: RunBatch
) -> None:
    result = run(
        batch, server, "mark 1", "mark x", "mark", "unmark 2-3", "mark 29-99999", "quit", "f"
    )
    assert "Message 1 was not listed yet." in result.text
    assert "“x” is not the number of a message." in result.text
    assert "Which messages? Add their numbers" in result.text
    assert "Marked in all: 2 messages" in result.text
    assert len(server.messages) == 30


def test_it_continues_after_mistakes(server: OddServer, batch: RunBatch) -> None:
    result = run(
        batch,
        server,
        "nonsense",
        "m",
        "filter (",
        "filter from:sender",
        "save 30 /dev/null/x",
        "quit",
    )
    assert result.code == 0
    assert "There is no command “nonsense”." in result.text
    assert "Did you mean more or mark or marked?" in result.text
    assert "30: Sender 30" in result.text


def test_it_knows_the_command_names_of_other_programs(server: OddServer, batch: RunBatch) -> None:
    result = run(batch, server, "?", "open 25", "delete 30", "marks", "wibble", "undo", "exit")
    assert "mark N...: mark for deletion: numbers, or 3-7" in result.text
    assert "Subject   letter 25" in result.text
    assert "Marked in all: 1 message" in result.text
    assert "There is no command “marks”. Did you mean “mark" in result.text
    assert "There is no command “wibble”. Type help" in result.text
    assert result.code == 0
    assert len(server.messages) == 30


def test_read_only_marks_nothing(server: OddServer, batch: RunBatch) -> None:
    result = run(batch, server, "mark 30", "commit", "yes", options="--read-only")
    assert "Read-only: nothing can be marked or deleted." in result.text
    assert "Nothing is marked." in result.text
    assert len(server.messages) == 30


def test_a_mailbox_that_cannot_be_opened_gives_the_exit_code(batch: RunBatch) -> None:
    assert batch("pop://user@127.0.0.1:1", "--plain").code == 3


def test_hostile_text_stays_text(batch: RunBatch) -> None:
    with serving(HostileServer()) as server:
        result = run(
            batch, server, *["more"] * 20, "1", "headers 1", "why 1", "mark 1", "quit", "k"
        )
    assert_harmless(result.out)
    assert_harmless(result.err.encode())
