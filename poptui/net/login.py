"""Log in: try the methods that the server offers, the strongest first.

:mod:`poptui.net.login_methods` decides which these are, :mod:`poptui.net.login_memory` which of
them worked before, :mod:`poptui.net.login_refusals` what a refusal means. A password or token is
sent only inside TLS, to this machine, or if the user allowed plaintext for the host;
:mod:`poptui.net.connecting` ensures that.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

from poptui.errors import (
    ConnectionClosedError,
    LoginError,
    LoginUnansweredError,
    MailboxLockedError,
    NoLoginMethodError,
    PoptuiError,
    ServerError,
    UntrustedServerError,
    quoted,
)
from poptui.net.client import Client
from poptui.net.connecting import OpenConnection, connect
from poptui.net.credentials import Credentials
from poptui.net.login_memory import LoginMemory
from poptui.net.login_methods import (
    APOP,
    BY_NAME,
    PASSWORD_SENDERS,
    USER,
    CredentialKind,
    describe_choice,
    left_after_refusal,
    login_methods,
)
from poptui.net.login_refusals import (
    MAX_LOGIN_DELAY_S,
    is_credentials_refusal,
    login_delay_s,
    refusal_error,
    refuses_mechanism,
    refuses_syntax,
    with_untried,
)
from poptui.net.pipelining_policy import PipeliningPolicy
from poptui.net.server import DEFAULT_OPTIONS, ConnectionOptions, Server, is_loopback, pinned
from poptui.net.server_profile import ServerFact, ServerNumber, ServerProfile, keep_alive
from poptui.pop3.auth import (
    External,
    Mechanism,
    OAuthBearer,
    XOAuth2,
    apop_digest,
    apop_timestamp,
)
from poptui.pop3.capabilities import Capabilities
from poptui.pop3.commands import Apop, Auth, Pass, User
from poptui.pop3.errors import LocalError
from poptui.pop3.events import Reply
from poptui.secret import Secret

logger = logging.getLogger(__name__)


class LoggedInClient(NamedTuple):
    """A client after the login, and facts about the server."""

    client: Client
    capabilities: Capabilities
    """Announced before the login; many servers announce others after it."""
    encrypted: bool
    pipelining: PipeliningPolicy


class LoginObserver:
    """Receives the steps of a login; a subclass records those that it needs."""

    def connected(self, connection: OpenConnection) -> None:
        """The connection is open, and nothing was sent to log in; a PoptuiError prevents that."""

    def chosen(self, choice: str) -> None:
        """Describes the methods that will be tried, and why."""

    def accepted(self, method: str, refused: list[str]) -> None:
        """The server has accepted ``method``, after it had refused others."""


async def log_in(
    server: Server,
    credentials: Credentials,
    profile: ServerProfile | None = None,
    options: ConnectionOptions = DEFAULT_OPTIONS,
    observer: LoginObserver | None = None,
) -> LoggedInClient:
    """Connect and log in. Raises PoptuiError: its class says whether to ask for the password.

    ``profile`` holds known facts about servers; the session adds what it learns.
    """
    profile = profile or ServerProfile()
    if server.pin is None and (pin := profile.trusted(server.address)):
        server = pinned(server, pin)
    attempts = _LoginAttempts(server, credentials, profile, options, observer or LoginObserver())
    connection = await attempts.run()
    advertised = "PIPELINING" in connection.capabilities
    pipelining = PipeliningPolicy(connection.client, profile, advertised=advertised)
    keep_alive(connection.client, profile)
    return LoggedInClient(
        connection.client, connection.capabilities, connection.encrypted, pipelining
    )


class _BindingWantedError(UntrustedServerError):
    """The server can bind the login to TLS, although it didn't seem to offer that."""


