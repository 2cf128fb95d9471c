"""Passwords: the order of the sources, and what happens if one fails."""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keyring.errors
import pytest

from poptui.errors import LoginError
from poptui.net.server import parse_target
from poptui.secret import Secret
from poptui.storage import keyring_store, secrets, user_command
from poptui.storage.secrets import find_password
from tests.kit.terminal import Terminal

SERVER = parse_target("pops://me@mail.example.com")
ASK = """
import asyncio, sys
from poptui.errors import PoptuiError
from poptui.net.server import Server, parse_target
from poptui.storage.secrets import find_password
try:
    server, command = parse_target("pops://me@mail.example.com"), "".join(sys.argv[1:])
    secret, source = asyncio.run(find_password(server, stdin=False, command=command, say=print))
    print("got", secret, len(secret.reveal()), source)
except PoptuiError as fault:
    print(fault)
except (KeyboardInterrupt, asyncio.CancelledError):
    print("interrupted")
"""

Lookup = Callable[[str, str], str | None]


def use_keyring(monkeypatch: pytest.MonkeyPatch, lookup: Lookup) -> None:
    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=lookup))


def use_stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


@pytest.fixture(autouse=True)
def no_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests from asking the person who runs them."""

    def ask(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", ask)


@pytest.fixture
def prompt(tmp_path: Path) -> Iterator[Terminal]:
    with Terminal([sys.executable, "-c", ASK], home=tmp_path) as terminal:
        terminal.wait_for("Password for me@mail.example.com: ")
        yield terminal


@pytest.mark.parametrize(
    ("data", "password"),
    [
        (b"first\nsecond\n", "first"),
        (b"with space \r\n", "with space "),
        ("пароль".encode(), "пароль"),
    ],
)
async def test_stdin_comes_first(
    monkeypatch: pytest.MonkeyPatch, data: bytes, password: str
) -> None:
    monkeypatch.setenv("POPTUI_PASSWORD", "environment")
    use_stdin(monkeypatch, data)
    assert (await find_password(SERVER, stdin=True)).secret.reveal() == password


async def test_esc_at_the_prompt_is_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt: "\x1b")
    monkeypatch.setattr(secrets, "terminal", lambda missing: nullcontext())
    with pytest.raises(LoginError, match="No password was given"):
        await secrets.ask_password("Password: ")


@pytest.mark.parametrize(
    ("data", "problem"), [(b"", "No password was given"), (b"\xff\n", "is not UTF-8")]
)
async def test_stdin_without_a_password(
    monkeypatch: pytest.MonkeyPatch, data: bytes, problem: str
) -> None:
    use_stdin(monkeypatch, data)
    with pytest.raises(LoginError, match=problem):
        await find_password(SERVER, stdin=True)


async def test_the_environment_comes_before_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPTUI_PASSWORD", "environment")
    use_keyring(monkeypatch, lambda service, name: "keyring")
    assert (await find_password(SERVER, stdin=False)).secret.reveal() == "environment"


async def by_command(command: str) -> Secret:
    return (await find_password(SERVER, stdin=False, command=command)).secret


@pytest.mark.parametrize(
    ("command", "password"),
    [
        ("echo secret; echo 'user: me'", "secret"),
        ("printf 'with space \\r\\n'", "with space "),
        ("printf пароль", "пароль"),
        ("yes secret | head -c 300000", "secret"),
    ],
)
async def test_a_command_comes_before_the_keyring(
    monkeypatch: pytest.MonkeyPatch, command: str, password: str
) -> None:
    use_keyring(monkeypatch, lambda service, name: "keyring")
    assert (await by_command(command)).reveal() == password


async def test_the_environment_comes_before_a_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("POPTUI_PASSWORD", "environment")
    asked = tmp_path / "asked"
    found = await by_command(f"touch '{asked}'; echo command")
    assert found.reveal() == "environment"
    assert not asked.exists()


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("echo secret; exit 3", "for me@mail.example.com ended with 3, so poptui did not log in."),
        ("kill -9 $$", "ended with -9"),
        ("no-such-program-here", "ended with 127"),
        ("true", "printed nothing as its first line"),
        (r"printf '\377\n'", "is not UTF-8"),
    ],
)
async def test_a_failing_command_is_reported(command: str, sentence: str) -> None:
    with pytest.raises(LoginError, match=re.escape(sentence)):
        await by_command(f"{command} 2>/dev/null")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("yes secret", "printed more than 1 MB, so poptui stopped it and did not log in."),
        ("head -c 20000 /dev/zero | tr '\\0' x", "printed a first line of 20,000 bytes"),
        (
            "echo first >&2; printf 'gpg: \\033[2Jno key\\n\\n' >&2; exit 2",
            "ended with 2, so poptui did not log in. It said “gpg: \ufffd[2Jno key”.",
        ),
        ("echo locked >&2", "so poptui did not log in. It said “locked”."),
        ("echo hunter2; echo not hunter2 >&2; exit 1", "It said “not ***”."),
    ],
)
async def test_a_useless_command_is_stopped_and_quoted(command: str, sentence: str) -> None:
    with pytest.raises(LoginError, match=re.escape(sentence)):
        await by_command(command)


async def test_a_hanging_command_is_killed_with_its_children(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pid_file = tmp_path / "begun"
    os.mkfifo(pid_file)
    monkeypatch.setattr(user_command, "TIME_LIMIT_S", 0.2)
    limit = asyncio.timeout(None)
    monkeypatch.setattr(asyncio, "timeout", lambda seconds: limit)
    command = f"echo asking >&2; sh -c 'echo $$ >{pid_file}; exec sleep 60' & wait"
    asking = asyncio.create_task(by_command(command))
    number = await _number_from(pid_file)
    limit.reschedule(0.0)
    with pytest.raises(
        LoginError, match=r"did not end within 0\.2 seconds.*It said “asking”\. Try"
    ):
        await asking
    await asyncio.to_thread(_wait_for_end, number)


async def _number_from(pipe: Path) -> int:
    """Return the number that a command writes to a named pipe; fail if it writes nothing.

    A thread that opens the pipe would wait for ever then, and the whole test process with it.
    """
    loop, readable = asyncio.get_running_loop(), asyncio.Event()
    descriptor = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    loop.add_reader(descriptor, readable.set)
    try:
        await asyncio.wait_for(readable.wait(), 60)
        return int(os.read(descriptor, 100))
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _wait_for_end(number: int) -> None:
    """Wait until a killed process has ended, which takes a moment."""
    deadline = time.monotonic() + 60
    while _runs(number):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _runs(number: int) -> bool:
    """Whether a process is running; one that has ended may not have been reaped by init."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_processes_left_by_a_command_are_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(user_command, "LAST_OUTPUT_S", 0.05)
    assert (await by_command("sleep 2 & echo secret")).reveal() == "secret"


