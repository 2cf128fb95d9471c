"""The login methods in order of strength, and the choice of those to try with a server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from poptui.errors import LoginError, NoLoginMethodError, UsageError, quoted
from poptui.net.credentials import Credentials
from poptui.pop3.auth import CramMd5, Login, Mechanism, Plain, apop_timestamp
from poptui.pop3.events import Code, Reply
from poptui.secret import Secret

if TYPE_CHECKING:
    from poptui.net.connecting import OpenConnection
    from poptui.net.server import Server

APOP, USER = "APOP", "USER"

MAX_NAMED = 8
"""Maximum number of the server's methods that an error names."""

MAX_REFUSALS = 3
"""Maximum number of refusals in one login with a password: many servers lock an account after five,
and people mistype a password more than once."""


class CredentialKind(Enum):
    """The credential that a method needs; the value names it in a sentence."""

    CERTIFICATE = "a client certificate"
    TOKEN = "an access token"
    PASSWORD = "a password"


class LoginMethod(NamedTuple):
    """A login method: the name in CAPA's SASL line, or one of the commands APOP and USER."""

    name: str
    credential: CredentialKind
    shows: str
    """Describes what is sent to the server, for the help page."""
    sends_password: bool = False
    """Whether the server gets the password itself: then one such method is as good as another."""
    begin: Callable[[str, Secret, str], Mechanism] | None = None
    """Begin the exchange with user, password and charset, unless ``login`` does so itself."""
    binds: bool = False
    """Whether it is bound to the TLS connection."""

    @property
    def is_digest(self) -> bool:
        """Whether the password is proved and not sent."""
        return self.credential is CredentialKind.PASSWORD and not self.sends_password


_PROOF = "a proof; it must prove itself too"
_BOUND_PROOF = "a proof bound to its certificate; it must prove itself too"
_DIGEST = "a digest, weak by today's standards"

METHODS: tuple[LoginMethod, ...] = (
    LoginMethod("EXTERNAL", CredentialKind.CERTIFICATE, "a proof made by TLS"),
    LoginMethod("SCRAM-SHA-256-PLUS", CredentialKind.PASSWORD, _BOUND_PROOF, binds=True),
    LoginMethod("SCRAM-SHA-1-PLUS", CredentialKind.PASSWORD, _BOUND_PROOF, binds=True),
    LoginMethod("SCRAM-SHA-256", CredentialKind.PASSWORD, _PROOF),
    LoginMethod("SCRAM-SHA-1", CredentialKind.PASSWORD, _PROOF),
    LoginMethod("OAUTHBEARER", CredentialKind.TOKEN, "the token"),
    LoginMethod("XOAUTH2", CredentialKind.TOKEN, "the token"),
    LoginMethod("CRAM-MD5", CredentialKind.PASSWORD, _DIGEST, begin=CramMd5),
    LoginMethod(APOP, CredentialKind.PASSWORD, _DIGEST),
    LoginMethod("PLAIN", CredentialKind.PASSWORD, "the password", sends_password=True, begin=Plain),
    LoginMethod("LOGIN", CredentialKind.PASSWORD, "the password", sends_password=True, begin=Login),
    LoginMethod(USER, CredentialKind.PASSWORD, "the password", sends_password=True),
)
"""All methods, the strongest first; they are tried in this order.

1. EXTERNAL: the key of the certificate never leaves this machine; TLS itself carries the proof.
2. SCRAM: the password is not sent, a listener can't test guesses quickly, and the server proves
   that it knows the password too. The -PLUS forms exclude a man in the middle, so SHA-1 with
   binding comes before SHA-256 without. If binding is refused, the form without is tried: many
   servers know another binding only. To insist on it, set auth.
3. OAUTHBEARER, XOAUTH2: the token is sent as it is, but it expires and opens only the mail. The
   standard comes before its forerunner.
4. CRAM-MD5, APOP: the password is not sent, but anyone who records the exchange can test guesses
   fast. APOP's MD5 is the weaker of the two.
5. PLAIN, LOGIN, USER: the server gets the password. PLAIN takes the fewest round trips.

APOP is an exception: inside TLS it comes last. Servers write its timestamp into the greeting
whether or not they can check it for this user, and some hang up on it or delay the refusal.
"""

