"""Choose the server of a new account: find it, and ask about a certificate that isn't trusted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from poptui.accounts.candidates import Candidate, EmailAddress, parse_address
from poptui.accounts.discovery import FoundServer, NoPop3Error, find_server
from poptui.accounts.new_account import NewAccount, check_method, target_of
from poptui.accounts.providers import Provider, provider_of_domain, provider_of_host
from poptui.accounts.setup_dialog import SetupDialog, SetupOptions, StoppedError, ask_trust
from poptui.accounts.trial import ProbeResult
from poptui.errors import ConnectError, PoptuiError, ServerError, UsageError
from poptui.net.server import Server, is_loopback, parse_pin
from poptui.storage.config import Config

T = TypeVar("T")


class ServerChoice:
    """Finds the server that the user means, and connects to it."""

    def __init__(self, options: SetupOptions, config: Config, dialog: SetupDialog) -> None:
        self._options, self._config, self._dialog = options, config, dialog
        self.address: EmailAddress | None = None
        """The user's mail address, if it was given."""
        self.provider: Provider | None = None
        """The provider of the server, if known."""
        self._seen: tuple[Server, ProbeResult] | None = None
        """The server that was found, and what it offers."""

    async def choose(self) -> NewAccount:
        """Return the account on the server that the user means. Raises PoptuiError."""
        given = self._options.address
        asked = "Your mail address, or pops://you@server"
        account = await ask_until_valid(
            self._options, self._dialog, self._server_from, given, asked
        )
        return self._with_options(account)

    async def _server_from(self, text: str) -> NewAccount:
        """Return the account for an address, or for a URL."""
        if "://" in text:
            return self._account(target_of(text, None))
        self.address = parse_address(text)
        if self._options.server:
            return self._account(target_of(self._options.server, self.address))
        try:
            found = await self._dialog.wait_for(
                find_server(
                    self.address,
                    lambda candidate: self._account_at(candidate).server,
                    self._dialog.progress,
                    route=self._account("").route,
                    tries_providers=self._options.test,
                )
            )
        except NoPop3Error:
            raise
        except ConnectError as error:
            if not self._options.asks:
                raise
            self._dialog.inform(str(error))
            if provider_of_domain(self.address.domain) is None:
                return await self._ask_server()
            if not await self._dialog.ask_yes("Try again?"):
                raise StoppedError from None
            return await self._server_from(text)
        return await self._accept(found)

    async def _ask_server(self) -> NewAccount:
        return await ask_until_valid(
            self._options,
            self._dialog,
            self._server_by_name,
            None,
            "Its POP3 server, such as pop.example.com, or the right address",
        )

    async def _server_by_name(self, text: str) -> NewAccount:
        """Return the account on a server, or for an address in place of a mistyped one."""
        if "@" in text and "://" not in text and not self._options.server:
            return await self._server_from(text)
        return self._account(target_of(text, self.address))

    def _account(self, url: str) -> NewAccount:
        """Return the account on a server, with the settings that every connection needs."""
        options = self._options
        ca_file = options.ca_file and str(Path(options.ca_file).absolute())
        account = NewAccount({"url": url}, self._config.settings)
        return account.with_values(proxy=options.proxy, ca_file=ca_file)

    def _account_at(self, candidate: Candidate) -> NewAccount:
        """Return the account on a server that was found; STLS is required even on this machine."""
        return self._account(candidate.url).with_values(starttls=not candidate.implicit_tls)

    async def _accept(self, found: FoundServer) -> NewAccount:
        candidate, self.provider = found.candidate, found.provider
        account = self._account_at(candidate)
        self._seen = account.server, found.probed
        self._dialog.inform(f"Found {candidate.title} {candidate.origin.value}.")
        if candidate.note:
            if not self._options.asks:
                raise UsageError(f"{candidate.note} Confirm it with --server {candidate.url}.")
            self._dialog.inform(candidate.note)
            if not await self._dialog.ask_yes("Use this server?"):
                raise StoppedError
        return account

    def _with_options(self, account: NewAccount) -> NewAccount:
        """Add the settings of the options, and check that they fit together. Raises UsageError."""
        options = self._options
        url, starttls = account.values["url"], bool(account.values.get("starttls"))
        if not is_loopback(self._account(url).server.host):
            starttls = False  # required there anyway
        account = account.with_values(
            starttls=starttls or options.starttls,
            allow_plaintext=options.allow_plaintext,
            pin=options.pin and parse_pin(options.pin),
            auth=options.auth and check_method(options.auth),
            password_command=options.password_command,
        )
        self.provider = self.provider or provider_of_host(account.server.host)
        return account

    async def reach(self, account: NewAccount) -> tuple[NewAccount, ProbeResult]:
        """Connect, and ask whether to trust a certificate. Raises PoptuiError."""
        if not self._options.test:
            return account, ProbeResult()
        account, probed = await self._connect(account)
        if probed.untrusted is not None:
            if not self._options.asks:
                raise probed.untrusted
            if not await ask_trust(self._dialog, probed.untrusted):
                raise StoppedError
            account = account.with_values(pin=probed.untrusted.certificate.fingerprint)
            probed = await self._dialog.wait_for(account.probe())
        if not probed.encrypted:
            self._dialog.inform(f"The connection to {account.server.address} is not encrypted.")
        return account, probed

    async def _connect(self, account: NewAccount) -> tuple[NewAccount, ProbeResult]:
        """Connect; if that fails, ask for another server. Raises PoptuiError."""
        if self._seen and self._seen[0] == account.server:
            return account, self._seen[1]
        while True:
            self._dialog.progress(f"Connecting to {account.server.address} …")
            try:
                return account, await self._dialog.wait_for(account.probe())
            except (ConnectError, ServerError) as error:
                if not self._options.asks:
                    raise
                self._dialog.inform(str(error))
            account = self._with_options(await self._ask_server())


async def ask_until_valid(
    options: SetupOptions,
    dialog: SetupDialog,
    parse: Callable[[str], Awaitable[T]],
    given: str | None,
    question: str,
    default: str = "",
) -> T:
    """Parse what was given, or ask until the answer can be parsed. Raises PoptuiError."""
    text = given
    while True:
        if text is None:
            if not options.asks:
                raise UsageError(f"{question}: give it on the command line.")
            text = await dialog.ask(question, default)
        try:
            return await parse(text)
        except NoPop3Error:
            raise
        except PoptuiError as error:
            if not options.asks:
                raise
            dialog.inform(str(error))
            text = None
