"""Turn a refused login into an error that says what happened and what to do next."""

from __future__ import annotations

import re

from poptui.errors import (
    AccountRefusedError,
    LoginError,
    MailboxInUseError,
    MailboxLockedError,
    NoLoginMethodError,
    PermanentServerError,
    PoptuiError,
    TokenRefusedError,
    quoted,
)
from poptui.net.login_methods import METHODS, CredentialKind
from poptui.net.server import Server
from poptui.patterns import lazy_pattern
from poptui.pop3.auth import UTF_8
from poptui.pop3.capabilities import Capabilities
from poptui.pop3.events import Reply
from poptui.pop3.refusals import MAX_TEXT_CHARACTERS, RefusalKind, classify_refusal

LOCK_WAIT_S, TEMPORARY_WAIT_S, LOGIN_DELAY_S = 5.0, 30.0, 60.0
"""Minimum waits after a locked mailbox, a temporary problem, and a login too early."""

MAX_LOGIN_DELAY_S = 3600
"""Maximum wait for a LOGIN-DELAY."""


_WANTS_TLS = lazy_pattern(
    r"plain ?text (auth\w*|log-?ins?|passwords?)|non-?secure|\b(ssl|s?tls|encryption)\b.*\brequired"
    r"|\brequires?\b.*\b(ssl|s?tls|encryption)\b|(must|please) (issue|use|first) .*\b(ssl|s?tls)\b"
    r"|under a layer",
    re.IGNORECASE,
)
"""Refusals of a password because the connection is not encrypted."""


def is_credentials_refusal(reply: Reply) -> bool:
    """Whether another method may succeed: only the method or the credentials can be wrong."""
    return classify_refusal(reply.code, reply.text).kind is RefusalKind.PASSWORD


def refusal_error(
    server: Server,
    reply: Reply,
    capabilities: Capabilities,
    credential: CredentialKind = CredentialKind.PASSWORD,
    problem: str = "",
    *,
    is_ascii: bool = True,
    encrypted: bool = True,
) -> PoptuiError:
    """Return the error for a refused login; its class says what can be done about it.

    ``problem`` is what went wrong in the SASL exchange, which says more than the reply.
    ``is_ascii``: whether user and password are ASCII, so that their encoding can't be wrong.
    """
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
            stated_s = max(wait_s, login_delay_s(capabilities))
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
            if not encrypted and _WANTS_TLS.search(reply.text[:MAX_TEXT_CHARACTERS]):
                return NoLoginMethodError(
                    f"{server.address} takes no unencrypted password ({text}). Use pops:// or"
                    " --starttls."
                )
            why = f"{quoted(problem)}, then {text}" if problem else text
            advice = "" if is_ascii else _encoding_hint(server)
            if credential is CredentialKind.PASSWORD:
                advice += _token_hint(capabilities)
            return _credentials_error(server, credential, why, advice + pause)


def _credentials_error(
    server: Server, credential: CredentialKind, why: str, advice: str
) -> LoginError:
    """Return the error for a password, a token or a certificate that was refused."""
    match credential:
        case CredentialKind.TOKEN:
            return TokenRefusedError(
                f"{server.address} refused the access token for {server.title} ({why}). Sign in"
                " again with 'poptui account authorize', or check what your token_command prints,"
                f" and that POP3 is switched on.{advice}"
            )
        case CredentialKind.CERTIFICATE:
            return AccountRefusedError(
                f"{server.address} refused the client certificate for {server.title} ({why}). Check"
                " that it is the one that the provider knows, that it has not expired, and that it"
                f" names this user.{advice}"
            )
        case CredentialKind.PASSWORD:
            return LoginError(
                f"{server.address} refused the login as {server.title} ({why})."
                f" Check user and password.{advice}"
            )


def _token_hint(capabilities: Capabilities) -> str:
    """Return a sentence for servers that also take tokens: many of these take no password."""
    by_token = {method.name for method in METHODS if method.credential is CredentialKind.TOKEN}
    offered = [name for name in capabilities.mechanisms if name in by_token]
    return (
        f" The server also takes access tokens ({', '.join(offered)}), and some providers nothing"
        " else: see 'poptui help oauth'."
        if offered
        else ""
    )


def _encoding_hint(server: Server) -> str:
    """Return a sentence for users and passwords that are not ASCII."""
    other, name = ("latin-1", "UTF-8") if server.login_charset == UTF_8 else (UTF_8, "Latin-1")
    return (
        f" They have letters that are not ASCII and were sent in {name}: if the password is right,"
        f' try login_charset = "{other}".'
    )


def _minutes(seconds: float) -> str:
    """Return ``seconds`` in words; from one minute on, in minutes rounded up."""
    if seconds < 60:
        return f"{seconds:.0f} seconds"
    minutes = -(-int(seconds) // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def login_delay_s(capabilities: Capabilities) -> float:
    """Return the announced delay between two logins (RFC 2449 section 6.5); 0 if there is none."""
    announced = "".join(capabilities.lines.get("LOGIN-DELAY", ())[:1])
    return (
        float(min(int(announced), MAX_LOGIN_DELAY_S))
        if re.fullmatch("[0-9]{1,9}", announced)
        else 0.0
    )


def with_untried(failure: PoptuiError, untried: list[str]) -> PoptuiError:
    """Return the error for a password that no method got through, with the methods not tried."""
    if type(failure) is not LoginError:
        return failure
    return LoginError(
        f"{failure} Further refusals may lock the account, so poptui did not try"
        f" {' and '.join(untried)}; auth chooses a method."
    )


_SYNTAX = lazy_pattern(
    "protocol|syntax|argument|parameter|too long|malformed|unexpected|initial.response",
    re.IGNORECASE,
)
"""Refusals of the syntax, not of the credentials: the server takes no initial response."""

_UNKNOWN = lazy_pattern(
    r"\b(unknown|unsupported|unrecogni[sz]ed|invalid) (auth\w* )?(command|mechanism|type)\b"
    r"|\b(command|mechanism|auth\w* type) (is )?(unknown|not (supported|implemented|known))",
    re.IGNORECASE,
)
"""Refusals of AUTH or its mechanism as such."""


def refuses_syntax(reply: Reply) -> bool:
    """Whether the server refuses the form of AUTH, not the credentials."""
    return _SYNTAX.search(reply.text) is not None


def refuses_mechanism(reply: Reply) -> bool:
    """Whether the server refuses AUTH or its mechanism as such."""
    return _UNKNOWN.search(reply.text[:MAX_TEXT_CHARACTERS]) is not None
