"""Log in: choose a method, try it, and turn a refusal into an error that says what to do.

A password is sent only inside TLS, to this machine, or if the user allowed plaintext for the host;
:mod:`poptui.net.connecting` ensures that.
"""

from __future__ import annotations

import logging
import re
from functools import partial
from typing import NamedTuple

from poptui.errors import (
    AccountRefusedError,
    ConnectionClosedError,
    LoginError,
    LoginUnansweredError,
    MailboxInUseError,
    MailboxLockedError,
    PermanentServerError,
    PoptuiError,
    UsageError,
    quoted,
)
from poptui.net.client import Client
from poptui.net.connecting import OpenConnection, connect
from poptui.net.credentials import Credentials
from poptui.net.pipelining import Pipelining
from poptui.net.server import DEFAULT_OPTIONS, ConnectionOptions, Server
from poptui.net.server_profile import ServerFact, ServerNumber, ServerProfile, login_subject
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
"""The shortest waits after a locked mailbox, a temporary problem, and a login too early."""

MAX_LOGIN_DELAY_S = 3600
"""A longer LOGIN-DELAY is cut to this time."""

_SYNTAX = re.compile(r"protocol|syntax|argument|parameter|too long", re.IGNORECASE)
"""Refusals of the syntax, not of the credentials: the server takes no initial response."""


class LoggedIn(NamedTuple):
    """A client after the login, and what is known about the server."""

    client: Client
    capabilities: Capabilities
    """Announced before the login; many servers announce others after it."""
    encrypted: bool
    pipelining: Pipelining


async def log_in(
    server: Server,
    credentials: Credentials,
    profile: ServerProfile | None = None,
    options: ConnectionOptions = DEFAULT_OPTIONS,
) -> LoggedIn:
    """Connect and log in. Raises PoptuiError: its class says whether to ask for the password.

    ``profile`` holds known facts about servers; the session adds what it learns.
    """
    profile = profile or ServerProfile()
    connection = await _connect_and_log_in(server, credentials, profile, options)
    advertised = "PIPELINING" in connection.capabilities
    pipelining = Pipelining(connection.client, profile, advertised=advertised)
    _keep_alive(connection.client, profile)
    return LoggedIn(connection.client, connection.capabilities, connection.encrypted, pipelining)


def _keep_alive(client: Client, profile: ServerProfile) -> None:
    """Send keepalives as often as the user set, or more often if the server proved to need it."""
    address, interval_s = client.server.address, client.options.keepalive_s
    if not interval_s:
        return
    learned_s = profile.number(ServerNumber.KEEPALIVE_S, address)
    client.keep_alive(min(interval_s, learned_s) if learned_s else interval_s)
    client.on_idle_loss = partial(_learn_keepalive, profile, address)


def _learn_keepalive(profile: ServerProfile, address: str, idle_s: float) -> None:
    if keepalive_s := profile.note_idle_loss(address, idle_s):
        logger.info("%s drops idle connections: keepalive is %d s now", address, keepalive_s)


async def _connect_and_log_in(
    server: Server, credentials: Credentials, profile: ServerProfile, options: ConnectionOptions
) -> OpenConnection:
    """Try the methods that the server offers, the best one first.

    The server may refuse the method rather than the password: it can offer APOP and store only a
    hash of this user's password, which APOP cannot use. So try the next method, on a new
    connection if the server hung up. The method that works is remembered and becomes the only
    one, so that a wrong password later costs one refused login, not several.
    """
    connection = await connect(server, options)
    failure: PoptuiError | None = None
    try:
        methods = _sort_methods(login_methods(connection, server.mechanism), server, profile)
        logger.info("logging in by %s", _describe_choice(connection, server, methods))
        for method in methods:
            if not connection.client.alive:
                connection = await connect(server, options)
            try:
                try:
                    reply = await _log_in_by(method, connection, server, credentials)
                except LoginUnansweredError:
                    if failure is None:
                        raise
                    # The server was still hanging up after the previous refusal.
                    connection = await connect(server, options)
                    reply = await _log_in_by(method, connection, server, credentials)
            except LoginUnansweredError as error:
                logger.info("the login by %s was not answered", method)
                failure = failure or error
                continue
            logger.info("the login by %s was %s", method, "accepted" if reply.ok else "refused")
            if reply.ok:
                _remember(method, methods, server, profile)
                return connection
            failure = refusal_error(server, reply, connection.capabilities)
            if not _is_password_refusal(reply):
                break
    except LocalError as error:
        connection.client.close()
        raise LoginError(f"The login cannot be sent to {server.address}: {error}.") from None
    except BaseException:
        connection.client.close()
        raise
    connection.client.close()
    assert failure is not None, "at least one method was tried"
    raise failure


