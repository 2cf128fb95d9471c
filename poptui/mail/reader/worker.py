"""The process in which a message is parsed, and the way to ask it.

One process for one message: ``python -m`` this module, which inherits the open file of the message
and maps it. It answers on its standard output by packed readings, each better than the one
before and led by eight octets of length. Its standard error is no terminal's, its memory and
its life are limited, and it ends when its parent does.
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
"""Octets of address space beside the message; parsing takes about 100 MB for any of them."""
MAX_ANSWER_BYTES = 128 << 20
"""Octets of one packed reading; the largest that are shown take some ten million."""

_LENGTH_BYTES = 8


class WorkerError(Exception):
    """The process did not start, or ended without an answer."""


async def parse_in_worker(
    descriptor: int, seconds: float, *, complete: bool = True
) -> AsyncGenerator[bytes, None]:
    """Packed readings of the file ``descriptor`` by a process of its own, as they come.

    Nothing is left of the process when the iterator is closed. Raises TimeoutError if the
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
    """A worker on the file ``descriptor``, which lives little longer than ``seconds``."""
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
    """Ours without poptui's own variables, one of which is a password; modules as we find them."""
    return without_own(os.environ) | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


async def _answer(worker: Process, deadline: float) -> bytes | None:
    """The next packed reading, None after the last.

    Its standard input stays open: the end of it would tell that the parent is gone.
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
    """End ``worker`` if it has not ended, and wait until it is gone.

    Not by its own ``kill``: that one looks first and takes the exit status away from asyncio,
    which then complains on standard error.
    """
    if worker.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
    await worker.communicate()


def serve() -> None:
    """The life of the process: one message, and its readings one after another."""
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
    """Memory, where the system can limit it, and life: an alarm ends the process anywhere."""
    import resource

    signal.alarm(seconds)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):
        resource.setrlimit(
            resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES + length, MEMORY_LIMIT_BYTES + length)
        )


def _end_with_parent() -> None:
    """Standard input at its end means that the parent is gone, however it went."""
    from threading import Thread

    def watch() -> None:
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    serve()
