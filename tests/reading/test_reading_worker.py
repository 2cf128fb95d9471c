"""The parser process: it returns a result, can be stopped, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from poptui.mail.headers.header import Header
from poptui.mail.lines import Line
from poptui.mail.parsed_message import Body, ParsedMessage, Remark
from poptui.mail.reader import reader
from poptui.mail.reader import worker as reading_worker
from poptui.mail.reader.codec import pack, unpack
from poptui.mail.reader.reader import parse_message
from tests.kit.parsing import parse_here

HTML = b"Subject: x\r\nContent-Type: text/html\r\n\r\n<p>Hi <a href='http://x.example/'>there</a>"
SLOW = b"Subject: x\r\nContent-Type: text/html\r\n\r\n" + b"<b><p>x</b>" * 180_000
"""A message that takes some seconds to parse."""


def _is_zombie(pid: int) -> bool:
    """Whether the process has ended but its parent has not reaped it."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] == "Z"


def _environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def _gone(pid: int) -> bool:
    """Whether the process ``pid`` ends within a few seconds."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if _is_zombie(pid):
            return True
        await asyncio.sleep(0.05)
    return False


@pytest.fixture
def pids(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list that collects the ids of started workers."""
    started: list[int] = []
    start = reading_worker.start

    async def noting(
        descriptor: int, seconds: float, *, complete: bool = True
    ) -> asyncio.subprocess.Process:
        worker = await start(descriptor, seconds, complete=complete)
        started.append(worker.pid)
        return worker

    monkeypatch.setattr(reading_worker, "start", noting)
    return started


async def test_the_worker_gives_the_same_result_as_parsing_here(pids: list[int]) -> None:
    assert await parse_message(HTML, seconds=60) == parse_here(HTML)
    assert [await _gone(pid) for pid in pids] == [True]


async def test_a_short_plain_message_needs_no_process(pids: list[int]) -> None:
    parsed = await parse_message(b"Subject: x\r\n\r\nplain")
    assert (parsed.header.subject, parsed.body.text, pids) == ("x", "plain", [])


async def test_a_worker_past_the_time_limit_is_killed_and_raw_text_shown(pids: list[int]) -> None:
    parsed = await parse_message(SLOW, seconds=-1)
    assert parsed.body.text.startswith("Subject: x\nContent-Type: text/html\n\n<b><p>x")
    assert parsed.remarks[0].sentence == (
        "The message took too long to parse, so this is its raw text."
    )
    assert [await _gone(pid) for pid in pids] == [True]


async def test_a_cancelled_reader_leaves_no_process(pids: list[int]) -> None:
    task = asyncio.create_task(parse_message(SLOW, seconds=30))
    for _ in range(500):
        await asyncio.sleep(0 if pids else 0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _gone(pids[0])


async def test_a_worker_that_dies_gives_the_raw_text(monkeypatch: pytest.MonkeyPatch) -> None:
    start = reading_worker.start

    async def dead(
        descriptor: int, seconds: float, *, complete: bool = True
    ) -> asyncio.subprocess.Process:
        worker = await start(descriptor, seconds, complete=complete)
        worker.kill()
        return worker

    monkeypatch.setattr(reading_worker, "start", dead)
    parsed = await parse_message(HTML, seconds=60)
    assert [remark.sentence for remark in parsed.remarks] == [
        "The message could not be parsed, so this is its raw text."
    ]
    assert "<p>Hi" in parsed.body.text


async def test_a_worker_that_cannot_start_gives_the_raw_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert (await parse_message(HTML, seconds=60)).header.subject == "x"


async def test_nothing_is_written_to_the_terminal(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(5):
        await parse_message(HTML.replace(b"text/html", b"text/html; charset=\x1b[%dJ" % number))
    await parse_message(SLOW, seconds=0.2)
    assert capfd.readouterr() == ("", "")
    assert caplog.messages == []


async def test_modules_in_the_working_directory_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "email.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    assert (await parse_message(HTML, seconds=60)).body.text == "Hi there [1]"


async def test_no_password_reaches_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPTUI_PASSWORD", "qwerty")
    async with _worker() as worker:
        await asyncio.sleep(0.2)
        assert b"PYTHONPATH" in _environment(worker.pid)
        assert b"qwerty" not in _environment(worker.pid)


@asynccontextmanager
async def _worker(raw: bytes = SLOW) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a worker that parses ``raw``."""
    with TemporaryFile() as file:
        file.write(raw)
        file.flush()
        worker = await reading_worker.start(file.fileno(), 20)
        try:
            yield worker
        finally:
            await reading_worker.stop(worker)


async def test_the_worker_exits_when_its_parent_is_gone() -> None:
    async with _worker() as worker:
        assert worker.stdin is not None
        worker.stdin.close()
        assert await _gone(worker.pid)


async def _answering(*answers: bytes) -> AsyncIterator[bytes]:
    for answer in answers:
        yield answer
    raise TimeoutError


async def test_parts_parsed_in_time_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = pack(parse_here(HTML))
    monkeypatch.setattr(reading_worker, "parse_in_worker", lambda *_, **__: _answering(answer))
    parsed = await parse_message(HTML, seconds=60)
    assert parsed.body.text == "Hi there [1]"
    assert "this is as far as it got" in parsed.remarks[-1].sentence


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b"[[], [], [], true]", b"\xff", b"[" * 9999])
async def test_an_invalid_result_gives_the_raw_text(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_worker, "parse_in_worker", lambda *_, **__: _answering(answer))
    assert "<p>Hi" in (await parse_message(HTML, seconds=60)).body.text


async def test_a_first_result_is_shown_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "EARLY_AFTER_S", 0.0)
    early: list[ParsedMessage] = []
    parsed = await parse_message(HTML, seconds=60, early=early.append)
    assert parsed.body.text == "Hi there [1]"
    assert [result.header.subject for result in early] == ["x"]


def test_a_result_survives_serialization() -> None:
    parsed = parse_here(HTML)
    assert unpack(pack(parsed), parsed.header, parsed.cc) == parsed


def test_a_result_is_sanitized_again() -> None:
    hostile = ParsedMessage(
        Header(), "", (Body((Line("\x1b[2J"),)),), remarks=(Remark("\x1b]0;x\x07"),)
    )
    parsed = unpack(pack(hostile), Header(), "")
    assert parsed.body.text == "\ufffd[2J"
    assert parsed.remarks[0].sentence == "\ufffd]0;x\ufffd"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
async def test_a_signal_to_the_parent_leaves_no_orphan(
    number: signal.Signals, tmp_path: Path
) -> None:
    message = tmp_path / "message"
    message.write_bytes(SLOW)
    script = (
        "import asyncio; from poptui.mail.reader import worker as w\n"
        "async def main():\n"
        "    worker = await w.start(0, 20); print(worker.pid, flush=True)\n"
        "    await asyncio.sleep(30)\n"
        "asyncio.run(main())\n"
    )
    with message.open("rb") as file:
        parent = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", script),
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    parent.send_signal(number)
    await parent.communicate()
    assert await _gone(pid)


def test_an_event_loop_that_ends_early_stops_its_worker() -> None:
    async def main() -> ParsedMessage:
        return await asyncio.wait_for(parse_message(SLOW, seconds=30), 0.3)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