HOW_TO_GET_TOKENS = (
    "give the account an oauth_client_id and run 'poptui account authorize NAME' ('poptui help"
    " oauth' has the steps), or set its token_command"
)
"""Advice for an account that has no access tokens."""

BY_NAME = {method.name: method for method in METHODS}
PASSWORD_SENDERS = frozenset(method.name for method in METHODS if method.sends_password)
"""Methods that hand over the password and so fail together if it is wrong."""


def login_methods(
    connection: OpenConnection,
    requested: str | None,
    credentials: Credentials,
    *,
    certificate: bool,
) -> list[str]:
    """Return the methods to try with this server, the best first. Raises PoptuiError.

    ``requested`` is the only one if it is given. ``certificate``: whether TLS shows the server a
    client certificate.
    """
    kinds = _available_kinds(credentials, certificate=certificate)
    if requested is not None:
        return [_check_requested(connection, requested, kinds)]
    offered = offered_methods(connection)
    usable = [method.name for method in offered if method.credential in kinds]
    if usable:
        return usable
    raise _no_method(connection, offered, kinds)


def left_after_refusal(
    left: Sequence[str], refused: Sequence[str], reply: Reply | None, *, is_private: bool
) -> list[str]:
    """Return which of the methods ``left`` are worth an attempt after the ``refused`` ones.

    A refused challenge means that the password is wrong, or that the server stores it in a form
    that this challenge can't use. Sending the password itself shows which, so that comes next if
    nobody else can read it (``is_private``), otherwise last. ``reply`` is the last refusal, None if
    the server hung up or failed instead.
    """
    last = BY_NAME[refused[-1]]
    if last.credential is not CredentialKind.PASSWORD:
        return list(left)
    attempts = sum(BY_NAME[name].credential is CredentialKind.PASSWORD for name in refused)
    names = [name for name in left if BY_NAME[name].credential is CredentialKind.PASSWORD]
    senders = [name for name in names if name in PASSWORD_SENDERS]
    if attempts >= MAX_REFUSALS:
        names = []
    elif last.binds:
        names = [name for name in names if not BY_NAME[name].binds]
    elif last.sends_password and reply is not None and reply.code is Code.AUTH:
        # The server had the password itself. Some tell users of APOP to use nothing else.
        names = [name for name in names if name not in senders and name in reply.text]
    elif last.sends_password and USER in senders:
        names = [name for name in names if name != "LOGIN"]  # checked as PLAIN is
    elif last.is_digest and senders and (is_private or attempts == MAX_REFUSALS - 1):
        names = senders
    return [
        name
        for name in left
        if BY_NAME[name].credential is not CredentialKind.PASSWORD or name in names
    ]


def offered_methods(connection: OpenConnection) -> list[LoginMethod]:
    """Return the methods that the server offers and poptui knows, the best first.

    A server that announces no SASL at all is taken to know USER, even if CAPA does not list it.
    """
    capabilities = connection.capabilities
    names = set(capabilities.mechanisms) & set(BY_NAME) - {APOP, USER}
    if USER in capabilities or not capabilities.mechanisms:
        names.add(USER)
    if apop_timestamp(connection.greeting):
        names.add(APOP)
    if not connection.encrypted:
        names -= {method.name for method in METHODS if method.binds or method.name == "EXTERNAL"}
    offered = [method for method in METHODS if method.name in names]
    return sorted(offered, key=lambda each: each.name == APOP and connection.encrypted)


def _available_kinds(credentials: Credentials, *, certificate: bool) -> frozenset[CredentialKind]:
    has = {
        CredentialKind.PASSWORD: credentials.password is not None,
        CredentialKind.TOKEN: credentials.tokens is not None,
        CredentialKind.CERTIFICATE: certificate,
    }
    return frozenset(credential for credential, is_there in has.items() if is_there)


