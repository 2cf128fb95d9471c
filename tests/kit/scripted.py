"""Servers that send exactly what a test wants.

``ScriptedServer`` follows a script for each connection; ``OddServer`` is a working server whose
deviations are switched on by name (their list is in ``tests.kit.oddities``).
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Sequence

from tests.kit.listener import Listener, hold, received
from tests.kit.odd import OddServer

__all__ = [
    "LOGIN",
    "Conversation",
    "OddServer",
    "Script",
    "ScriptedServer",
    "Step",
    "hold",
    "received",
    "steps",
]

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Step = tuple[str | None, bytes]
"""What the client must send (a regular expression, None for nothing), and the reply."""
Script = Conversation | Sequence[Step]

LOGIN: tuple[Step, ...] = (
    (None, b"+OK ready\r\n"),
    ("CAPA", b"+OK\r\nTOP\r\nUIDL\r\nUSER\r\n.\r\n"),
    ("USER .+", b"+OK\r\n"),
    ("PASS .+", b"+OK\r\n"),
    ("CAPA", b"+OK\r\nTOP\r\nUIDL\r\nUSER\r\n.\r\n"),
)
"""A normal login with CAPA before and after it."""


def steps(*exchange: Step, then: Conversation | None = None) -> Conversation:
    """Return a script of steps, followed by ``then`` (such as ``hold``) or closing the connection.

    A line that a step did not expect ends the script with AssertionError, which fails the test when
    the server is closed.
    """

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for expected, reply in exchange:
            if expected is not None:
                _check(expected, await received(reader))
            writer.write(reply)
            await writer.drain()
        if then is not None:
            await then(reader, writer)

    return converse


def _check(expected: str, line: bytes) -> None:
    assert re.fullmatch(expected.encode(), line), f"expected {expected!r}, received {line!r}"


class ScriptedServer(Listener):
    """Plays one script per connection, in order; the last one is used for all later connections."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls=tls)
        self._scripts = [_conversation(script) for script in scripts]

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        await script(reader, writer)


def _conversation(script: Script) -> Conversation:
    return script if callable(script) else steps(*script)