async def test_an_abandoned_command_is_killed(tmp_path: Path) -> None:
    pid_file = tmp_path / "begun"
    os.mkfifo(pid_file)
    command = f"echo $$ >'{pid_file}'; exec sleep 60"
    asking = asyncio.create_task(by_command(command))
    number = await _number_from(pid_file)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


async def test_a_command_abandoned_during_its_start_is_killed_with_its_children(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pid_file = tmp_path / "begun"
    os.mkfifo(pid_file)
    loop = asyncio.get_running_loop()
    start, numbers, may_go_on = loop.subprocess_shell, list[int](), asyncio.Event()

    async def start_slowly(*arguments: Any, **options: Any) -> Any:
        started = await start(*arguments, **options)
        numbers.append(await _number_from(pid_file))
        await may_go_on.wait()
        return started

    monkeypatch.setattr(loop, "subprocess_shell", start_slowly)
    asking = asyncio.create_task(by_command(f"sh -c 'echo $$ >{pid_file}; exec sleep 60' & wait"))
    while not numbers:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    asking.cancel()
    may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.to_thread(_wait_for_end, numbers[0])


async def test_the_keyring_entry_is_user_and_address(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {("poptui", "me@mail.example.com:995"): "keyring"}
    use_keyring(monkeypatch, lambda service, name: kept.get((service, name)))
    assert (await find_password(SERVER, stdin=False)).secret.reveal() == "keyring"


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (keyring.errors.NoKeyringError("none"), "This machine has no keyring, and there is no"),
        (keyring.errors.KeyringLocked("x"), "The keyring is locked and was not unlocked, and"),
        (
            keyring.errors.InitError("\x1b[2Jno"),
            "The keyring refused (“\ufffd[2Jno”), and there is",
        ),
        (RuntimeError(), "The keyring refused, and there is no terminal to ask on"),
        (ImportError("keyring"), "This machine has no keyring, and"),
    ],
)
async def test_a_failing_keyring_is_named_and_what_else_works(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, sentence: str
) -> None:
    def fail(service: str, name: str) -> str:
        raise failure

    use_keyring(monkeypatch, fail)
    monkeypatch.setattr("os.open", no_terminal)
    with pytest.raises(LoginError) as caught:
        await find_password(SERVER, stdin=False)
    assert str(caught.value).startswith(sentence)
    assert str(caught.value).endswith(
        "give the password with --password-stdin, in POPTUI_PASSWORD, by a password_command."
    )


