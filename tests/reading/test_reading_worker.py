"""The process that parses: it answers, it can be stopped, and nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from poptui.mail import reading_worker
from poptui.mail.message_reader import read_message
from poptui.mail.reader import read_letter
from poptui.mail.reading import Reading

HTML = b"Subject: x\r\nContent-Type: text/html\r\n\r\n<p>Hi <a href='http://x.example/'>there</a>"
NESTED = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level)
    for level in range(900)
)
"""Takes the parser many seconds, as each line goes through all levels."""
SLOW = NESTED.replace(b"--b899\n", b"--b899\n\n" + b"line\n" * 400_000)


def _is_zombie(pid: int) -> bool:
    """It has ended, and waits for whoever inherited it to notice."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] == "Z"


def _environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def _gone(pid: int) -> bool:
    """Whether the process ``pid`` ends within some seconds."""
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
    """The ids of the workers that were started."""
    started: list[int] = []
    start = reading_worker.start

    async def noting(seconds: float) -> asyncio.subprocess.Process:
        worker = await start(seconds)
        started.append(worker.pid)
        return worker

    monkeypatch.setattr(reading_worker, "start", noting)
    return started


async def test_the_answer_is_that_of_parsing_here(pids: list[int]) -> None:
    assert await read_letter(HTML) == read_message(HTML)
    assert [await _gone(pid) for pid in pids] == [True]


async def test_a_short_plain_message_needs_no_process(pids: list[int]) -> None:
    reading = await read_letter(b"Subject: x\r\n\r\nplain")
    assert (reading.header.subject, reading.text, pids) == ("x", "plain", [])


async def test_past_the_time_limit_it_is_killed_and_the_raw_text_shown(pids: list[int]) -> None:
    reading = await read_letter(SLOW, seconds=0.4)
    assert reading.text.startswith("Content-Type: multipart/mixed; boundary=b0\n\n--b0\n")
    assert reading.troubles[0] == "The message took too long to parse, so this is its raw text."
    assert [await _gone(pid) for pid in pids] == [True]


async def test_a_cancelled_reader_leaves_no_process(pids: list[int]) -> None:
    task = asyncio.create_task(read_letter(SLOW, seconds=30))
    for _ in range(500):
        await asyncio.sleep(0 if pids else 0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _gone(pids[0])


async def test_a_worker_that_dies_gives_the_raw_text(monkeypatch: pytest.MonkeyPatch) -> None:
    start = reading_worker.start

    async def dead(seconds: float) -> asyncio.subprocess.Process:
        worker = await start(seconds)
        worker.kill()
        return worker

    monkeypatch.setattr(reading_worker, "start", dead)
    reading = await read_letter(HTML)
    assert reading.troubles == ("The message could not be parsed, so this is its raw text.",)
    assert "<p>Hi" in reading.text


async def test_no_process_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert (await read_letter(HTML)).header.subject == "x"


async def test_nothing_is_written_to_the_terminal(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(5):
        await read_letter(HTML.replace(b"text/html", b"text/html; charset=\x1b[%dJ" % number))
    await read_letter(SLOW, seconds=0.2)
    assert capfd.readouterr() == ("", "")
    assert caplog.messages == []


async def test_modules_lying_in_the_working_directory_are_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "email.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    assert (await read_letter(HTML)).text == "Hi there [1]"


async def test_no_password_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPTUI_PASSWORD", "qwerty")
    async with _worker() as worker:
        await asyncio.sleep(0.2)
        assert b"PYTHONPATH" in _environment(worker.pid)
        assert b"qwerty" not in _environment(worker.pid)


@asynccontextmanager
async def _worker() -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker that waits for its message."""
    worker = await reading_worker.start(20)
    try:
        yield worker
    finally:
        await reading_worker.stop(worker)


async def _at_rest(worker: asyncio.subprocess.Process) -> None:
    """Before any of the message has come."""


async def _halfway(worker: asyncio.subprocess.Process) -> None:
    assert worker.stdin is not None
    worker.stdin.write((100).to_bytes(8, "big") + b"half")


async def _parsing(worker: asyncio.subprocess.Process) -> None:
    assert worker.stdin is not None
    worker.stdin.write(len(SLOW).to_bytes(8, "big") + SLOW)
    await worker.stdin.drain()


@pytest.mark.parametrize("stage", [_at_rest, _halfway, _parsing])
async def test_it_ends_when_its_parent_is_gone(
    stage: Callable[[asyncio.subprocess.Process], Awaitable[None]],
) -> None:
    async with _worker() as worker:
        await stage(worker)
        assert worker.stdin is not None
        worker.stdin.close()
        assert await _gone(worker.pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
async def test_a_signal_to_the_parent_leaves_no_orphan(number: signal.Signals) -> None:
    script = (
        "import asyncio; from poptui.mail import reading_worker as w\n"
        "async def main():\n"
        "    worker = await w.start(20); print(worker.pid, flush=True)\n"
        "    await asyncio.sleep(30)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    parent.send_signal(number)
    await parent.communicate()
    assert await _gone(pid)


def test_a_loop_that_ends_early_ends_its_worker() -> None:
    async def main() -> Reading:
        return await asyncio.wait_for(read_letter(SLOW, seconds=30), 0.3)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
