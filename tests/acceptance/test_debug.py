"""A debug file shows what happened but no secret, and can be replayed as a server."""

from __future__ import annotations

import asyncio
import logging
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.cli.debug_log import debug_handler
from poptui.errors import PoptuiError
from poptui.mailbox.changes import ConnectionState
from poptui.net.wire_log import MAX_TEXT_LINES, WireLog, escaped
from poptui.pop3.commands import Command, Noop, Retr
from poptui.secret import Secret, hide_secrets
from tests.acceptance.program import RunBatch, poptui, serving
from tests.cli.conftest import run_in_process
from tests.kit.dovecot import Dovecot
from tests.kit.listener import Listener, received
from tests.kit.odd import OddServer
from tests.kit.replay import Exchange, ReplayServer, recorded_sessions, unescaped
from tests.mailbox.journals import WatchedJournal
from tests.mailbox.watched import Watched, make_message, make_messages


@contextmanager
def recording(file: Path) -> Iterator[None]:
    """Log everything in this process to ``file``, as ``--debug`` does."""
    root, handler = logging.getLogger("poptui"), debug_handler(str(file))
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()


async def story(port: int) -> list[str]:
    """What a user sees of a session on this port, with the port left out."""
    watched = Watched(port, timeout=0.5, background=False)
    sentences: list[str] = []
    try:
        await watched.ready()
        watched.mailbox.marks.mark(watched.entries[:1])
        outcome = await watched.mailbox.commit.run(stay=False)
        sentences.append(f"{len(outcome.deleted)} deleted, {outcome.proof}, {outcome.reply}")
    except PoptuiError as error:
        sentences.append(f"{type(error).__name__}: {error}")
    finally:
        watched.mailbox.session.abandon()
        await watched.mailbox.close()
    for entry in watched.entries:
        sentences.append(f"{entry.number} {entry.uid} {entry.size} {entry.header} {entry.problem}")
    sentences += watched.notices
    return [re.sub(r"127\.0\.0\.1:\d+", "SERVER", line) for line in sentences]


@pytest.mark.parametrize(
    "oddity",
    [
        "",
        "no-uidl",
        "no-top",
        "no-capa",
        "top-whole-message",
        "uid-not-ascii",
        "duplicate-uids",
        "bare-lf",
        "blank-lines-between",
        "stat-many-lines",
        "top-cut:2",
        "top-hangs",
        "list-hangs-up",
        "in-use",
        "dele-refused",
        "quit-refused",
        "pipelining-unadvertised",
        "burst-second-dropped",
        "burst-hangs-up",
        "no-crlf-before-dot",
    ],
)
async def test_a_replayed_session_shows_the_same(oddity: str, tmp_path: Path) -> None:
    file = tmp_path / "debug.log"
    with recording(file):
        async with OddServer(make_messages(5), [oddity] if oddity else []) as server:
            recorded = await story(server.port)
    async with ReplayServer(file.read_text("utf-8")) as replay:
        assert await story(replay.port) == recorded
    assert not [line for line in replay.unknown if line.split()[0] not in ("NOOP", "LIST", "RSET")]


