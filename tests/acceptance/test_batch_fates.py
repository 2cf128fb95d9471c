"""``poptui triage --delete`` that is cut short says what can be said of its deletions."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.conftest import RunBatch
from tests.acceptance.program import PATIENCE, batch_environment, command, serving
from tests.acceptance.spam import mixed
from tests.kit.odd import OddServer

MESSAGES, SPAM = mixed(9)


def start(server: OddServer, home: Path, stdout: int, *form: str) -> subprocess.Popen[bytes]:
    target = f"pop://user@127.0.0.1:{server.port}"
    return subprocess.Popen(
        command("triage", target, "--filter", "is:spam", "--delete", "--yes", *form),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=batch_environment(home),
        start_new_session=True,
    )


def said(process: subprocess.Popen[bytes]) -> list[str]:
    """The lines on standard error, once it is over."""
    return process.communicate(timeout=PATIENCE)[1].decode().splitlines()


def nobody() -> int:
    """A pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def full() -> int:
    """A file on a disk that is full."""
    return os.open("/dev/full", os.O_WRONLY)


def run(server: OddServer, home: Path, stdout: int, *form: str) -> tuple[int, list[str]]:
    with os.fdopen(stdout):
        process = start(server, home, stdout, *form)
    lines = said(process)
    return process.returncode, lines


def test_a_table_that_nobody_reads_stops_it(tmp_path: Path) -> None:
    with serving(OddServer(MESSAGES)) as server:
        code, lines = run(server, tmp_path, nobody())
        assert len(server.uids) == 9
    assert code == 1
    assert lines == ["poptui: Nobody takes the output any more. Nothing was deleted."]


@pytest.mark.parametrize("stdout", [nobody, full])
def test_what_was_deleted_is_told_before_the_rows(
    stdout: Callable[[], int], tmp_path: Path
) -> None:
    with serving(OddServer(MESSAGES)) as server:
        code, lines = run(server, tmp_path, stdout(), "--json")
        assert len(server.uids) == 6
    assert code == 1
    assert lines[1].endswith("deleted.")
    assert not any("Nothing was deleted" in line for line in lines)


@pytest.mark.parametrize(
    ("oddity", "number", "sentence"),
    [
        ("quit-silent", signal.SIGTERM, "What was deleted is not known."),
        ("dele-hangs", signal.SIGINT, "Nothing was deleted."),
    ],
)
def test_an_interrupted_commit(
    oddity: str, number: signal.Signals, sentence: str, tmp_path: Path
) -> None:
    keyword = oddity.partition("-")[0].upper().encode()
    with serving(OddServer(MESSAGES, [oddity])) as server:
        process = start(server, tmp_path, subprocess.DEVNULL)
        while keyword not in server.keywords and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        lines = said(process)
    assert process.returncode == 128 + number
    assert lines[-2:] == [sentence, "poptui: Interrupted."]


@pytest.mark.parametrize(
    "oddity", ["dele-hangs-up", "dele-cut", "rset-refused", "list-hangs-up", "dele-another:1"]
)
def test_a_batch_command_does_not_say_that_marks_are_kept(oddity: str, batch: RunBatch) -> None:
    """Nothing keeps them: there is no journal."""
    with serving(OddServer(MESSAGES, [oddity])) as server:
        arguments = ("--filter", "is:spam", "--delete", "--yes")
        result = batch("triage", f"pop://user@127.0.0.1:{server.port}", *arguments)
        assert "kept" not in result.err
        assert (result.code == 0) == (len(server.uids) == len(MESSAGES) - 3)


def test_a_deletion_that_cannot_be_verified_is_said_to_be_so(batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES, ["login-delay", "login-limit:1"])) as server:
        arguments = ("--filter", "is:spam", "--delete", "--yes")
        result = batch("triage", f"pop://user@127.0.0.1:{server.port}", *arguments)
        assert len(server.uids) == len(MESSAGES) - 3
        assert "could not be verified" in result.err
        assert result.code == 1
