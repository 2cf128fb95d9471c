"""Batch commands as processes: pipes, signals, closed streams, imports and the debug file."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from poptui import __version__
from tests.acceptance.program import (
    PASSWORD,
    PATIENCE,
    RunBatch,
    batch_environment,
    command,
    serving,
)
from tests.kit.listener import Listener
from tests.kit.odd import OddServer
from tests.kit.terminal import StartTerminal
from tests.mailbox.watched import make_messages

HUGE = b"Subject: huge\r\n\r\n" + b"0123456789abcdef\r\n" * 50_000
KEY = "hunter2-Zq9-%"


@pytest.fixture
def server() -> Iterator[OddServer]:
    with serving(OddServer([*make_messages(2000), HUGE])) as running:
        yield running


def url(server: Listener, end: str = "") -> str:
    return f"pop://user{end}@127.0.0.1:{server.port}"


def start(*arguments: str, home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(*arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=batch_environment(home),
        start_new_session=True,
    )


@pytest.mark.parametrize(
    "arguments", [["list"], ["list", "--jsonl"], ["show", "latest"], ["show", "latest", "--raw"]]
)
def test_a_closed_pipe_ends_it_quietly(
    arguments: list[str], server: OddServer, tmp_path: Path
) -> None:
    name, *rest = arguments
    with start(name, url(server), *rest, home=tmp_path) as program:
        assert program.stdout
        assert program.stderr
        assert program.stdout.readline()
        program.stdout.close()
        err = program.stderr.read()
        assert program.wait(PATIENCE) == 0
    assert err == b""


def test_a_pipe_that_is_closed_before_the_first_line(server: OddServer, tmp_path: Path) -> None:
    with start("list", url(server), "--limit", "2", home=tmp_path) as program:
        assert program.stdout
        assert program.stderr
        program.stdout.close()
        err = program.stderr.read()
        assert program.wait(PATIENCE) == 0
    assert err == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_is_reported(server: OddServer, tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("list", url(server), "--limit", "2"),
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            env=batch_environment(tmp_path),
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode not in (0, 120)
    assert done.stderr.startswith(b"poptui: ")
    assert done.stderr.count(b"\n") == 1
    assert b"No space left" in done.stderr


@pytest.mark.parametrize(("arguments", "last"), [(["list"], b"TOP"), (["show", "1"], b"RETR")])
def test_an_interrupt_ends_a_batch_command_at_once(
    arguments: list[str], last: bytes, tmp_path: Path
) -> None:
    name, *rest = arguments
    with serving(OddServer(make_messages(1), ["top-hangs", "retr-hangs", "quit-hangs"])) as server:
        with start(name, url(server), *rest, home=tmp_path) as program:
            while last not in server.keywords:
                assert program.poll() is None
            program.send_signal(signal.SIGINT)
            out, err = program.communicate(timeout=PATIENCE)
        assert server.keywords[-1] == last
    assert program.returncode == 130
    assert (out, err) == (b"", b"poptui: Interrupted.\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_end_a_batch_command_too(number: signal.Signals, tmp_path: Path) -> None:
    with serving(OddServer(make_messages(1), ["top-hangs"])) as server:
        with start("list", url(server), home=tmp_path) as program:
            while b"TOP" not in server.keywords:
                assert program.poll() is None
            program.send_signal(number)
            ended = program.communicate(timeout=PATIENCE)
        assert not server.quit_arrived
    assert program.returncode == 128 + number
    assert ended == (b"", b"poptui: Interrupted.\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_batch_command_whose_output_is_not_read(
    number: signal.Signals, server: OddServer, tmp_path: Path
) -> None:
    with start("list", url(server), "--jsonl", home=tmp_path) as program:
        assert program.stdout
        assert program.stdout.read(1) == b"{"
        program.send_signal(number)
        assert program.wait(PATIENCE) == 128 + number


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_do_no_harm(closed: str, tmp_path: Path) -> None:
    with serving(OddServer(make_messages(1))) as server:
        for arguments in (["list", url(server)], ["show", url(server), "latest"]):
            done = subprocess.run(
                ["/bin/sh", "-c", f'"$@" {closed}', "sh", *command(*arguments)],
                capture_output=True,
                env=batch_environment(tmp_path),
                timeout=PATIENCE,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, b"")
            assert bool(done.stdout) is (">&-" not in closed.split())


def test_ctrl_c_ends_a_batch_command_on_a_terminal(terminal: StartTerminal) -> None:
    with serving(OddServer(make_messages(3), ["capa-hangs"])) as server:
        screen = terminal("list", url(server), env=PASSWORD)
        screen.wait_until(lambda _: b"CAPA" in server.keywords)
        screen.press("ctrl+c")
        assert screen.exit_code() == 130
        assert b"poptui: Interrupted." in screen.raw
        assert screen.attributes() == screen.attributes_before


@pytest.mark.parametrize(
    "arguments", [["list"], ["list", "--json"], ["show", "latest"], ["show", "latest", "--raw"]]
)
def test_batch_commands_do_not_import_the_interface(arguments: list[str], tmp_path: Path) -> None:
    name, *rest = arguments
    with serving(OddServer(make_messages(3))) as server:
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "poptui", name, url(server), *rest],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=batch_environment(tmp_path),
            timeout=PATIENCE,
            check=True,
        )
    modules = set(re.findall(r"\| +(\S+)$", done.stderr.decode(), re.MULTILINE))
    assert "poptui.mailbox.access.mailbox" in modules
    assert not {name for name in modules if name.split(".")[0] in ("textual", "keyring")}


@pytest.mark.parametrize("login", ["", ";auth=USER", ";auth=PLAIN", ";auth=LOGIN", ";auth=+APOP"])
def test_the_debug_file_has_the_session_but_no_secret(
    login: str, batch: RunBatch, tmp_path: Path
) -> None:
    file = tmp_path / "debug.log"
    with serving(OddServer(make_messages(3), password=KEY)) as server:
        env = {"POPTUI_PASSWORD": KEY}
        result = batch("show", url(server, login), "2", "--debug", str(file), env=env)
        wrong = batch(
            "list", url(server, login), "--debug", str(file), env={"POPTUI_PASSWORD": KEY + "x"}
        )
    assert (result.code, wrong.code) == (0, 4)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    story = file.read_text("utf-8")
    for word in ("C: CAPA", "C: RETR 2", "C: QUIT", "Go away!"):
        assert word in story
    for secret in (KEY, KEY + "x"):
        for form in (secret, f"\0user\0{secret}", f"user\0user\0{secret}"):
            assert form not in story
            assert b64encode(form.encode()).decode().rstrip("=")[:-2] not in story


def test_the_debug_file_of_the_interface(terminal: StartTerminal, tmp_path: Path) -> None:
    file = tmp_path / "debug.log"
    with serving(OddServer(make_messages(3), password=KEY)) as server:
        env = {"POPTUI_PASSWORD": KEY}
        screen = terminal(url(server, ";auth=PLAIN"), "--debug", str(file), env=env)
        screen.wait_for("letter 3")
        screen.press("enter")
        screen.wait_for("body 3")
        screen.press("x")
        assert screen.exit_code() == 0
    story = file.read_text("utf-8")
    assert "C: RETR 3" in story
    assert KEY not in story
    assert b64encode(f"\0user\0{KEY}".encode()).decode() not in story


def test_the_password_is_in_no_process_list(tmp_path: Path) -> None:
    with serving(OddServer(make_messages(3), ["top-hangs"])) as server:
        with start("list", url(server), home=tmp_path) as program:
            while b"TOP" not in server.keywords:
                assert program.poll() is None
            words = Path(f"/proc/{program.pid}/cmdline").read_bytes()
            program.send_signal(signal.SIGINT)
            program.communicate(timeout=PATIENCE)
    assert PASSWORD["POPTUI_PASSWORD"].encode() not in words


def test_help_in_a_process(batch: RunBatch) -> None:
    overview = batch("--help")
    assert (overview.code, overview.err) == (0, "")
    for word in ("poptui TARGET", "poptui demo", "list TARGET", "show TARGET", "pops://", "Exit"):
        assert word in overview.text
    for name in ("list", "show", "demo"):
        result = batch(name, "--help")
        assert (result.code, result.err) == (0, "")
        assert f"usage: poptui {name}" in result.text
        assert max(map(len, result.text.splitlines())) <= 100


def test_the_version(batch: RunBatch) -> None:
    result = batch("--version")
    assert (result.code, result.text) == (0, f"poptui {__version__}\n")


def test_only_cache_and_data_are_left_in_the_home(tmp_path: Path, batch: RunBatch) -> None:
    with serving(OddServer(make_messages(3))) as server:
        before = set(os.listdir(tmp_path))
        assert batch("list", url(server)).code == 0
    assert set(os.listdir(tmp_path)) - before <= {".cache", ".data"}
