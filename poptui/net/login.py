"""The login: which way, and what a refusal means.

A password goes over the wire only inside TLS, to this machine, or where the user allowed
plaintext for the host; :mod:`poptui.net.connecting` has seen to that before.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple

from poptui.errors import (
    ConnectionClosedError,
    LoginError,
    LoginUnansweredError,
    MailboxLockedError,
    PermanentServerError,
    PoptuiError,
    UsageError,
    words,
)
from poptui.net.client import Client
from poptui.net.connecting import Contact, make_contact
from poptui.net.pipelining import Pipelining, ServerProfile
from poptui.net.server import DEFAULT_OPTIONS, ConnectionOptions, Server
from poptui.pop3.apop import digest, timestamp
from poptui.pop3.capabilities import Capabilities
from poptui.pop3.codes import Code, tells_lock
from poptui.pop3.commands import Apop, Auth, Pass, User
from poptui.pop3.errors import LocalError
from poptui.pop3.events import Reply
from poptui.pop3.sasl import MECHANISMS
from poptui.secret import Secret

APOP, USER = "APOP", "USER"

LOCK_WAIT, FAULT_WAIT, LOGIN_DELAY = 5.0, 30.0, 60.0
"""Seconds that a lock, a passing fault and an untold login delay are waited for at least."""

LONGEST_DELAY = 3600
"""Seconds of LOGIN-DELAY that are believed."""

_SYNTAX = re.compile(r"protocol|syntax|argument|parameter|too long", re.IGNORECASE)
"""A refusal of the command's form, not of the credentials: an initial response was too much."""


class LoggedIn(NamedTuple):
    """A client inside the mailbox, and what is known of the server."""

    client: Client
    capabilities: Capabilities
    """As told before the login; many servers tell others after it."""
    encrypted: bool
    pipelining: Pipelining


async def log_in(
    server: Server,
    password: Secret,
    habits: ServerProfile | None = None,
    options: ConnectionOptions = DEFAULT_OPTIONS,
) -> LoggedIn:
    """Connect and log in. Raises Fault: its class says whether to ask for the password again.

    ``habits`` are what is known of servers, and take up what this session learns.
    """
    contact = await make_contact(server, options)
    client = contact.client
    try:
        await _try_ways(contact, server, password)
    except LocalError as error:
        client.close()
        raise LoginError(f"The login cannot be sent to {server.address}: {error}.") from None
    except BaseException:
        client.close()
        raise
    advertised = "PIPELINING" in contact.capabilities
    pipelining = Pipelining(client, habits or ServerProfile(), advertised=advertised)
    client.keep_alive(options.keepalive_s)
    return LoggedIn(client, contact.capabilities, contact.encrypted, pipelining)


async def _try_ways(contact: Contact, server: Server, password: Secret) -> None:
    """Log in by the first way; a refused APOP gets a second chance by another one.

    A server can offer APOP and hold only a hash of this user's password, which APOP cannot use.
    Where it hangs up on the second, its words on the first are the reason.
    """
    first, *others = ways(contact, server.mechanism)
    reply = await _log_in_by(first, contact, server, password)
    if first == APOP and others and _is_plain_refusal(reply):
        with suppress(LoginError):
            reply = await _log_in_by(others[0], contact, server, password)
    if not reply.ok:
        raise refusal(server, reply, contact.capabilities)


def _is_plain_refusal(reply: Reply) -> bool:
    return not (reply.ok or reply.code is not Code.NONE or tells_lock(reply.code, reply.text))


def ways(contact: Contact, wanted: str | None) -> list[str]:
    """The ways to log in that this server offers, the best first. Raises Fault.

    In clear APOP comes first, for it does not show the password; else what takes one round trip.
    """
    offered = contact.capabilities.mechanisms
    ways = [APOP] if timestamp(contact.greeting) and not contact.encrypted else []
    ways += [name for name in MECHANISMS if name in offered and name != "LOGIN"]
    if USER in contact.capabilities or not offered:
        ways.append(USER)
    ways += ["LOGIN"] if "LOGIN" in offered else []
    if wanted is None:
        return ways or [USER]
    return [_wanted(contact, wanted)]


def _wanted(contact: Contact, wanted: str) -> str:
    if wanted == APOP and timestamp(contact.greeting) is None:
        raise LoginError("The server's greeting has no valid APOP timestamp: leave ;auth= out.")
    if wanted not in (APOP, USER, *MECHANISMS):
        known = ", ".join(("+APOP", USER, *MECHANISMS))
        raise UsageError(f"poptui cannot log in by {words(wanted)}: it knows {known}.")
    return wanted


async def _log_in_by(way: str, contact: Contact, server: Server, password: Secret) -> Reply:
    client = contact.client
    try:
        if way == APOP:
            stamp = timestamp(contact.greeting) or ""
            return await client.execute(Apop(server.user, digest(stamp, password)))
        if way == USER:
            reply = await client.execute(User(server.user))
            return await client.execute(Pass(password)) if reply.ok else reply
        return await _authenticate(way, client, server, password)
    except ConnectionClosedError as fault:
        raise LoginUnansweredError(
            f"The login as {server.title} got no answer: {str(fault).removesuffix('.')}. Some"
            " servers do so to a wrong password."
        ) from None


async def _authenticate(way: str, client: Client, server: Server, password: Secret) -> Reply:
    mechanism = MECHANISMS[way](server.user, password)
    command = Auth(way, mechanism.initial())
    if not command.fits:
        return await client.authenticate(mechanism, Auth(way))
    reply = await client.authenticate(mechanism, command)
    if command.initial is not None and not reply.ok and _SYNTAX.search(reply.text):
        reply = await client.authenticate(MECHANISMS[way](server.user, password), Auth(way))
    return reply


def refusal(server: Server, reply: Reply, capabilities: Capabilities) -> PoptuiError:
    """What a refused login means (RFC 2449 section 8.1, RFC 3206)."""
    said = words(reply.text)
    if reply.code is Code.LOGIN_DELAY:
        return MailboxLockedError(
            f"{server.title}: the server wants more time between two logins ({said}). Wait a few"
            " minutes and try again.",
            _login_delay(capabilities),
            named=True,
        )
    if tells_lock(reply.code, reply.text):
        return MailboxLockedError(
            f"The mailbox of {server.title} is locked ({said}): another program has it open."
            " Close that one, or try again in a few minutes.",
            LOCK_WAIT,
        )
    if reply.code is Code.SYS_TEMP:
        return MailboxLockedError(
            f"{server.title}: the server has a passing fault ({said}). Try later.", FAULT_WAIT
        )
    if reply.code is Code.SYS_PERM:
        return PermanentServerError(
            f"{server.title}: the server has a fault that needs its operator ({said})."
        )
    return LoginError(
        f"{server.address} refused the login as {server.title} ({said}). Check user and password."
    )


def _login_delay(capabilities: Capabilities) -> float:
    """The seconds between two logins that the server announces (RFC 2449 section 6.5)."""
    told = "".join(capabilities.lines.get("LOGIN-DELAY", ())[:1])
    return float(min(int(told), LONGEST_DELAY)) if re.fullmatch("[0-9]{1,9}", told) else LOGIN_DELAY
