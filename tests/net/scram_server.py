"""A scripted server that knows SCRAM, and can cheat."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Callable

from scramp import ScramException, ScramMechanism

from tests.kit.scripted import Conversation, hold, received, steps
from tests.net.logins import offering


def scram_server(
    name: str = "SCRAM-SHA-256",
    *,
    offer: str = "",
    password: str = "hunter2",
    binding: tuple[str, bytes] | None = None,
    change_last: Callable[[str], str | None] = lambda last: last,
    refusal: bytes = b"",
) -> Conversation:
    """A server that lets ``me`` in by SCRAM; ``change_last`` makes it cheat at the end.

    ``refusal`` is the message in which it says why it refuses.
    """
    mechanism = ScramMechanism(name)
    known = mechanism.make_auth_info(password, iteration_count=4096)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await steps(*offering(f"SASL {offer or name}"))(reader, writer)
        verb, asked, message = (await received(reader)).split()
        assert (verb, asked.decode()) == (b"AUTH", name)
        server = mechanism.make_server(lambda user: known, channel_binding=binding)
        try:
            server.set_client_first(b64decode(message).decode())
            writer.write(b"+ " + b64encode(server.get_server_first().encode()) + b"\r\n")
            server.set_client_final(b64decode(await received(reader)).decode())
        except ScramException:
            if refusal:
                writer.write(b"+ " + b64encode(refusal) + b"\r\n")
                await received(reader)
            writer.write(b"-ERR [AUTH] no\r\n")
            return
        last = change_last(server.get_server_final())
        if last is not None:
            writer.write(b"+ " + b64encode(last.encode()) + b"\r\n")
            if await received(reader) == b"*":
                writer.write(b"-ERR cancelled\r\n")
                return
        writer.write(b"+OK in\r\n")
        await hold(reader, writer)

    return converse
