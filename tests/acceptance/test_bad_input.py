"""Each error is one sentence and an exit code, in a batch command and on a terminal."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.program import PASSWORD, RunBatch, serving, write_config
from tests.acceptance.screen import READ, assert_restored, exit_message
from tests.cli.conftest import run_in_process
from tests.kit.certificates import Certificates
from tests.kit.dovecot import Dovecot
from tests.kit.listener import Listener
from tests.kit.odd import OddServer
from tests.kit.scripted import LOGIN, ScriptedServer, hold, steps
from tests.kit.terminal import StartTerminal
from tests.mailbox.watched import make_messages

HASTE = "timeout = 3\n"
"""A configuration with a short timeout."""


@dataclass(frozen=True)
class End:
    """How poptui ended: its exit code and its sentence."""

    code: int
    sentence: str


Try = Callable[..., End]


@pytest.fixture(params=["list", "open"])
def attempt(request: pytest.FixtureRequest, terminal: StartTerminal, tmp_path: Path) -> Try:
    """Try a TARGET with a batch command, in this process, or open it on a terminal."""
    settings = write_config(tmp_path, HASTE)

    def on_terminal(*arguments: str, env: dict[str, str] | None = None, question: str = "") -> End:
        screen = terminal(*arguments, columns=500, env=PASSWORD | settings | (env or {}))
        if question:
            screen.wait_for(question)
            screen.wait_quiet(READ)
            screen.press("esc")
        code = screen.exit_code()
        assert_restored(screen)
        assert b"Traceback" not in screen.raw
        return End(code, exit_message(screen))

    def in_batch(*arguments: str, env: dict[str, str] | None = None, question: str = "") -> End:
        result = run_in_process("list", *arguments, home=tmp_path, env=settings | (env or {}))
        assert result.out == b""
        return End(result.code, result.sentence)

    return in_batch if request.param == "list" else on_terminal


def url(server: Listener, scheme: str = "pop") -> str:
    return f"{scheme}://user@127.0.0.1:{server.port}"


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port on which nothing listens."""
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_a_wrong_password(attempt: Try) -> None:
    with serving(OddServer(make_messages(2))) as server:
        end = attempt(url(server), env={"POPTUI_PASSWORD": "wrong"})
    assert end.code == 4
    assert f"127.0.0.1:{server.port}" in end.sentence
    assert "user@127.0.0.1" in end.sentence
    assert "Go away!" in end.sentence
    assert "password" in end.sentence
    assert "wrong" not in end.sentence


@pytest.mark.parametrize("scheme", ["url", "tls_url"])
def test_a_wrong_password_at_dovecot(scheme: str, attempt: Try, dovecot: Dovecot) -> None:
    env = {"POPTUI_PASSWORD": "wrong"}
    end = attempt(getattr(dovecot, scheme), "--ca-file", dovecot.ca_file, env=env)
    assert end.code == 4
    assert dovecot.user in end.sentence
    assert "password" in end.sentence


def test_a_disconnect_after_a_wrong_password(attempt: Try) -> None:
    with serving(OddServer(make_messages(2), ["hang-up-on-bad-password"])) as server:
        end = attempt(url(server), env={"POPTUI_PASSWORD": "wrong"})
    assert end.code == 4


def test_a_disconnect_instead_of_an_answer_to_the_password(attempt: Try) -> None:
    login = [(None, b"+OK\r\n"), ("CAPA", b"-ERR\r\n"), ("USER .*", b"+OK\r\n"), ("PASS .*", b"")]
    with serving(ScriptedServer(login)) as server:
        end = attempt(url(server))
    assert end.code == 4
    assert "no answer" in end.sentence


def test_a_closed_port(attempt: Try, closed_port: int) -> None:
    end = attempt(f"pop://user@127.0.0.1:{closed_port}")
    assert end.code == 3
    assert f"127.0.0.1:{closed_port}" in end.sentence
    assert "port" in end.sentence


def test_an_unknown_host(attempt: Try) -> None:
    end = attempt("pops://user@mail.example.invalid")
    assert end.code == 3
    assert "mail.example.invalid" in end.sentence
    assert "check the name" in end.sentence


