"""The process in which a message is parsed, and the way to ask it.

One process for one message: ``python -m`` this module, the message to its standard input
(eight octets of length, then itself), the pickled reading from its standard output. Its standard
error is no terminal's, its memory and its life are limited, and it ends when its parent does.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

from poptui.mail.reading import Reading

MEMORY = 1 << 30
"""Octets of address space; parsing takes about ten times a message's size."""

_LENGTH = 8


class WorkerFailed(Exception):
    """The process did not start, or ended without an answer."""


async def read_apart(raw: bytes, seconds: float) -> Reading:
    """The reading of ``raw`` by a process of its own, of which nothing is left afterwards.

    Raises TimeoutError when it takes longer than ``seconds``, WorkerFailed when it ends without
    an answer.
    """
    worker = await start(seconds)
    try:
        async with asyncio.timeout(seconds):
            answer = await _exchange(worker, raw)
    finally:
        await stop(worker)
    return _unpacked(answer)


async def start(seconds: float) -> Process:
    """A worker that waits for its message and lives little longer than ``seconds``."""
    command = (sys.executable, "-P", "-m", __name__, str(int(seconds) + 2))
    try:
        return await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_environment()
        )
    except OSError as error:
        raise WorkerFailed(str(error)) from error


def _environment() -> dict[str, str]:
    """Ours without poptui's own variables, one of which is a password; modules as we find them."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("POPTUI")}
    return ours | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


async def _exchange(worker: Process, raw: bytes) -> bytes:
    """Its standard input stays open: the end of it would tell that the parent is gone."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(len(raw).to_bytes(_LENGTH, "big"))
    worker.stdin.write(raw)
    try:
        await worker.stdin.drain()
    except ConnectionError as error:
        raise WorkerFailed("It ended before it had read the message.") from error
    answer = await worker.stdout.read()
    await worker.wait()
    return answer


async def stop(worker: Process) -> None:
    """End ``worker`` if it has not ended, and wait until it is gone.

    Not by its own ``kill``: that one looks first and takes the exit status away from asyncio,
    which then complains on standard error.
    """
    if worker.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
    await worker.communicate()


def _unpacked(answer: bytes) -> Reading:
    try:
        reading = pickle.loads(answer)
    except (pickle.UnpicklingError, EOFError) as error:
        raise WorkerFailed("It ended without an answer.") from error
    if not isinstance(reading, Reading):
        raise WorkerFailed("Its answer is no reading.")
    return reading


def serve() -> None:
    """The life of the process: one message in, one reading out."""
    from poptui.mail.message_reader import read_message

    _limit(int(sys.argv[1]))
    length = int.from_bytes(sys.stdin.buffer.read(_LENGTH), "big")
    raw = sys.stdin.buffer.read(length)
    if len(raw) < length:
        return
    _end_with_parent()
    sys.stdout.buffer.write(pickle.dumps(read_message(raw)))
    sys.stdout.buffer.flush()


def _limit(seconds: int) -> None:
    """Memory, where the system can limit it, and life: an alarm ends the process anywhere."""
    import resource

    signal.alarm(seconds)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _end_with_parent() -> None:
    """Standard input at its end means that the parent is gone, however it went."""
    from threading import Thread

    def watch() -> None:
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    serve()