async def test_decisions_states_waits_journal_and_commit_are_logged(tmp_path: Path) -> None:
    file = tmp_path / "debug.log"
    with recording(file):
        async with OddServer(make_messages(3), ["pipelining-unadvertised"]) as server:
            watched = Watched(
                server.port, open_journal=lambda: WatchedJournal(tmp_path / "journal.sqlite3")
            )
            await watched.ready()
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            await watched.mailbox.commit.run(stay=True)
            watched.mailbox.marks.mark([watched.entry("uid-0001")])
        await watched.until(lambda: watched.mailbox.session.state is ConnectionState.WAITING)
        watched.mailbox.session.abandon()
        await watched.mailbox.close()
    records = [line.split(" ", 2)[1:] for line in file.read_text("utf-8").splitlines()]
    assert {level for level, _ in records} == {"DEBUG", "INFO"}
    messages = "\n".join(" ".join(record) for record in records)
    for pattern in (
        r"poptui\.net\.connecting: connecting to 127\.0\.0\.1:\d+ as user: unencrypted",
        r"poptui\.net\.login: logging in by APOP, unencrypted: the strongest one",
        r"poptui\.net\.pipelining_policy: pipelining with \S+ is off for now: not announced",
        r"poptui\.mailbox\.state: the connection is online",
        r"poptui\.mailbox\.marks\.mark_writer: the journal has 1 more marks \['uid-0002'\]",
        r"commit\.service: commit of 1 messages: 2 \(uid-0002\)",
        r"commit\.service: the server holds as deleted: \[2\]",
        r"commit\.service: QUIT was answered \+OK",
        r"commit\.service: the outcome, by .*: deleted: 2 \(uid-0002\); remaining: none",
        r"poptui\.net\.server_connection: the session failed: .* \(ConnectionClosedError\)",
        r"poptui\.mailbox\.session\.manager: trying again in \d+\.\d s",
        r"poptui\.mailbox\.state: the connection is waiting",
    ):
        assert re.search(pattern, messages), pattern


def test_a_debug_file_of_dovecot_can_be_replayed(dovecot: Dovecot, tmp_path: Path) -> None:
    dovecot.deliver([make_message(1, "to be hidden"), *make_messages(4)])
    file, env = tmp_path / "debug.log", {"POPTUI_PASSWORD": dovecot.password}
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    words = ("--json", "--debug", str(file), "--ca-file", str(dovecot.ca_file))
    listed = poptui("list", dovecot.tls_url, *words, home=tmp_path / "first", env=env)
    assert listed.code == 0, listed.err
    log = file.read_text("utf-8")
    for pattern in (
        "TLSv1.",
        "cipher TLS_",
        "logging in by ",
        "CAPA before",
        "pipelining with",
        "poptui 0",
    ):
        assert pattern in log, pattern
    assert dovecot.password not in log
    with serving(ReplayServer(log)) as replay:
        url = f"pop://{dovecot.user}@127.0.0.1:{replay.port}"
        again = poptui("list", url, "--json", home=tmp_path / "second")
    assert (again.code, again.out) == (0, listed.out), again.err
    assert [line.split()[0] for line in replay.unknown] == ["APOP"], "which only TLS made needless"


def test_the_text_of_messages_is_not_in_the_debug_file(batch: RunBatch, tmp_path: Path) -> None:
    file = tmp_path / "debug.log"
    text = "Dear diary.\r\n.\r\n" + "a secret line\r\n" * (MAX_TEXT_LINES + 50)
    message = make_message(1).replace(b"body 1", text.replace("\r\n.", "\r\n..").encode())
    with serving(OddServer([message])) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        shown = batch("show", url, "1", "--debug", str(file))
    log = file.read_text("utf-8")
    assert "a secret line" in shown.text
    assert "letter 1" in log
    assert "diary" not in log
    assert "secret line" not in log
    assert "S: xxxxxxxxxx." in log
    assert re.search(r"S! \d+ more lines, \d+ bytes", log)
    with serving(ReplayServer(log)) as replay:
        url = f"pop://user@127.0.0.1:{replay.port}"
        raw = batch("show", url, "1", "--raw")
    assert raw.code == 0
    assert len(raw.out.splitlines()) == len(message.splitlines())


