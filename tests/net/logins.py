"""Log in to scripted servers, successfully or not."""

from __future__ import annotations

from typing import Any

import pytest

from poptui.errors import PoptuiError
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions, Security, Server
from poptui.secret import Secret
from tests.kit.scripted import ScriptedServer, Step, hold, steps

CREDENTIALS = Credentials(Secret("hunter2"))
PLAIN_LINE = b"AUTH PLAIN AG1lAGh1bnRlcjI="
STAMP = "<1896.697170952@dbc.mtview.ca.us>"


def local(port: int, **changes: Any) -> Server:
    """Return a server on this machine, without TLS."""
    return Server("127.0.0.1", port, "me", Security.PLAIN)._replace(**changes)


def offering(*capabilities: str, stamp: str = "") -> tuple[Step, ...]:
    """Return the steps of a greeting and the reply to CAPA."""
    lines = "".join(f"{line}\r\n" for line in capabilities).encode()
    return ((None, f"+OK ready {stamp}\r\n".encode()), ("CAPA", b"+OK\r\n" + lines + b".\r\n"))


async def logged_in(
    *exchange: Step, credentials: Credentials = CREDENTIALS, **changes: Any
) -> list[bytes]:
    """Log in successfully; return the lines that were sent."""
    async with ScriptedServer(steps(*exchange, then=hold)) as peer:
        options = ConnectionOptions(timeout_s=5.0)
        session = await log_in(local(peer.port, **changes), credentials, options=options)
        assert session.client.alive
        session.client.close()
    return peer.commands


async def refused(
    *exchange: Step,
    hang_up: bool = False,
    timeout_s: float = 5.0,
    credentials: Credentials = CREDENTIALS,
    **changes: Any,
) -> PoptuiError:
    """Fail to log in; return the error after checking that nothing else was tried."""
    async with ScriptedServer(steps(*exchange, then=None if hang_up else hold)) as peer:
        options = ConnectionOptions(timeout_s)
        with pytest.raises(PoptuiError) as caught:
            await log_in(local(peer.port, **changes), credentials, options=options)
        assert f"127.0.0.1:{peer.port}" in str(caught.value) or "me@127.0.0.1" in str(caught.value)
    assert hang_up or len(peer.commands) == sum(expected is not None for expected, _ in exchange)
    assert "hunter2" not in str(caught.value)
    return caught.value
