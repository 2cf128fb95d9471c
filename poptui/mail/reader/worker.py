"""The worker process that parses one message, and the functions that start and stop it.

The process is ``python -m`` this module. It inherits the open file of the message, maps it, and
writes each stage of the parsed message to standard output, preceded by its length in 8 bytes. Its
standard error is discarded, its memory and running time are limited, and it ends with its parent.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import suppress

from poptui.environment import without_own

MEMORY_LIMIT_BYTES = 1 << 30
"""Maximum address space, in addition to the message. Parsing any message needs about 100 MB."""
MAX_ANSWER_BYTES = 128 << 20
"""Maximum size of the output; that of the largest messages is about 10 MB."""

_LENGTH_BYTES = 8


class WorkerError(Exception):
    """The worker did not start, or ended without an answer."""


async def parse_in_worker(
    descriptor: int, seconds: float, *, complete: bool = True
) -> AsyncGenerator[bytes, None]:
    """Yield the packed stages of the message in the file ``descriptor`` as they come.

    The process is gone once the iterator is closed. Raises TimeoutError if the
    last one takes longer than ``seconds``, WorkerError if none comes.
    """
    worker = await start(descriptor, seconds, complete=complete)
    deadline = asyncio.get_running_loop().time() + seconds
    try:
        answers = 0
        while (answer := await _answer(worker, deadline)) is not None:
            answers += 1
            yield answer
        if not answers:
            raise WorkerError("It ended without an answer.")
    finally:
        await stop(worker)


async def start(descriptor: int, seconds: float, *, complete: bool = True) -> Process:
    """Start a worker on the file ``descriptor``; it ends itself soon after ``seconds``."""
    asked = (str(int(seconds) + 2), str(descriptor), str(int(complete)))
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", __name__, *asked),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=_environment(),
            pass_fds=(descriptor,),
        )
    except OSError as error:
        raise WorkerError(str(error)) from error


def _environment() -> dict[str, str]:
    """Our environment without poptui's variables, one of which is a password.

    PYTHONPATH makes the worker import the same modules.
    """
    return without_own(os.environ) | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


async def _answer(worker: Process, deadline: float) -> bytes | None:
    """Return the next packed stage, None after the last.

    The worker's standard input stays open, since its end means that the parent is gone.
    """
    assert worker.stdout is not None
    try:
        async with asyncio.timeout_at(deadline):
            length = int.from_bytes(await worker.stdout.readexactly(_LENGTH_BYTES), "big")
            if length > MAX_ANSWER_BYTES:
                raise WorkerError("Its answer is far too long.")
            return await worker.stdout.readexactly(length)
    except asyncio.IncompleteReadError:
        return None


async def stop(worker: Process) -> None:
    """Kill ``worker`` if it is still running, and wait until it is gone.

    Its own ``kill`` would poll first and take the exit status away from asyncio, which then
    complains on standard error.
    """
    if worker.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
    await worker.communicate()


def serve() -> None:
    """Run the worker: parse one message and write its stages."""
    from mmap import ACCESS_READ, mmap

    from poptui.mail.reader.codec import pack
    from poptui.mail.reader.parse import parse_stages

    seconds, descriptor, complete = map(int, sys.argv[1:4])
    length = os.fstat(descriptor).st_size
    _limit(seconds, length)
    _end_with_parent()
    raw = mmap(descriptor, 0, access=ACCESS_READ) if length else b""
    for parsed in parse_stages(raw, complete=bool(complete)):
        answer = pack(parsed)
        sys.stdout.buffer.write(len(answer).to_bytes(_LENGTH_BYTES, "big") + answer)
        sys.stdout.buffer.flush()


def _limit(seconds: int, length: int) -> None:
    """Limit memory, where the system can, and running time."""
    import resource

    signal.alarm(seconds)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):
        resource.setrlimit(
            resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES + length, MEMORY_LIMIT_BYTES + length)
        )


def _end_with_parent() -> None:
    """End the process when standard input does: the parent is gone, however it ended."""
    from threading import Thread

    def watch() -> None:
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    serve()
