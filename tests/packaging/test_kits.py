"""Tests of the test kits, because other tests rely on them."""

from __future__ import annotations

import poplib
import re
import signal
import ssl
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.kit.dovecot import Dovecot, DovecotServer
from tests.kit.escapes import PrivateModes, for_pyte
from tests.kit.terminal import Terminal

MESSAGES = [b"Subject: %d\n\nbody\n" % number for number in range(12)]
RAW = "import sys, tty; tty.setraw(0); print('ready', end='', flush=True); sys.stdin.read(1)"


@pytest.fixture
def cat(tmp_path: Path) -> Iterator[Terminal]:
    with Terminal(["/bin/cat"], home=tmp_path, columns=40, rows=10) as terminal:
        yield terminal


def python(code: str, home: Path) -> Terminal:
    return Terminal([sys.executable, "-c", code], home=home)


def test_dovecot_serves_delivered_messages_in_order(dovecot: Dovecot) -> None:
    names = dovecot.deliver(MESSAGES)
    with closing(poplib.POP3("127.0.0.1", dovecot.port, timeout=60)) as client:
        client.user(dovecot.user)
        client.pass_(dovecot.password)
        subjects = [client.top(number + 1, 0)[1][0] for number in range(len(MESSAGES))]
        client.retr(3)
        client.dele(2)
        client.quit()
    assert subjects == [b"Subject: %d" % number for number in range(len(MESSAGES))]
    assert dovecot.files() == set(names) - {names[1]}


def test_dovecot_accepts_apop_and_tls(dovecot: Dovecot) -> None:
    dovecot.deliver(MESSAGES[:2])
    with closing(poplib.POP3("127.0.0.1", dovecot.port, timeout=60)) as client:
        client.apop(dovecot.user, dovecot.password)
        assert client.stat()[0] == 2
        client.quit()
    context = ssl.create_default_context(cafile=dovecot.ca_file)
    with closing(poplib.POP3("127.0.0.1", dovecot.port, timeout=60)) as client:
        client.stls(context)
        client.user(dovecot.user)
        client.pass_(dovecot.password)
        client.quit()
    line = poplib.POP3_SSL("127.0.0.1", dovecot.tls_port, timeout=60, context=context)
    with closing(line) as client:
        client.user(dovecot.user)
        client.pass_(dovecot.password)
        client.quit()
    dovecot.wait_for_log("Login:", times=3)


def test_users_share_a_server_but_no_messages(dovecot_server: DovecotServer) -> None:
    one, other = dovecot_server.new_user(), dovecot_server.new_user()
    one.deliver(MESSAGES[:1])
    assert one.files()
    assert not other.files()


def test_terminal_shows_what_the_program_writes(cat: Terminal) -> None:
    cat.press("h", "i", "enter")
    cat.wait_until(lambda lines: [line.rstrip() for line in lines[:2]] == ["hi", "hi"])
    assert cat.raw == b"hi\r\nhi\r\n"
    assert len(cat.screen()) == 10
    cat.press("ctrl+d")
    assert cat.exit_code() == 0


def test_the_terminal_reports_what_it_waited_for(cat: Terminal) -> None:
    with pytest.raises(AssertionError, match="waited 0 s for 'nothing'"):
        cat.wait_for("nothing", timeout=0)


def test_a_program_that_has_something_to_do_is_not_quiet(tmp_path: Path) -> None:
    code = (
        "from time import process_time\n"
        "print('begun', flush=True)\n"
        "while process_time() < 1: pass\n"
        "print('done', flush=True)\n"
        "input()"
    )
    with python(code, tmp_path) as terminal:
        terminal.wait_for("begun")
        assert "done" in "\n".join(terminal.wait_quiet(0.1))


def test_terminal_passes_signals_and_resizes(tmp_path: Path) -> None:
    code = (
        "import os, signal, time\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH})\n"
        "print('ready', flush=True)\n"
        "signal.sigwait({signal.SIGWINCH})\n"
        "print(os.get_terminal_size(), flush=True)\n"
        "time.sleep(60)"
    )
    with python(code, tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.resize(100, 30)
        terminal.wait_for(re.compile("columns=100, lines=30"))
        terminal.signal(signal.SIGTERM)
        assert terminal.exit_code() == -signal.SIGTERM


def test_ctrl_c_reaches_only_the_program(cat: Terminal) -> None:
    cat.press("ctrl+c")
    assert cat.exit_code() == -signal.SIGINT


def test_hanging_up_ends_the_program(tmp_path: Path) -> None:
    with Terminal(["/bin/sleep", "60"], home=tmp_path) as terminal:
        terminal.hang_up()
        assert terminal.exit_code() == -signal.SIGHUP


def test_changed_terminal_settings_are_noticed_after_the_end(tmp_path: Path) -> None:
    with python(RAW, tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.press("x")
        assert terminal.exit_code() == 0
        assert terminal.attributes() != terminal.attributes_before


def test_settings_are_the_same_after_a_quiet_program(cat: Terminal) -> None:
    cat.press("ctrl+d")
    cat.exit_code()
    assert cat.attributes() == cat.attributes_before
    assert cat.modes.restored


@pytest.mark.parametrize(
    ("raw", "restored"),
    [
        (b"\x1b[?1049h\x1b[?1000h\x1b[?25l", False),
        (b"\x1b[?1049h\x1b[?1049l", True),
        (b"\x1b[?1000;1006h\x1b[?1000l", False),
        (b"\x1b[?25l\x1b[?25h", True),
        (b"\x1b[?7l", False),
        (b"\x1b[>1u", False),
        (b"\x1b[>1u\x1b[<u", True),
    ],
)
def test_modes_left_on_are_noticed(raw: bytes, restored: bool) -> None:
    assert PrivateModes.of(raw).restored is restored


def test_sequences_unknown_to_the_emulator_are_dropped() -> None:
    raw = b"a\x1b[>1ub\x1b]0;title\x1b\\c\x1b[?2026$pd\x1b[1mE\x1b[0m\x1bP+q00\x1b\\f\x1b]8;;\x07"
    shown, pending = b"", b""
    for octet in raw:
        more, pending = for_pyte(pending + bytes([octet]))
        shown += more
    assert (shown, pending) == (b"abcd\x1b[1mE\x1b[0mf", b"")