def _describe_choice(connection: OpenConnection, server: Server, methods: list[str]) -> str:
    """Explain, for the log, which methods will be tried and why in this order."""
    tls = "inside TLS" if connection.encrypted else "in clear"
    if server.mechanism:
        return f"{methods[0]}, {tls}: the TARGET says so"
    offered = login_methods(connection, None)
    if len(methods) < len(offered):
        return f"{methods[0]}, {tls}: it worked before; offered are {', '.join(offered)}"
    why = "it does not send the password" if methods[0] == APOP else "the best one offered"
    return f"{methods[0]}, {tls}: {why}; then {', '.join(methods[1:]) or 'nothing else'}"


def _sort_methods(methods: list[str], server: Server, profile: ServerProfile) -> list[str]:
    """Return only the method that worked before; if none did, all, with failed ones at the end."""
    works = {
        method: profile.known(ServerFact.LOGIN_METHOD, login_subject(server.account, method))
        for method in methods
    }
    proven = [method for method in methods if works[method]]
    return proven[:1] or sorted(methods, key=lambda method: works[method] is False)


def _remember(method: str, tried: list[str], server: Server, profile: ServerProfile) -> None:
    """Remember that ``method`` works and that those tried before it don't."""
    for failed in tried[: tried.index(method)]:
        profile.learn(ServerFact.LOGIN_METHOD, login_subject(server.account, failed), False)
    if (
        profile.known(ServerFact.LOGIN_METHOD, login_subject(server.account, method)) is None
        and len(tried) > 1
    ):
        profile.learn(ServerFact.LOGIN_METHOD, login_subject(server.account, method), True)


def _is_password_refusal(reply: Reply) -> bool:
    """Whether another method may succeed: only the method or the password can be wrong."""
    return classify_refusal(reply.code, reply.text).kind is RefusalKind.PASSWORD


def login_methods(connection: OpenConnection, requested: str | None) -> list[str]:
    """Return the login methods that this server offers, the best first. Raises PoptuiError.

    Without TLS, APOP comes first because it doesn't reveal the password; then the methods that
    take the fewest round trips.
    """
    offered = connection.capabilities.mechanisms
    methods = [APOP] if apop_timestamp(connection.greeting) and not connection.encrypted else []
    methods += [name for name in MECHANISMS if name in offered and name != "LOGIN"]
    if USER in connection.capabilities or not offered:
        methods.append(USER)
    methods += ["LOGIN"] if "LOGIN" in offered else []
    if requested is None:
        return methods or [USER]
    return [_check_requested(connection, requested)]


def _check_requested(connection: OpenConnection, requested: str) -> str:
    if requested == APOP and apop_timestamp(connection.greeting) is None:
        raise LoginError("The server's greeting has no valid APOP timestamp: leave ;auth= out.")
    if requested not in (APOP, USER, *MECHANISMS):
        known = ", ".join(("+APOP", USER, *MECHANISMS))
        raise UsageError(f"poptui cannot log in by {quoted(requested)}: it knows {known}.")
    return requested