class EchoingServer(Listener):
    """A server that refuses every login, with a text given by the test."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._refusal = f"-ERR {words}\r\n".encode()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"+OK hello <1.2@x.example>\r\n")
        challenges = [b"+ VXNlcm5hbWU6\r\n", b"+ UGFzc3dvcmQ6\r\n"]
        while line := await received(reader):
            if line == b"CAPA":
                writer.write(b"+OK\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n")
            elif line.startswith(b"USER"):
                writer.write(b"+OK\r\n")
            elif line == b"AUTH LOGIN" or (b" " not in line and len(challenges) == 1):
                writer.write(challenges.pop(0))
            else:
                writer.write(self._refusal)


@pytest.mark.parametrize("login", ["USER", "PLAIN", "LOGIN", "+APOP"])
@pytest.mark.parametrize("form", ["{}", "no such user or {}!", "\\{}\\", "{} {}"])
def test_a_secret_that_the_server_echoes_is_hidden(login: str, form: str, tmp_path: Path) -> None:
    file, secret = tmp_path / "debug.log", "tr3asur3-\xfc"
    plain = b64encode(f"\0user\0{secret}".encode()).decode()
    with serving(EchoingServer(f"{form.format(secret, plain)} {plain}")) as server:
        url = f"pop://user@127.0.0.1:{server.port};auth={login}"
        env = {"POPTUI_PASSWORD": secret}
        result = run_in_process("list", url, "--debug", str(file), home=tmp_path, env=env)
    log = file.read_text("utf-8")
    assert result.code == 4
    for word in (secret, secret.upper(), escaped(secret.encode()), "tr3asur3", plain[8:24]):
        assert word not in log, log


@given(st.text(min_size=1, max_size=20), st.text(max_size=10), st.text(max_size=10))
def test_no_form_of_a_secret_remains(value: str, before: str, after: str) -> None:
    secret = f"<{value}>{value}"
    Secret(secret)
    octets = secret.encode("utf-8", "replace")
    forms = [secret, repr(secret), escaped(octets), repr(octets)]
    for form in forms:
        hidden = hide_secrets(f"{before} {form} {after}")
        assert secret not in hidden.replace(before, "").replace(after, "")
        assert "***" in hidden
    coded = b64encode(before.encode("utf-8", "replace") + octets + after.encode("utf-8", "replace"))
    assert "***" in hide_secrets(coded.decode())


@given(st.binary())
def test_escaped_bytes_can_be_restored(octets: bytes) -> None:
    shown = escaped(octets)
    assert shown.isascii()
    assert shown.isprintable() or not shown
    assert unescaped(shown) == octets


@given(st.lists(st.binary(max_size=30), max_size=6), st.sampled_from([Noop(), Retr(1)]))
def test_any_bytes_are_logged_line_by_line_however_they_are_cut(
    pieces: list[bytes], command: Command
) -> None:
    whole, cut = _logged([b"".join(pieces)], command), _logged(pieces, command)
    assert whole == cut


def test_replies_are_matched_to_commands_in_order() -> None:
    log = "\n".join(
        f"2026-01-01T00:00:00.000Z DEBUG   poptui.net.wire_log: [7] {line}"
        for line in (
            "S: +OK hi", "C: PASS ***", "S: +OK", "C: TOP 1 0", "C: TOP 2 0", "C: NOOP",
            "S: +OK\\n", "S: .x", "S: .", "S: -ERR \\x07", "S> +O", "S! closed the connection",
        )
    )  # fmt: skip
    (session,) = recorded_sessions(log)
    assert [(exchange.command, exchange.reply) for exchange in session.exchanges] == [
        ("", b"+OK hi\r\n"),
        ("PASS ***", b"+OK\r\n"),
        ("TOP 1 0", b"+OK\n.x\r\n.\r\n"),
        ("TOP 2 0", b"-ERR \x07\r\n"),
        ("NOOP", b"+O"),
    ]
    assert session.closed
    assert Exchange("PASS ***").answers("PASS a b")
    assert not Exchange("PASS ***").answers("USER a")


def _logged(pieces: list[bytes], command: Command) -> list[str]:
    records: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record.getMessage().partition(" ")[2])

    handler, logger = Keep(), logging.getLogger("poptui.net.wire_log")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        log = WireLog()
        log.received(b"+OK hi\r\n")
        log.sent(b"X\r\n", command)
        for piece in pieces:
            log.received(piece)
        log.ended("over", by_server=False)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return records
