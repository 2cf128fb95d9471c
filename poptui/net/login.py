"""Log in: which method to use, and what a refusal means.

A password is sent only inside TLS, to this machine, or where the user allowed plaintext for the
host; :mod:`poptui.net.connecting` has made sure of that before.
"""

from __future__ import annotations

import logging
import re
from typing import NamedTuple

from poptui.errors import (
    AccountRefusedError,
    ConnectionClosedError,
    LoginError,
    LoginUnansweredError,
    MailboxLockedError,
    PermanentServerError,
    PoptuiError,
    UsageError,
    quoted,
)
from poptui.net.client import Client
from poptui.net.connecting import Contact, make_contact
from poptui.net.pipelining import Pipelining
from poptui.net.server import DEFAULT_OPTIONS, ConnectionOptions, Server
from poptui.net.server_profile import ServerFact, ServerProfile, login_subject
from poptui.pop3.auth import MECHANISMS, apop_digest, apop_timestamp
from poptui.pop3.capabilities import Capabilities
from poptui.pop3.commands import Apop, Auth, Pass, User
from poptui.pop3.errors import LocalError
from poptui.pop3.events import Reply
from poptui.pop3.refusals import RefusalKind, classify_refusal
from poptui.secret import Secret

logger = logging.getLogger(__name__)

APOP, USER = "APOP", "USER"

LOCK_WAIT_S, TEMPORARY_WAIT_S, LOGIN_DELAY_S = 5.0, 30.0, 60.0
"""How long to wait at least after a lock, a temporary fault, and a login that came too soon."""

LONGEST_DELAY_S = 3600
"""A longer LOGIN-DELAY than this is not believed."""

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
    profile: ServerProfile | None = None,
    options: ConnectionOptions = DEFAULT_OPTIONS,
) -> LoggedIn:
    """Connect and log in. Raises PoptuiError: its class says whether to ask for the password.

    ``profile`` is what is known of servers; it takes up what this session learns.
    """
    profile = profile or ServerProfile()
    contact = await _log_in_by_any(server, password, profile, options)
    advertised = "PIPELINING" in contact.capabilities
    pipelining = Pipelining(contact.client, profile, advertised=advertised)
    contact.client.keep_alive(options.keepalive_s)
    return LoggedIn(contact.client, contact.capabilities, contact.encrypted, pipelining)


async def _log_in_by_any(
    server: Server, password: Secret, profile: ServerProfile, options: ConnectionOptions
) -> Contact:
    """Try the methods that the server offers, the strongest first, each on a live connection.

    A plain refusal may be of the method: a server can offer APOP and hold only a hash of this
    user's password, which APOP cannot use. So the next method follows, over a new connection
    where the server hung up. The method that works is remembered and from then on the only one:
    a password that is no longer right costs one refused login, not several.
    """
    contact = await make_contact(server, options)
    failure: PoptuiError | None = None
    try:
        methods = _in_order(ways(contact, server.mechanism), server, profile)
        logger.info("logging in by %s", _reasons(contact, server, methods))
        for method in methods:
            if not contact.client.alive:
                contact = await make_contact(server, options)
            try:
                try:
                    reply = await _log_in_by(method, contact, server, password)
                except LoginUnansweredError:
                    if failure is None:
                        raise
                    # The server was about to hang up after the refusal before this.
                    contact = await make_contact(server, options)
                    reply = await _log_in_by(method, contact, server, password)
            except LoginUnansweredError as error:
                logger.info("the login by %s was not answered", method)
                failure = failure or error
                continue
            logger.info("the login by %s was %s", method, "accepted" if reply.ok else "refused")
            if reply.ok:
                _remember(method, methods, server, profile)
                return contact
            failure = refusal(server, reply, contact.capabilities)
            if not _is_plain_refusal(reply):
                break
    except LocalError as error:
        contact.client.close()
        raise LoginError(f"The login cannot be sent to {server.address}: {error}.") from None
    except BaseException:
        contact.client.close()
        raise
    contact.client.close()
    assert failure is not None, "at least one method was tried"
    raise failure


def _reasons(contact: Contact, server: Server, methods: list[str]) -> str:
    """The methods that will be tried and why in this order, for the log."""
    tls = "inside TLS" if contact.encrypted else "in clear"
    if server.mechanism:
        return f"{methods[0]}, {tls}: the TARGET says so"
    offered = ways(contact, None)
    if len(methods) < len(offered):
        return f"{methods[0]}, {tls}: it worked before; offered are {', '.join(offered)}"
    why = "it keeps the password off the line" if methods[0] == APOP else "the best one offered"
    return f"{methods[0]}, {tls}: {why}; then {', '.join(methods[1:]) or 'nothing else'}"


def _in_order(methods: list[str], server: Server, profile: ServerProfile) -> list[str]:
    """Only the method that worked for this account before, else all, those that failed last."""
    works = {
        method: profile.known(ServerFact.LOGIN_METHOD, login_subject(server.account, method))
        for method in methods
    }
    proven = [method for method in methods if works[method]]
    return proven[:1] or sorted(methods, key=lambda method: works[method] is False)


