"""A terminal that isn't UTF-8 gets its own encoding, and no character makes a command fail."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.acceptance.hostile import encoded
from tests.acceptance.program import (
    PASSWORD,
    PATIENCE,
    batch_environment,
    command,
    serving,
)
from tests.acceptance.spam import spam
from tests.kit.odd import OddServer
from tests.kit.terminal import StartTerminal

SUBJECT = "Grüße für 5 € \u06db 語 🎁 Жук राजेश"
"""U+06DB ends in 0x9B, which begins a command in an 8-bit terminal."""
NAME = "Zoë \u06db"
NO_COERCION = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ASCII: dict[str, Mapping[str, str]] = {
    "LC_ALL=C": {"LC_ALL": "C"},
    "LC_ALL=POSIX": {"LC_ALL": "POSIX"},
    "LC_ALL=C, no UTF-8 mode": {"LC_ALL": "C", "PYTHONUTF8": "0"},
    "LANG=C, as it is": {"LANG": "C", **NO_COERCION},
    "LANG=POSIX, as it is": {"LANG": "POSIX", **NO_COERCION},
    "LANG=C, not coerced": {"LANG": "C", "PYTHONCOERCECLOCALE": "0"},
    "an encoding that nobody knows": {"LANG": "de_DE.NEXTSTEP-9"},
}
LATIN: dict[str, Mapping[str, str]] = {
    "LANG": {"LANG": "de_DE.ISO-8859-1"},
    "LC_ALL": {"LC_ALL": "de_DE.ISO-8859-1"},
    "LC_CTYPE": {"LC_CTYPE": "de_DE.ISO-8859-1"},
    "Python's own": {"PYTHONIOENCODING": "iso-8859-1"},
}
ANY = {**ASCII, **{f"Latin-1 by {name}": env for name, env in LATIN.items()}}
DELETE = ("triage", "--filter", "is:spam", "--delete", "--yes")


def message(number: int) -> bytes:
    rest = spam(number).partition(b"\r\nTo:")[2]
    text = (
        f"From: {encoded(NAME)} <x{number}@example.org>\r\n"
        f"Date: Thu, 17 Dec 2009 18:18:12 +0300\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\nTo:"
    )
    subject = f"Subject: {encoded(SUBJECT)}\r\n".encode()
    mail = text.encode() + rest.replace(f"Subject: you won {number}\r\n".encode(), subject)
    return mail.replace(b"\r\n\r\nbody", f"\r\n\r\nbody {SUBJECT}".encode())


@pytest.fixture
def server() -> Iterator[OddServer]:
    with serving(OddServer([message(1), message(2)])) as one:
        yield one


def run(
    server: OddServer, home: Path, env: Mapping[str, str], name: str, *rest: str
) -> tuple[int, bytes, bytes]:
    done = subprocess.run(
        command(name, f"pop://user@127.0.0.1:{server.port}", *rest),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=batch_environment(home, env),
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("env", ASCII.values(), ids=ASCII)
def test_only_ascii_if_the_locale_says_so(
    env: Mapping[str, str], server: OddServer, tmp_path: Path
) -> None:
    for words in (("show", "1"), ("list",)):
        code, out, err = run(server, tmp_path, env, *words)
        assert code == 0, err
        assert out.isascii()
        assert err.isascii()
    assert b"Gr??e f?r 5 ? ? ?? ?? ??? ????" in out


@pytest.mark.parametrize("words", [("show", "1", "--headers"), ("triage", *DELETE[1:3])])
def test_every_command_keeps_to_ascii(
    words: tuple[str, ...], server: OddServer, tmp_path: Path
) -> None:
    code, out, err = run(server, tmp_path, ASCII["LC_ALL=C"], *words)
    assert code == 0, err
    assert out.isascii()
    assert err.isascii()


@pytest.mark.parametrize("env", LATIN.values(), ids=LATIN)
def test_latin_1_if_the_locale_says_so(
    env: Mapping[str, str], server: OddServer, tmp_path: Path
) -> None:
    code, out, _ = run(server, tmp_path, env, "list")
    assert code == 0
    assert "Grüße für 5 ? ? ?? ?? ??? ????" in out.decode("latin-1")
    assert not [byte for byte in out if 0x80 <= byte < 0xA0]


@pytest.mark.parametrize(
    ("form", "env"),
    [
        *(pytest.param("--jsonl", env, id=name) for name, env in ANY.items()),
        pytest.param("--json", ASCII["LC_ALL=C"], id="one array"),
    ],
)
def test_a_deletion_is_reported_in_full(
    env: Mapping[str, str], form: str, server: OddServer, tmp_path: Path
) -> None:
    name, *rest = DELETE
    code, out, err = run(server, tmp_path, env, name, *rest, form)
    assert code == 0, err
    assert server.uids == []
    assert out.isascii()
    rows = json.loads(out) if form == "--json" else [json.loads(row) for row in out.splitlines()]
    assert [(row["subject"], row["outcome"]) for row in rows] == [(SUBJECT, "deleted")] * 2
    assert b"2 messages" in err


def test_json_stays_readable_in_utf_8(server: OddServer, tmp_path: Path) -> None:
    _, out, _ = run(server, tmp_path, {}, "list", "--jsonl")
    assert SUBJECT.encode() in out


@pytest.mark.parametrize(
    ("size", "env"),
    [
        *(((80, 24), env) for env in ANY.values() if "LC_ALL" in env),
        *(((120, 40), ANY[name]) for name in ("LC_ALL=C", "Latin-1 by LC_ALL")),
    ],
)
def test_the_screen(
    size: tuple[int, int], env: Mapping[str, str], server: OddServer, terminal: StartTerminal
) -> None:
    target = f"pop://user@127.0.0.1:{server.port}"
    screen = terminal(target, columns=size[0], rows=size[1], env={**PASSWORD, **env})
    screen.wait_for("e f")
    screen.press("enter")
    screen.wait_for("body Gr")
    screen.press("d", "q")
    screen.wait_for("Delete 1")
    screen.press("esc")
    screen.wait_gone("Delete 1")
    screen.press("x")
    assert screen.exit_code() == 0
    assert not [byte for byte in screen.raw if 0x80 <= byte < 0xA0]
    assert screen.raw.isascii() or "8859" in env["LC_ALL"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("form", ["--json", "--jsonl", ""])
def test_an_unwritable_stderr_does_not_change_the_exit_code(
    form: str, server: OddServer, tmp_path: Path
) -> None:
    name, *rest = DELETE
    env = batch_environment(tmp_path)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command(name, f"pop://user@127.0.0.1:{server.port}", *rest, *filter(None, [form])),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=full,
            env=env,
            timeout=PATIENCE,
            check=False,
        )
    assert server.uids == []
    assert done.returncode == 0
    if form:
        assert done.stdout.count(b'"deleted"') == 2


def test_closed_streams_do_not_change_the_exit_code(server: OddServer, tmp_path: Path) -> None:
    name, *rest = DELETE
    words = command(name, f"pop://user@127.0.0.1:{server.port}", *rest, "--json")
    shell = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *words]
    done = subprocess.run(
        shell,
        stdin=subprocess.DEVNULL,
        env=batch_environment(tmp_path),
        timeout=PATIENCE,
        check=False,
    )
    assert server.uids == []
    assert done.returncode == 0


def test_the_pager_gets_the_encoding_of_the_terminal(
    server: OddServer, terminal: StartTerminal, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    pager = tmp_path / "pager"
    pager.write_text(f'#!/bin/sh\ncat "$1" > {copy}\n')
    os.chmod(pager, 0o700)
    env = {**PASSWORD, "LC_ALL": "C", "PAGER": str(pager)}
    screen = terminal(f"pop://user@127.0.0.1:{server.port}", env=env)
    screen.wait_for("e f")
    screen.press("enter")
    screen.wait_for("body Gr")
    screen.press("e")
    screen.wait_until(lambda _: copy.exists() and copy.read_bytes().count(b"body") > 0)
    assert copy.read_bytes().isascii()
    screen.press("x")
    assert screen.exit_code() == 0