async def _log_in_by(
    method: str, connection: OpenConnection, server: Server, credentials: Credentials
) -> Reply:
    client, password = connection.client, credentials.password
    if password is None:
        raise LoginError(f"{server.address} wants a password for {server.title}.")
    try:
        if method == APOP:
            stamp = apop_timestamp(connection.greeting) or ""
            return await client.execute(Apop(server.user, apop_digest(stamp, password)))
        if method == USER:
            reply = await client.execute(User(server.user))
            return await client.execute(Pass(password)) if reply.ok else reply
        return await _authenticate(method, client, server, password)
    except ConnectionClosedError as error:
        refusal = client.last_refusal
        if refusal is not None and not _is_password_refusal(refusal):
            return refusal  # the server refused CAPA for a reason that also prevents the login
        raise LoginUnansweredError(
            f"The login as {server.title} got no answer: {str(error).removesuffix('.')}. Some"
            " servers do this when the password is wrong."
        ) from None


async def _authenticate(method: str, client: Client, server: Server, password: Secret) -> Reply:
    mechanism = MECHANISMS[method](server.user, password)
    command = Auth(method, mechanism.initial())
    if not command.fits:
        return await client.authenticate(mechanism, Auth(method))
    reply = await client.authenticate(mechanism, command)
    if command.initial is not None and not reply.ok and _SYNTAX.search(reply.text):
        reply = await client.authenticate(MECHANISMS[method](server.user, password), Auth(method))
    return reply


def refusal_error(server: Server, reply: Reply, capabilities: Capabilities) -> PoptuiError:
    """Return the error for a refused login; its class says what can be done about it."""
    kind, wait_s = classify_refusal(reply.code, reply.text)
    text = quoted(reply.text)
    match kind:
        case RefusalKind.MAILBOX_IN_USE:
            return MailboxInUseError(
                f"The mailbox of {server.title} is locked ({text}): another session has it open,"
                " or one that broke off has not timed out yet. Close the other program, or try"
                " again in a few minutes.",
                max(LOCK_WAIT_S, wait_s),
                f"{server.address} still holds the session that broke off, and with it the mailbox"
                f" of {server.title} ({text}). It gives it up by itself, often within minutes.",
            )
        case RefusalKind.THROTTLED:
            stated_s = max(wait_s, _login_delay_s(capabilities))
            wait_s = stated_s or LOGIN_DELAY_S
            return MailboxLockedError(
                f"{server.title}: the server limits how often you can log in ({text})."
                f" Try again in {_minutes(wait_s)}.",
                wait_s,
                wait_is_stated=stated_s > 0,
            )
        case RefusalKind.TEMPORARY:
            return MailboxLockedError(
                f"{server.title}: the server has a temporary problem ({text}). Try again later.",
                max(TEMPORARY_WAIT_S, wait_s),
            )
        case RefusalKind.SERVER_FAULT:
            return PermanentServerError(
                f"{server.title}: the server has a problem that its operator must fix ({text})."
            )
        case RefusalKind.ACCOUNT:
            return AccountRefusedError(
                f"{server.address} doesn't let {server.title} in ({text}). Ask the provider whether"
                " the account is blocked and whether POP3 is switched on for it."
            )
        case RefusalKind.UNCLEAR:
            return AccountRefusedError(
                f"{server.address} refused the login as {server.title} ({text}). Check the password"
                " (some providers want an app password or authorization code instead), that POP3 is"
                " switched on, and that you don't log in too often."
            )
        case RefusalKind.PASSWORD:
            pause = f" Wait {_minutes(wait_s)} before the next try." if wait_s else ""
            return LoginError(
                f"{server.address} refused the login as {server.title} ({text})."
                f" Check user and password.{pause}"
            )


def _minutes(seconds: float) -> str:
    """Return ``seconds`` in words; from one minute on, in minutes rounded up."""
    if seconds < 60:
        return f"{seconds:.0f} seconds"
    minutes = -(-int(seconds) // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def _login_delay_s(capabilities: Capabilities) -> float:
    """Return the announced delay between two logins (RFC 2449 section 6.5); 0 if there is none."""
    announced = "".join(capabilities.lines.get("LOGIN-DELAY", ())[:1])
    return (
        float(min(int(announced), MAX_LOGIN_DELAY_S))
        if re.fullmatch("[0-9]{1,9}", announced)
        else 0.0
    )
