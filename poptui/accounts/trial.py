"""Log in once, to see whether an account works. Nothing is downloaded or deleted."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from poptui.errors import PoptuiError, ServerError, quoted
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions, Server
from poptui.net.server_profile import ServerProfile
from poptui.pop3.commands import Stat
from poptui.pop3.listing import parse_stat
from poptui.text.format import count, size


class TrialResult(NamedTuple):
    """What the server said after the login."""

    messages: int
    octets: int
    encrypted: bool

    @property
    def description(self) -> str:
        """``312 messages, 48.2 MB``, and a warning if the connection wasn't encrypted."""
        what = f"{count(self.messages)} message{'' if self.messages == 1 else 's'}"
        clear = "" if self.encrypted else " (not encrypted)"
        return f"{what}, {size(self.octets)}{clear}"


async def try_login(
    server: Server,
    credentials: Credentials,
    options: ConnectionOptions,
    profile: ServerProfile | None = None,
) -> TrialResult:
    """Connect, log in, ask for the number of messages, and leave. Raises PoptuiError."""
    session = await log_in(server, credentials, profile, options)
    client = session.client
    try:
        reply = await client.execute(Stat())
        counted = parse_stat(reply.text) if reply.ok else None
        if counted is None:
            raise ServerError(
                f"{server.address} accepted the login as {server.title}, but refused STAT:"
                f" {quoted(reply.text)}."
            )
        with suppress(PoptuiError):  # the result is known, and this QUIT changes nothing
            await client.quit()
    finally:
        client.close()
    return TrialResult(*counted, session.encrypted)
