"""``poptui triage --delete`` reports its deletions even if it is interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.program import PATIENCE, RunBatch, batch_environment, command, serving
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


def error_lines(process: subprocess.Popen[bytes]) -> list[str]:
    """Return the lines on standard error, after the process has ended."""
    return process.communicate(timeout=PATIENCE)[1].decode().splitlines()


def closed_pipe() -> int:
    """Return a pipe whose reader is gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def full_disk() -> int:
    """Return a file on a full disk."""
    return os.open("/dev/full", os.O_WRONLY)


def run(server: OddServer, home: Path, stdout: int, *form: str) -> tuple[int, list[str]]:
    with os.fdopen(stdout):
        process = start(server, home, stdout, *form)
    lines = error_lines(process)
    return process.returncode, lines


def test_a_closed_pipe_stops_it_before_anything_is_deleted(tmp_path: Path) -> None:
    with serving(OddServer(MESSAGES)) as server:
        code, lines = run(server, tmp_path, closed_pipe())
        assert len(server.uids) == 9
    assert code == 1
    assert lines == ["poptui: The output was closed. Nothing was deleted."]


@pytest.mark.parametrize("stdout", [closed_pipe, full_disk])
def test_the_result_is_reported_before_the_rows(stdout: Callable[[], int], tmp_path: Path) -> None:
    with serving(OddServer(MESSAGES)) as server:
        code, lines = run(server, tmp_path, stdout(), "--json")
        assert len(server.uids) == 6
    assert code == 1
    assert lines[1].endswith("deleted.")
    assert not any("Nothing was deleted" in line for line in lines)


@pytest.mark.parametrize(
    ("oddity", "number", "sentence"),
    [
        (
            "quit-silent",
            signal.SIGTERM,
            "It is unknown what was deleted: list the mailbox again to see.",
        ),
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
        lines = error_lines(process)
    assert process.returncode == 128 + number
    assert lines[-2:] == [sentence, "poptui: Interrupted."]


@pytest.mark.parametrize(
    "oddity", ["dele-hangs-up", "dele-cut", "rset-refused", "list-hangs-up", "dele-another:1"]
)
def test_a_failed_commit_does_not_promise_that_marks_are_kept(oddity: str, batch: RunBatch) -> None:
    """A batch command has no journal."""
    with serving(OddServer(MESSAGES, [oddity])) as server:
        arguments = ("--filter", "is:spam", "--delete", "--yes")
        result = batch("triage", f"pop://user@127.0.0.1:{server.port}", *arguments)
        assert "kept" not in result.err
        assert (result.code == 0) == (len(server.uids) == len(MESSAGES) - 3)


def test_a_deletion_that_cannot_be_verified_is_reported(batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES, ["login-delay", "login-limit:1"])) as server:
        arguments = ("--filter", "is:spam", "--delete", "--yes")
        result = batch("triage", f"pop://user@127.0.0.1:{server.port}", *arguments)
        assert len(server.uids) == len(MESSAGES) - 3
        assert "could not be verified" in result.err
        assert result.code == 1