@pytest.mark.parametrize(
    ("name", "text", "scheme"),
    [
        ("stranger", "issuer", "pops"),
        ("stranger", "issuer", "pop"),
        ("expired", "expired", "pops"),
        ("wrong_host", "another host", "pop"),
    ],
)
def test_a_bad_certificate(
    name: str, text: str, scheme: str, attempt: Try, certificates: Certificates
) -> None:
    certificate = getattr(certificates, name)
    context = certificate.context()
    secured = {"tls": context} if scheme == "pops" else {"stls": context}
    options = ["--ca-file", certificates.ca_file]
    with serving(OddServer(make_messages(2), **secured)) as server:
        options += ["--starttls"] * (scheme == "pop")
        end = attempt(url(server, scheme), *options, question="Trust this certificate?")
        assert not {b"USER", b"APOP", b"AUTH", b"PASS"} & set(server.keywords)
    assert end.code == 3
    assert text in end.sentence
    assert f"127.0.0.1:{server.port}" in end.sentence
    assert f"--pin {certificate.fingerprint}" in end.sentence


def test_a_certificate_that_is_not_the_pinned_one(attempt: Try, certificates: Certificates) -> None:
    pin = certificates.stranger.fingerprint
    with serving(OddServer(make_messages(2), tls=certificates.good.context())) as server:
        end = attempt(url(server, "pops"), "--pin", pin)
        assert not {b"USER", b"APOP", b"AUTH", b"PASS"} & set(server.keywords)
    assert end.code == 3
    assert certificates.good.fingerprint in end.sentence


def test_no_stls_although_it_is_required(attempt: Try) -> None:
    with serving(OddServer(make_messages(2))) as server:
        end = attempt(url(server), "--starttls")
        assert not {b"USER", b"APOP", b"AUTH", b"PASS"} & set(server.keywords)
    assert end.code == 3
    assert "STLS" in end.sentence


def test_bytes_injected_before_tls(attempt: Try, certificates: Certificates) -> None:
    context: ssl.SSLContext = certificates.good.context()
    with serving(OddServer(make_messages(2), ["stls-injection"], stls=context)) as server:
        end = attempt(url(server), "--starttls", "--ca-file", certificates.ca_file)
        assert not {b"USER", b"APOP", b"AUTH", b"PASS"} & set(server.keywords)
    assert end.code in (3, 5)


@pytest.mark.parametrize(
    ("greeting", "text"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "SSH-2.0"),
        (b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n<html>", "HTTP/1.1"),
        (b"\x15\x03\x01\x00\x02\x02\x0a", "use pops://"),
    ],
    ids=["ssh", "http", "tls"],
)
def test_another_protocol(greeting: bytes, text: str, attempt: Try) -> None:
    with serving(ScriptedServer([(None, greeting)])) as server:
        end = attempt(url(server))
    assert end.code == 3
    assert text in end.sentence
    assert "POP3" in end.sentence or "TLS" in end.sentence
    assert f"127.0.0.1:{server.port}" in end.sentence


def test_tls_on_a_plaintext_port(attempt: Try) -> None:
    with serving(OddServer(make_messages(2))) as server:
        end = attempt(url(server, "pops"))
    assert end.code == 3
    assert "speaks POP3 without TLS" in end.sentence
    assert "pop://" in end.sentence


def test_a_server_that_refuses_the_connection(attempt: Try) -> None:
    with serving(ScriptedServer([(None, b"-ERR no service for you\r\n")])) as server:
        end = attempt(url(server))
    assert end.code == 3
    assert "no service for you" in end.sentence


def test_a_server_that_disconnects_at_once(attempt: Try) -> None:
    with serving(ScriptedServer([])) as server:
        end = attempt(url(server))
    assert end.code == 3
    assert "POP3" in end.sentence


def test_a_server_that_says_nothing(attempt: Try) -> None:
    with serving(ScriptedServer(hold)) as server:
        end = attempt(url(server))
        # The port is probed again, to find out what speaks there.
        assert server.connections <= 3
    assert end.code == 3
    assert "within 3 seconds" in end.sentence


