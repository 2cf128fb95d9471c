"""Parse a message without letting it hang the interface.

A short plain message is parsed at once. Any other is parsed in a worker process, which is killed
if it takes too long, since some mail is written to hang parsers.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from functools import partial
from io import BytesIO
from tempfile import TemporaryFile
from typing import BinaryIO

from poptui.mail.headers.decode import MAX_BLOCK_BYTES
from poptui.mail.parsed_message import MAX_TEXT_CHARACTERS, ParsedMessage, Remark
from poptui.mail.reader.parse import MAX_SHORT_BYTES, as_raw_text, parse_short, read_head
from poptui.threads import run_detached

PARSE_LIMIT_S = 5.0
"""Time limit; ordinary messages take a fraction of a second."""
EARLY_AFTER_S = 1.2
"""After this time, show the first stage of a message that is still being parsed."""
BYTES_PER_SECOND = 5_000_000
"""A longer message gets more time: its size divided by this rate."""

_MAX_INLINE_BYTES = 200_000
"""A larger result takes more than a few milliseconds to unpack, so a thread does it."""
_STILL = "The message is still being read; this is how it begins."
_TOO_LONG = "The message took too long to parse, so this is its raw text."
_FAILED = "The message could not be parsed, so this is its raw text."
_UNFINISHED = Remark("The message took too long to parse; this is as far as it got.")


async def parse_message(
    source: bytes | BinaryIO,
    *,
    complete: bool = True,
    seconds: float = PARSE_LIMIT_S,
    early: Callable[[ParsedMessage], None] | None = None,
) -> ParsedMessage:
    """Parse a message, given as bytes or, better, as an open file.

    ``complete`` is false if only its beginning is there. A message that cannot be parsed, or takes
    longer than ``seconds`` (more for a large one), is returned as far as it was parsed or as raw
    text, with a sentence that says so. After ``EARLY_AFTER_S`` without an answer, ``early`` is
    called with what can be shown by then. Cancelling kills the worker at once.
    """
    file = BytesIO(source) if isinstance(source, bytes) else source
    if (parsed := parse_short(_start(file, MAX_SHORT_BYTES + 1), complete=complete)) is not None:
        return parsed
    with _on_disk(file) as stored:
        return await _WorkerRun(stored, complete, early).read(seconds)


@contextmanager
def _on_disk(file: BinaryIO) -> Iterator[BinaryIO]:
    """Provide ``file`` with a descriptor that another process can map."""
    if not isinstance(file, BytesIO):
        file.flush()
        yield file
        return
    with TemporaryFile() as stored:
        stored.write(file.getbuffer())
        stored.flush()
        yield stored


def _start(file: BinaryIO, octets: int) -> bytes:
    file.seek(0)
    return file.read(octets)


class _WorkerRun:
    """One message being parsed by the worker."""

    def __init__(
        self, file: BinaryIO, complete: bool, early: Callable[[ParsedMessage], None] | None
    ) -> None:
        self._file, self._complete, self._early = file, complete, early
        self._best: ParsedMessage | None = None

    async def read(self, seconds: float) -> ParsedMessage:
        seconds += os.fstat(self._file.fileno()).st_size / BYTES_PER_SECOND
        timer = asyncio.get_running_loop().call_later(EARLY_AFTER_S, self._show_early)
        try:
            return await self._parsed(seconds)
        finally:
            timer.cancel()

    async def _parsed(self, seconds: float) -> ParsedMessage:
        from poptui.mail.reader.codec import unpack
        from poptui.mail.reader.worker import WorkerError, parse_in_worker

        head = read_head(_start(self._file, MAX_BLOCK_BYTES))
        answers = parse_in_worker(self._file.fileno(), seconds, complete=self._complete)
        try:
            async with aclosing(answers):
                async for answer in answers:
                    self._best = await _unpacked(partial(unpack, answer, *head), len(answer))
        except TimeoutError:
            return self._unfinished() or self._raw(_TOO_LONG)
        except (WorkerError, ValueError):
            return self._unfinished() or self._raw(_FAILED)
        assert self._best is not None
        return self._best

    def _unfinished(self) -> ParsedMessage | None:
        best = self._best
        return best and replace(best, remarks=(*best.remarks, _UNFINISHED))

    def _raw(self, sentence: str) -> ParsedMessage:
        return as_raw_text(
            _start(self._file, MAX_TEXT_CHARACTERS + 1), sentence, complete=self._complete
        )

    def _show_early(self) -> None:
        if self._early is not None:
            self._early(self._best or self._raw(_STILL))


async def _unpacked(unpack: Callable[[], ParsedMessage], octets: int) -> ParsedMessage:
    """Unpack an answer; a large one in a thread, so that the interface still reacts to keys."""
    return unpack() if octets < _MAX_INLINE_BYTES else await run_detached(unpack)