class _LoginAttempts:
    """Tries one method after another until one succeeds.

    The server may refuse the method rather than the password: it can offer APOP and store only a
    hash of this user's password, which APOP cannot use. So try another method, on a new connection
    if the server hung up, but only few: ``left_after_refusal`` decides. The method that works is
    remembered and becomes the last one to be tried, so that a wrong password later costs one
    refused login, not several.
    """

    def __init__(
        self,
        server: Server,
        credentials: Credentials,
        profile: ServerProfile,
        options: ConnectionOptions,
        observer: LoginObserver,
    ) -> None:
        self._server, self._credentials = server, credentials
        self._profile, self._options, self._observer = profile, options, observer
        self._memory = LoginMemory(server, profile)
        self._connection: OpenConnection
        self._is_fresh = True
        """Nothing was refused on this connection yet."""
        self._token: Secret | None = None
        self._token_was_renewed = False
        self._problem = ""
        """A problem with the last exchange, in addition to the server's reply."""
        self._was_challenged = False
        """In the last exchange, the server went on after AUTH."""
        self._binding: bytes | None = None
        """The channel binding for SCRAM; None outside TLS, or if the certificate allows none."""

    async def run(self) -> OpenConnection:
        """Connect and log in. Raises PoptuiError."""
        self._connection = await connect(self._server, self._options)
        try:
            self._learn_delay(login_delay_s(self._connection.capabilities))
            self._observer.connected(self._connection)
            return await self._try_all(self._methods())
        except BaseException:
            self._connection.client.close()
            raise

    def _learn_delay(self, delay_s: float) -> None:
        """Remember the pause that the server wants between two logins."""
        number = (ServerNumber.LOGIN_DELAY_S, self._server.address)
        if delay_s and self._profile.number(*number) != int(delay_s):
            self._profile.learn_number(*number, int(delay_s))

    def _methods(self) -> list[str]:
        """Return the methods to try, in order. Raises PoptuiError."""
        has_certificate = self._server.client_cert is not None and self._connection.encrypted
        methods = login_methods(
            self._connection, self._server.mechanism, self._credentials, certificate=has_certificate
        )
        if any(name.startswith("SCRAM-") for name in methods):
            methods = self._without_unbindable(methods)
        offered, methods = methods, self._memory.sort(methods)
        choice = describe_choice(self._connection, self._server, methods, offered)
        logger.info("logging in by %s", choice)
        self._observer.chosen(choice)
        return methods

    def _without_unbindable(self, methods: list[str]) -> list[str]:
        """Leave out SCRAM-PLUS if there is nothing to bind it to. Raises NoLoginMethodError."""
        from poptui.net.scram import channel_binding

        self._binding = channel_binding(self._connection.client.stream.certificate())
        bindable = [name for name in methods if self._binding or not BY_NAME[name].binds]
        if not bindable:
            raise NoLoginMethodError(
                f"{methods[0]} at {self._server.address} needs TLS, with a certificate that the"
                " login can be bound to. Use pops:// or --starttls, or choose another method with"
                " auth."
            )
        return bindable

    async def _try_all(self, methods: list[str]) -> OpenConnection:
        failure: PoptuiError | None = None
        refused: list[str] = []
        left = methods
        while left:
            method, *left = left
            reply: Reply | None = None
            try:
                reply = await self._try(method)
            except LoginUnansweredError as error:
                logger.info("the login by %s was not answered", method)
                self._memory.hung_up(method)
                failure = failure or error
            except ServerError as error:
                # A server that chokes on a challenge may still take the password itself.
                if not BY_NAME[method].is_digest:
                    raise
                logger.info("the login by %s failed: %s", method, error)
                self._memory.hung_up(method)
                failure = failure or error
            except LocalError as error:
                address = self._server.address
                failure = failure or LoginError(f"The login cannot be sent to {address}: {error}.")
                continue
            if reply is not None:
                logger.info("the login by %s was %s", method, "accepted" if reply.ok else "refused")
                if reply.ok:
                    self._memory.accepted(method, methods)
                    self._observer.accepted(method, refused)
                    return self._connection
                failure = self._refusal(method, reply)
                if isinstance(failure, MailboxLockedError) and failure.wait_is_stated:
                    self._learn_delay(min(failure.wait_s, MAX_LOGIN_DELAY_S))
                if not is_credentials_refusal(reply):
                    break
                self._memory.count_refusal(method)
                if self._is_unknown(method, reply):
                    continue  # nothing was checked
            refused.append(method)
            before = left
            left = left_after_refusal(left, refused, reply, is_private=self._is_private)
            if failure and before and not left and not PASSWORD_SENDERS.intersection(refused):
                failure = with_untried(failure, before)
        assert failure is not None, "at least one method was tried"
        raise failure

    @property
    def _is_private(self) -> bool:
        """Whether the connection is encrypted, or doesn't leave this machine."""
        return self._connection.encrypted or is_loopback(self._server.host)

    def _is_unknown(self, method: str, reply: Reply) -> bool:
        """Whether AUTH or its mechanism is refused as such."""
        is_sasl = method not in (APOP, USER)
        return is_sasl and not self._was_challenged and refuses_mechanism(reply)

    def _refusal(self, method: str, reply: Reply) -> PoptuiError:
        if self._is_unknown(method, reply):
            return NoLoginMethodError(
                f"{self._server.address} offers the login by {method} but does not know it"
                f" ({quoted(reply.text)}). Choose another method with auth, or ask the provider."
            )
        password = self._credentials.password
        is_ascii = self._server.user.isascii() and (not password or password.reveal().isascii())
        return refusal_error(
            self._server,
            reply,
            self._connection.capabilities,
            BY_NAME[method].credential,
            self._problem,
            is_ascii=is_ascii,
            encrypted=self._connection.encrypted,
        )

    async def _send(self, exchange: Callable[[], Awaitable[Reply]]) -> Reply:
        """Run an exchange on a live connection; ``exchange`` sends it on the present one."""
        if not self._connection.client.alive:
            await self._reconnect()
        try:
            reply = await exchange()
        except ConnectionClosedError:
            if self._is_fresh:
                raise
            # The server was still hanging up after the previous refusal.
            await self._reconnect()
            reply = await exchange()
        self._is_fresh &= reply.ok
        return reply

    async def _reconnect(self) -> None:
        self._connection = await connect(self._server, self._options)
        self._is_fresh = True

    async def _try(self, method: str) -> Reply:
        """Try one method. Raises PoptuiError, LocalError."""
        self._problem = ""
        try:
            match BY_NAME[method].credential:
                case CredentialKind.TOKEN:
                    return await self._log_in_with_token(method)
                case CredentialKind.CERTIFICATE:
                    return await self._log_in_with_certificate()
                case CredentialKind.PASSWORD:
                    return await self._log_in_with_password(method)
        except ConnectionClosedError as error:
            refusal = self._connection.client.connection.last_refusal
            if refusal is not None and not is_credentials_refusal(refusal):
                return refusal  # CAPA was refused for a reason that also prevents the login
            raise LoginUnansweredError(
                f"The login as {self._server.title} got no answer:"
                f" {str(error).removesuffix('.')}. Some servers do this when the password is wrong."
            ) from None

    async def _log_in_with_password(self, method: str) -> Reply:
        password = self._credentials.password
        assert password is not None
        if method == APOP:
            return await self._send(partial(self._send_digest, password))
        if method == USER:
            return await self._send(partial(self._send_password, password))
        try:
            return await self._authenticate(method, partial(self._mechanism, method, password))
        except _BindingWantedError as error:
            return await self._log_in_bound(f"{method}-PLUS", password, error)

    async def _log_in_bound(
        self, method: str, password: Secret, error: _BindingWantedError
    ) -> Reply:
        """Answer a server that says its offer of the -PLUS form was lost (RFC 5802 section 6).

        Either an attacker removed the offer, or the server never made it. One attempt with binding
        shows which, because an attacker in the middle can't relay it. Raises ``error`` if it fails.
        """
        logger.info("the server wants the login bound to TLS: trying %s", method)
        self._is_fresh = False
        reply = await self._authenticate(method, partial(self._mechanism, method, password))
        if reply.ok or self._problem in ("invalid proof", "unknown user"):
            return reply
        raise error

    async def _send_digest(self, password: Secret) -> Reply:
        user, charset = self._server.user, self._server.login_charset
        stamp = apop_timestamp(self._connection.greeting) or ""
        digest = apop_digest(stamp, password, charset)
        return await self._connection.client.execute(Apop(user, digest, charset=charset))

    async def _send_password(self, password: Secret) -> Reply:
        client, charset = self._connection.client, self._server.login_charset
        reply = await client.execute(User(self._server.user, charset=charset))
        return await client.execute(Pass(password, charset=charset)) if reply.ok else reply

    def _mechanism(self, method: str, password: Secret) -> Mechanism:
        """Begin a new exchange with a password. Raises LocalError if it can't be sent."""
        user = self._server.user
        if begin := BY_NAME[method].begin:
            return begin(user, password, self._server.login_charset)
        from poptui.net.scram import Scram

        # A server that offers a -PLUS form must not be told that it offers none: then the form
        # without it is used because the one with it was refused, or the user chose it.
        offered = self._connection.capabilities.mechanisms
        plus = BY_NAME[method].binds or not any(name.endswith("-PLUS") for name in offered)
        return Scram(method, user, password, self._binding if plus else None)

    async def _log_in_with_certificate(self) -> Reply:
        # Without a name, the server would open the certificate's mailbox, which may be another's.
        return await self._authenticate("EXTERNAL", partial(External, self._server.user))

    async def _log_in_with_token(self, method: str) -> Reply:
        """Try a token and, if it is refused, once another one."""
        tokens = self._credentials.tokens
        assert tokens is not None
        self._token = token = self._token or await tokens.token()
        reply = await self._send_token(method, token)
        if reply.ok or self._token_was_renewed or not is_credentials_refusal(reply):
            return reply
        logger.info("the server refused the access token: getting another one")
        self._token_was_renewed = True
        self._token = await tokens.token(refused=token)
        return reply if self._token == token else await self._send_token(method, self._token)

    async def _send_token(self, method: str, token: Secret) -> Reply:
        server = self._server
        bearer = XOAuth2 if method == "XOAUTH2" else OAuthBearer
        return await self._authenticate(
            method, partial(bearer, server.user, token, server.host, server.port)
        )

    async def _authenticate(self, method: str, begin: Callable[[], Mechanism]) -> Reply:
        """Run a SASL exchange; in two steps if the server takes no initial response with AUTH."""
        command = Auth(method, begin().initial())
        in_two_steps = partial(self._exchange, begin, method, with_initial=False)
        takes_none = (ServerFact.TAKES_NO_INITIAL_RESPONSE, self._server.address)
        if not command.fits or self._profile.known(*takes_none):
            return await self._send(in_two_steps)
        reply = await self._send(partial(self._exchange, begin, method, with_initial=True))
        if command.initial is None or reply.ok or self._was_challenged:
            return reply
        if not refuses_syntax(reply):
            return reply
        reply = await self._send(in_two_steps)
        if reply.ok:
            self._profile.learn(*takes_none, True)
        return reply

    async def _exchange(
        self, begin: Callable[[], Mechanism], method: str, *, with_initial: bool
    ) -> Reply:
        """Run one exchange. Raises UntrustedServerError unless the server has proved itself."""
        mechanism, client = begin(), self._connection.client
        command = Auth(method, mechanism.initial() if with_initial else None)
        before = client.connection.round_trips
        try:
            reply = await client.authenticate(mechanism, command)
        except ServerError:
            if mechanism.distrust:
                raise self._untrusted(method, mechanism.distrust) from None
            raise
        if mechanism.distrust:
            kind = _BindingWantedError if mechanism.wants_binding else UntrustedServerError
            raise self._untrusted(method, mechanism.distrust, kind)
        if reply.ok and not mechanism.is_complete:
            raise self._untrusted(method, "it let us in without completing the exchange")
        self._problem = mechanism.problem
        self._was_challenged = client.connection.round_trips > before + 1
        return reply

    def _untrusted(
        self, method: str, why: str, kind: type[UntrustedServerError] = UntrustedServerError
    ) -> UntrustedServerError:
        return kind(
            f"{self._server.address} may not be the server it claims to be: in the login by"
            f" {method}, {why}. poptui hung up. Ask the provider; to use another method"
            " nevertheless, choose it with auth."
        )