def _remember(method: str, tried: list[str], server: Server, profile: ServerProfile) -> None:
    """``method`` worked with the password that the methods before it were refused with."""
    for failed in tried[: tried.index(method)]:
        profile.learn(ServerFact.LOGIN_METHOD, login_subject(server.account, failed), False)
    if (
        profile.known(ServerFact.LOGIN_METHOD, login_subject(server.account, method)) is None
        and len(tried) > 1
    ):
        profile.learn(ServerFact.LOGIN_METHOD, login_subject(server.account, method), True)


def _is_plain_refusal(reply: Reply) -> bool:
    """Whether another method may do better: nothing but the method or the password is at fault."""
    return classify_refusal(reply.code, reply.text).kind is RefusalKind.PASSWORD


def ways(contact: Contact, wanted: str | None) -> list[str]:
    """The methods to log in that this server offers, the best first. Raises PoptuiError.

    In clear text APOP comes first, for it does not show the password; else what takes one round
    trip.
    """
    offered = contact.capabilities.mechanisms
    ways = [APOP] if apop_timestamp(contact.greeting) and not contact.encrypted else []
    ways += [name for name in MECHANISMS if name in offered and name != "LOGIN"]
    if USER in contact.capabilities or not offered:
        ways.append(USER)
    ways += ["LOGIN"] if "LOGIN" in offered else []
    if wanted is None:
        return ways or [USER]
    return [_wanted(contact, wanted)]


def _wanted(contact: Contact, wanted: str) -> str:
    if wanted == APOP and apop_timestamp(contact.greeting) is None:
        raise LoginError("The server's greeting has no valid APOP timestamp: leave ;auth= out.")
    if wanted not in (APOP, USER, *MECHANISMS):
        known = ", ".join(("+APOP", USER, *MECHANISMS))
        raise UsageError(f"poptui cannot log in by {quoted(wanted)}: it knows {known}.")
    return wanted


async def _log_in_by(way: str, contact: Contact, server: Server, password: Secret) -> Reply:
    client = contact.client
    try:
        if way == APOP:
            stamp = apop_timestamp(contact.greeting) or ""
            return await client.execute(Apop(server.user, apop_digest(stamp, password)))
        if way == USER:
            reply = await client.execute(User(server.user))
            return await client.execute(Pass(password)) if reply.ok else reply
        return await _authenticate(way, client, server, password)
    except ConnectionClosedError as error:
        last = client.last_refusal
        if (
            last is not None
            and classify_refusal(last.code, last.text).kind is not RefusalKind.PASSWORD
        ):
            return last  # it was refused before it began: CAPA was answered by the reason
        raise LoginUnansweredError(
            f"The login as {server.title} got no answer: {str(error).removesuffix('.')}. Some"
            " servers do so when the password is wrong."
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
    """What a refused login means, as an error whose class says what can be done about it."""
    kind, wait_s = classify_refusal(reply.code, reply.text)
    said = quoted(reply.text)
    match kind:
        case RefusalKind.MAILBOX_IN_USE:
            return MailboxLockedError(
                f"The mailbox of {server.title} is locked ({said}): another session has it open,"
                " or one that broke off has not timed out yet. Close the other program, or try"
                " again in a few minutes.",
                max(LOCK_WAIT_S, wait_s),
            )
        case RefusalKind.THROTTLED:
            stated_s = max(wait_s, _login_delay_s(capabilities))
            wait_s = stated_s or LOGIN_DELAY_S
            return MailboxLockedError(
                f"{server.title}: the server limits how often you can log in ({said})."
                f" Try again in {_minutes(wait_s)}.",
                wait_s,
                wait_is_stated=stated_s > 0,
            )
        case RefusalKind.TEMPORARY:
            return MailboxLockedError(
                f"{server.title}: the server has a temporary fault ({said}). Try again later.",
                max(TEMPORARY_WAIT_S, wait_s),
            )
        case RefusalKind.SERVER_FAULT:
            return PermanentServerError(
                f"{server.title}: the server has a fault that its operator has to fix ({said})."
            )
        case RefusalKind.ACCOUNT:
            return AccountRefusedError(
                f"{server.address} doesn't let {server.title} in ({said}). Ask the provider whether"
                " the account is blocked and whether POP3 is switched on for it."
            )
        case RefusalKind.UNCLEAR:
            return AccountRefusedError(
                f"{server.address} refused the login as {server.title} ({said}). Check the password"
                " (some providers want an app password or authorization code instead), that POP3 is"
                " switched on, and that you don't log in too often."
            )
        case RefusalKind.PASSWORD:
            pause = f" Wait {_minutes(wait_s)} before the next try." if wait_s else ""
            return LoginError(
                f"{server.address} refused the login as {server.title} ({said})."
                f" Check user and password.{pause}"
            )


def _minutes(seconds: float) -> str:
    """``seconds`` in words, rounded up to minutes from a minute on."""
    if seconds < 60:
        return f"{seconds:.0f} seconds"
    minutes = -(-int(seconds) // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def _login_delay_s(capabilities: Capabilities) -> float:
    """The seconds between two logins that the server announces (RFC 2449 section 6.5); 0: none."""
    told = "".join(capabilities.lines.get("LOGIN-DELAY", ())[:1])
    return float(min(int(told), LONGEST_DELAY_S)) if re.fullmatch("[0-9]{1,9}", told) else 0.0