def _check_requested(
    connection: OpenConnection, requested: str, kinds: frozenset[CredentialKind]
) -> str:
    """Return the method that the user chose, if it can work. Raises PoptuiError."""
    check_known(requested)
    where, method = connection.client.server.address, BY_NAME[requested]
    if requested == APOP and apop_timestamp(connection.greeting) is None:
        raise NoLoginMethodError(
            f"{where}: the server's greeting has no valid APOP timestamp. Leave auth out, or choose"
            " another method."
        )
    mechanisms = connection.capabilities.mechanisms
    if mechanisms and requested not in (APOP, USER, *mechanisms):
        raise NoLoginMethodError(
            f"{where} does not offer {requested}, which the account asks for; it offers"
            f" {_list(mechanisms)}. Choose one of these, or leave auth out."
        )
    if method.credential in kinds:
        return requested
    raise _lacking(f"{requested} at {where} needs {method.credential.value}", method.credential)


def check_known(requested: str) -> None:
    """Raises UsageError unless poptui has a login method of this name."""
    if requested not in BY_NAME:
        known = ", ".join("+APOP" if name == APOP else name for name in BY_NAME)
        raise UsageError(f"poptui cannot log in by {quoted(requested)}: it knows {known}.")


def _no_method(
    connection: OpenConnection, offered: Sequence[LoginMethod], kinds: frozenset[CredentialKind]
) -> LoginError:
    """Return the error for a server at which nothing fits, with what to configure."""
    where = connection.client.server.address
    mechanisms = connection.capabilities.mechanisms
    named = _list(mechanisms or [method.name for method in offered])
    if offered:
        # The user has a password more often than anything else.
        wanted = [method.credential for method in offered]
        credential = next(
            (each for each in (CredentialKind.PASSWORD, CredentialKind.TOKEN) if each in wanted),
            wanted[0],
        )
        return _lacking(f"{where} offers only {named} and needs {credential.value}", credential)
    if "EXTERNAL" in mechanisms or any(name.endswith("-PLUS") for name in mechanisms):
        return NoLoginMethodError(
            f"{where} offers only {named}, which needs TLS. Use pops:// or --starttls."
        )
    return NoLoginMethodError(
        f"{where} offers only {named}, and poptui knows none of these methods. Ask the provider for"
        " another way to log in with POP3."
    )


def _lacking(what: str, credential: CredentialKind) -> LoginError:
    """Return the error for a credential that the account doesn't have."""
    match credential:
        case CredentialKind.PASSWORD:
            return LoginError(
                f"{what}, but there is none: give it with --password-stdin, in POPTUI_PASSWORD,"
                " by a password_command or in the keyring."
            )
        case CredentialKind.TOKEN:
            return NoLoginMethodError(f"{what}: {HOW_TO_GET_TOKENS}.")
        case CredentialKind.CERTIFICATE:
            return NoLoginMethodError(f"{what}: set client_cert for the account.")


def _list(names: Iterable[str]) -> str:
    """Return names for a sentence, as the server wrote them but not too many."""
    shown = list(dict.fromkeys(names))
    more = f" and {len(shown) - MAX_NAMED} more" if len(shown) > MAX_NAMED else ""
    return quoted(", ".join(shown[:MAX_NAMED])).strip("“”") + more


def describe_choice(
    connection: OpenConnection, server: Server, methods: list[str], offered: list[str]
) -> str:
    """Explain, for the log, which methods will be tried and why in this order."""
    tls = "inside TLS" if connection.encrypted else "unencrypted"
    if server.mechanism:
        return f"{methods[0]}, {tls}: the account says so"
    if len(methods) < len(offered):
        return f"{methods[0]}, {tls}: it worked before; offered are {', '.join(offered)}"
    why = "the server gets the password" if methods[0] in PASSWORD_SENDERS else "the strongest one"
    return f"{methods[0]}, {tls}: {why}; then {', '.join(methods[1:]) or 'nothing else'}"