async def test_a_hanging_keyring_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    use_keyring(monkeypatch, lambda service, name: str(released.wait()))
    monkeypatch.setattr(keyring_store, "KEYRING_TIMEOUT_S", 0.05)
    monkeypatch.setattr("os.open", no_terminal)
    with pytest.raises(LoginError, match=r"The keyring did not answer within 0\.05 seconds, and"):
        await find_password(SERVER, stdin=False)
    released.set()


async def test_a_late_keyring_answer_after_cancelling_is_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started, released = threading.Event(), threading.Event()

    def wait(service: str, name: str) -> str:
        started.set()
        return str(released.wait())

    use_keyring(monkeypatch, wait)
    asking = asyncio.create_task(find_password(SERVER, stdin=False))
    await asyncio.to_thread(started.wait, 60)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    released.set()


async def test_without_a_terminal_the_error_lists_the_alternatives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.open", no_terminal)
    with pytest.raises(LoginError, match=r"no terminal to ask on: .*--password-stdin"):
        await find_password(SERVER, stdin=False)


def no_terminal(path: str, flags: int) -> int:
    raise OSError(6, "No such device or address")


def test_the_prompt_shows_nothing(prompt: Terminal) -> None:
    prompt.press(*"hunter2", "enter")
    prompt.wait_for("got Secret(***) 7 PasswordSource.PROMPT")
    assert b"hunter2" not in prompt.raw
    assert prompt.exit_code() == 0
    assert prompt.attributes() == prompt.attributes_before


def test_a_command_may_ask_on_the_terminal(tmp_path: Path) -> None:
    command = "printf 'PIN\\033[2J: ' >&2; stty -echo </dev/tty; read pin </dev/tty; echo got$pin"
    with Terminal([sys.executable, "-c", ASK, command], home=tmp_path) as terminal:
        terminal.wait_for("PIN\ufffd[2J:")
        terminal.press(*"1234", "enter")
        terminal.wait_for("got Secret(***) 7 PasswordSource.COMMAND")
        assert terminal.exit_code() == 0
        assert terminal.attributes() == terminal.attributes_before


def test_ctrl_c_in_a_command_interrupts_poptui_too(tmp_path: Path) -> None:
    with Terminal(
        [sys.executable, "-c", ASK, "echo wait >&2; exec sleep 60"], home=tmp_path
    ) as terminal:
        terminal.wait_for("wait")
        terminal.press("ctrl+c")
        terminal.wait_for("interrupted")
        assert terminal.exit_code() == 0


def test_an_empty_password_is_no_password(prompt: Terminal) -> None:
    prompt.press("enter")
    prompt.wait_for("No password was given")


def test_ctrl_c_at_the_prompt_restores_the_terminal(prompt: Terminal) -> None:
    prompt.press("ctrl+c")
    prompt.wait_for("interrupted")
    assert prompt.exit_code() == 0
    assert prompt.attributes() == prompt.attributes_before