def test_tls_that_hangs(attempt: Try) -> None:
    with serving(ScriptedServer(hold)) as server:
        end = attempt(url(server, "pops"))
    assert end.code == 3
    assert f"127.0.0.1:{server.port}" in end.sentence


def test_a_login_that_hangs_is_followed_by_another(batch: RunBatch, tmp_path: Path) -> None:
    settings = write_config(tmp_path, HASTE)
    with serving(OddServer(make_messages(2), ["apop-hangs"])) as server:
        result = batch("list", url(server), env=settings)
    assert result.code == 0
    assert len(result.text.splitlines()) == 2


@pytest.mark.parametrize("oddity", ["stat-hangs", "uidl-trickles"])
def test_a_listing_that_hangs(oddity: str, attempt: Try) -> None:
    with serving(OddServer(make_messages(2), [oddity])) as server:
        end = attempt(url(server))
    assert end.code == 5
    assert "within 3 seconds" in end.sentence


@pytest.mark.parametrize("oddity", ["uidl-cut", "list-endless-line"])
def test_a_listing_that_is_cut_off(oddity: str, attempt: Try) -> None:
    with serving(OddServer(make_messages(2), [oddity])) as server:
        end = attempt(url(server))
    assert end.code == 5
    assert f"127.0.0.1:{server.port}" in end.sentence


@pytest.mark.parametrize("oddity", ["in-use", "lock-in-prose"])
def test_a_batch_command_reports_a_locked_mailbox(oddity: str, batch: RunBatch) -> None:
    with serving(OddServer(make_messages(2), [oddity])) as server:
        end = batch("list", url(server))
        assert server.connections == 1
    assert end.code == 6
    assert "user@127.0.0.1" in end.sentence
    assert "again" in end.sentence or "later" in end.sentence


@pytest.mark.parametrize("oddity", ["in-use:1", "lock-in-prose:1"])
def test_the_screen_waits_for_a_locked_mailbox(oddity: str, terminal: StartTerminal) -> None:
    with serving(OddServer(make_messages(2), [oddity])) as server:
        screen = terminal(url(server), env=PASSWORD)
        screen.wait_for(re.compile(r"next try \d\d:\d\d:\d\d"))
        screen.wait_for("is locked")
        screen.press("r")
        screen.wait_for("letter 2")
        screen.wait_gone("is locked")
        screen.press("x")
        assert screen.exit_code() == 0


def test_leaving_while_the_mailbox_is_locked_reports_the_lock(terminal: StartTerminal) -> None:
    with serving(OddServer(make_messages(2), ["in-use"])) as server:
        screen = terminal(url(server), columns=500, env=PASSWORD)
        screen.wait_for("is locked")
        screen.press("q")
        assert screen.exit_code() == 6
        assert "is locked" in exit_message(screen)
        assert_restored(screen)


def test_a_server_that_falls_silent_after_the_login(attempt: Try) -> None:
    with serving(ScriptedServer(steps(*LOGIN[:-1], then=hold))) as server:
        end = attempt(url(server))
    assert end.code == 5


@pytest.mark.parametrize("keys", ["~:", "/", "j"])
def test_a_megabyte_of_typed_input_is_ignored(
    keys: str, dovecot: Dovecot, terminal: StartTerminal
) -> None:
    """From a terminal without bracketed paste; each key takes some milliseconds."""
    dovecot.deliver(make_messages(300))
    names = dovecot.files()
    screen = terminal(dovecot.url, env={"POPTUI_PASSWORD": dovecot.password})
    screen.wait_for("letter 300")
    screen.write(keys)
    screen.wait_quiet(READ)
    for _ in range(1000):
        screen.write("jk" * 500)
    screen.wait_for("Too much was typed at once")
    screen.press("esc", "esc")
    screen.wait_quiet(READ)
    screen.press("ctrl+c")
    screen.wait_quiet(READ)
    screen.press("ctrl+c")
    assert screen.exit_code() == 0
    assert dovecot.files() == names
