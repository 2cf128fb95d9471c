"""The steps of setting up an account; a ``SetupDialog`` asks the questions.

They find the server, ask about a certificate that isn't trusted, try the login, and save the
password and the account. Nothing is saved before the last step, and nothing is downloaded or
deleted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from poptui.accounts.candidates import Candidate, EmailAddress, parse_address
from poptui.accounts.discovery import FoundServer, NoPop3Error, find_server
from poptui.accounts.new_account import (
    NewAccount,
    account_of_server,
    check_method,
    check_name,
    default_name,
    target_of,
)
from poptui.accounts.providers import Provider, provider_of_domain, provider_of_host
from poptui.accounts.setup_dialog import SetupDialog, SetupOptions, SetupResult, StoppedError
from poptui.accounts.trial import Probed
from poptui.environment import PASSWORD, config_path
from poptui.errors import ConnectError, LoginError, PoptuiError, ServerError, UsageError, quoted
from poptui.net.credentials import Credentials
from poptui.net.login_methods import CredentialKind
from poptui.net.server import Server, is_loopback, parse_pin
from poptui.printable import shell_word
from poptui.secret import Secret
from poptui.storage.config import Config
from poptui.storage.keyring_store import KeyringError, has_keyring, read_keyring
from poptui.storage.secrets import find_password
from poptui.storage.toml_reader import shown
from poptui.storage.user_command import CommandTokens

MAX_ATTEMPTS = 3
"""The number of passwords that may be tried. Each costs up to three refusals, and servers lock out
clients that cause more."""

_WHERE = "Where should the password be kept?"
_IN_KEYRING = "in the system's keyring"
_NOWHERE = "nowhere: ask for it each time"
_BY_COMMAND = "elsewhere: a command prints it, such as “pass mail/work”"

T = TypeVar("T")


@dataclass
class _Login:
    """The user's way to sign in, as far as it is known."""

    password: Secret | None = None
    was_typed: bool = False
    with_token: bool = False


class AccountSetup:
    """One account's setup: each step asks what the options don't say."""

    def __init__(self, options: SetupOptions, config: Config, dialog: SetupDialog) -> None:
        self._options, self._config, self._dialog = options, config, dialog
        self._address: EmailAddress | None = None
        self._provider: Provider | None = None
        self._seen: tuple[Server, Probed] | None = None
        """The server that was found, and what it offers."""

    async def run(self) -> SetupResult:
        """Take all steps. Raises PoptuiError and StoppedError."""
        if self._options.name:
            check_name(self._options.name, self._taken_names())
        if self._options.auth:
            check_method(self._options.auth)
        account = await self._choose_server()
        account, probed = await self._reach(account)
        if self._options.user:
            account = account.with_user(self._options.user)
        self._check_existing(account)
        login = await self._choose_login(account, probed)
        if login.with_token:
            account = await self._try_tokens(await self._choose_tokens(account))
        else:
            account, login = await self._try(account, login)
        keep, account = await self._choose_store(account, login)
        name = await self._choose_name(account)
        await self._save(account, name, keep)
        needs_authorization = login.with_token and not account.values.get("token_command")
        return SetupResult(name, Credentials(login.password), needs_authorization)

    # --- the server

    async def _choose_server(self) -> NewAccount:
        given = self._options.address
        asked = "Your mail address, or pops://you@server"
        account = await self._ask_until_valid(self._server_from, given, asked)
        return self._with_options(account)

    async def _server_from(self, text: str) -> NewAccount:
        """Return the account for an address, or for a URL."""
        if "://" in text:
            return self._account(target_of(text, None))
        self._address = parse_address(text)
        if self._options.server:
            return self._account(target_of(self._options.server, self._address))
        try:
            found = await self._dialog.wait_for(
                find_server(
                    self._address,
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
            self._dialog.tell(str(error))
            if provider_of_domain(self._address.domain) is None:
                return await self._ask_server()
            if not await self._dialog.ask_yes("Try again?"):
                raise StoppedError from None
            return await self._server_from(text)
        return await self._accept(found)

    async def _ask_server(self) -> NewAccount:
        return await self._ask_until_valid(
            self._server_by_name,
            None,
            "Its POP3 server, such as pop.example.com, or the right address",
        )

    async def _server_by_name(self, text: str) -> NewAccount:
        """Return the account at a server, or for an address in place of a mistyped one."""
        if "@" in text and "://" not in text and not self._options.server:
            return await self._server_from(text)
        return self._account(target_of(text, self._address))

    def _account(self, url: str) -> NewAccount:
        """Return the account at a server, with the settings that every connection needs."""
        options = self._options
        ca_file = options.ca_file and str(Path(options.ca_file).absolute())
        account = NewAccount({"url": url}, self._config.settings)
        return account.with_values(proxy=options.proxy, ca_file=ca_file)

    def _account_at(self, candidate: Candidate) -> NewAccount:
        """Return the account at a server that was found; STLS is required even on this machine."""
        return self._account(candidate.url).with_values(starttls=not candidate.implicit_tls)

    async def _accept(self, found: FoundServer) -> NewAccount:
        candidate, self._provider = found.candidate, found.provider
        account = self._account_at(candidate)
        self._seen = account.server, found.probed
        self._dialog.tell(f"Found {candidate.title} {candidate.origin.value}.")
        if candidate.note:
            if not self._options.asks:
                raise UsageError(f"{candidate.note} Confirm it with --server {candidate.url}.")
            self._dialog.tell(candidate.note)
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
        self._provider = self._provider or provider_of_host(account.server.host)
        return account

    async def _reach(self, account: NewAccount) -> tuple[NewAccount, Probed]:
        """Connect, and ask whether to trust a certificate. Raises PoptuiError."""
        if not self._options.test:
            return account, Probed()
        account, probed = await self._connect(account)
        if probed.untrusted is not None:
            if not self._options.asks:
                raise probed.untrusted
            if not await self._dialog.trusts(probed.untrusted):
                raise StoppedError
            account = account.with_values(pin=probed.untrusted.certificate.fingerprint)
            probed = await self._dialog.wait_for(account.probe())
        if not probed.encrypted:
            self._dialog.tell(f"The connection to {account.server.address} is not encrypted.")
        return account, probed

    async def _connect(self, account: NewAccount) -> tuple[NewAccount, Probed]:
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
                self._dialog.tell(str(error))
            account = self._with_options(await self._ask_server())

    def _check_existing(self, account: NewAccount) -> None:
        accounts = {name: self._config.for_target(name) for name in self._config.accounts}
        if name := account_of_server(account.server, accounts):
            raise UsageError(
                f"The account {quoted(name)} opens {account.server.title} already. Change it with"
                f" “poptui account edit {shell_word(name)}”."
            )

    # --- signing in

    async def _choose_login(self, account: NewAccount, probed: Probed) -> _Login:
        """Ask how to sign in, if there is a choice. Raises UsageError."""
        kinds = {method.credential for method in probed.methods}
        if kinds == {CredentialKind.CERTIFICATE}:
            raise UsageError(
                f"{account.server.address} lets in only clients with a certificate: write an"
                " account with client_cert into the configuration (“poptui config edit”)."
            )
        kind = self._provider.oauth if self._provider else ""
        takes_tokens = CredentialKind.TOKEN in kinds or kind in ("only", "also")
        takes_passwords = kind != "only" and (not kinds or CredentialKind.PASSWORD in kinds)
        if self._options.token_command or self._options.oauth_client_id:
            return _Login(with_token=True)
        if account.values.get("auth") in ("XOAUTH2", "OAUTHBEARER"):
            return _Login(with_token=True)
        if self._options.password_stdin or self._options.password_command:
            return _Login()
        if not takes_passwords:
            what = self._provider.title if self._provider else account.server.host
            self._dialog.tell(
                f"At {what} you sign in with the browser (OAuth 2.0): a password doesn't work."
            )
            return _Login(with_token=True)
        if takes_tokens and self._options.asks:
            hint = self._provider.password if self._provider else ""
            chosen = await self._dialog.choose(
                "How do you sign in?",
                [
                    f"with a password{f': {hint}' if hint else ''}",
                    "with the browser (OAuth 2.0)",
                ],
            )
            return _Login(with_token=chosen == 1)
        return _Login()

    async def _choose_tokens(self, account: NewAccount) -> NewAccount:
        """Ask where the access tokens come from. Raises UsageError."""
        options = self._options
        if options.token_command or options.oauth_client_id:
            return account.with_values(
                token_command=options.token_command, oauth_client_id=options.oauth_client_id
            )
        if not options.asks:
            raise UsageError(
                f"{account.server.title} signs in with OAuth: give --oauth-client-id (see “poptui"
                " help oauth”) or --token-command."
            )
        chosen = await self._dialog.choose(
            "Where do the access tokens come from?",
            [
                "from poptui itself, with a client id that you get once (poptui help oauth)",
                "from a command that prints one, such as mutt_oauth2.py",
            ],
        )
        if chosen == 1:
            return account.with_values(token_command=await self._dialog.ask("The command"))
        while not (client_id := (await self._dialog.ask("Your OAuth client id")).strip()):
            self._dialog.tell(
                "poptui has no client id of its own. “poptui help oauth” shows how to get one in"
                " five steps; Esc stops here."
            )
        secret = await self._dialog.ask("Its client secret, if it has one (Google)")
        return account.with_values(oauth_client_id=client_id, oauth_client_secret=secret.strip())

    async def _try_tokens(self, account: NewAccount) -> NewAccount:
        """Log in with a token from the user's command; ask for another command if that fails.

        Raises PoptuiError.
        """
        was_asked = self._options.asks and not self._options.token_command
        for attempt in range(1, MAX_ATTEMPTS + 1):
            command = account.settings.token_command if self._options.test else ""
            if not command:
                return account
            try:
                tokens = CommandTokens(command, account.server.title)
                await tokens.prepare()
                self._dialog.progress("Logging in …")
                result = await self._dialog.wait_for(account.try_login(Credentials(tokens=tokens)))
            except LoginError as error:
                if not was_asked or attempt == MAX_ATTEMPTS:
                    raise
                self._dialog.tell(str(error))
                account = account.with_values(
                    token_command=await self._dialog.ask("The command", command)
                )
                continue
            self._dialog.tell(f"It works: {result.description}.")
            return account
        raise AssertionError("the last attempt returns or raises")

    async def _try(self, account: NewAccount, login: _Login) -> tuple[NewAccount, _Login]:
        """Find the password and log in with it; ask again if it is refused. Raises PoptuiError."""
        options = self._options
        if not options.test and not options.password_stdin:
            return account, login
        if self._provider and self._provider.password and self._options.asks:
            self._dialog.tell(f"{self._provider.title} wants {self._provider.password}.")
            self._dialog.tell(f"See: poptui help {self._provider.page}")
            account = await self._choose_recent(account)
        for attempt in range(1, MAX_ATTEMPTS + 1):
            account, login = await self._find_password(account, is_again=attempt > 1)
            if not options.test:
                return account, login
            assert login.password is not None
            self._dialog.progress("Logging in …")
            try:
                result = await self._dialog.wait_for(account.try_login(Credentials(login.password)))
            except LoginError as error:
                if not login.was_typed or not error.asks_password or attempt == MAX_ATTEMPTS:
                    raise
                self._dialog.tell(str(error))
                continue
            self._dialog.tell(f"It works: {result.description}.")
            return account, login
        raise AssertionError("the last attempt returns or raises")

    async def _choose_recent(self, account: NewAccount) -> NewAccount:
        """Ask whether Gmail should list recent messages or only those no client has fetched."""
        user = account.server.user
        if not (self._provider and self._provider.recent) or ":" in user:
            return account
        chosen = await self._dialog.choose(
            f"Which messages should {self._provider.title} list?",
            [
                "those of the last 30 days (the user name begins with “recent:”)",
                "those that no program has downloaded yet",
            ],
        )
        return account if chosen else account.with_user(f"recent:{user}")

    async def _find_password(
        self, account: NewAccount, *, is_again: bool
    ) -> tuple[NewAccount, _Login]:
        options = self._options
        if options.password_stdin or options.password_command:
            found = await find_password(
                account.server, stdin=options.password_stdin, command=options.password_command
            )
            return account, _Login(found.secret)
        if not options.asks:
            return account, _Login(await self._known_password(account))
        if not is_again:
            password = await self._dialog.ask_password(account.server.title)
        else:
            self._dialog.tell("Enter alone changes the user name.")
            while (
                password := await self._dialog.ask_password(
                    f"{account.server.title}, again", may_be_empty=True
                )
            ) is None:
                account = await self._ask_user(account)
        return account, _Login(password, was_typed=True)

    async def _known_password(self, account: NewAccount) -> Secret:
        """Return a password that is known without asking. Raises LoginError without one."""
        if given := PASSWORD.get():
            return Secret(given)
        try:
            kept = await read_keyring(account.server.account)
        except KeyringError:
            kept = None
        if kept is None:
            raise LoginError(
                f"No password for {account.server.title}: give it with --password-stdin, in"
                f" {PASSWORD.name} or by --password-command, or leave the test out with --no-test."
            )
        return kept

    async def _ask_user(self, account: NewAccount) -> NewAccount:
        """Ask for another user name: it need not be the address."""
        user = account.server.user
        answer = await self._dialog.ask("User name", user)
        return account if answer == user else account.with_user(answer)

    # --- saving

    async def _choose_store(
        self, account: NewAccount, login: _Login
    ) -> tuple[Secret | None, NewAccount]:
        """Decide where to keep the password; return it if that is the keyring."""
        if login.password is None or account.values.get("password_command"):
            return None, account
        if not self._options.asks or self._options.store:
            return (None if self._options.store == "ask" else login.password), account
        places = [*([_IN_KEYRING] if await has_keyring() else []), _NOWHERE, _BY_COMMAND]
        chosen = places[await self._dialog.choose(_WHERE, places)]
        if chosen == _BY_COMMAND:
            return None, await self._ask_command(account, login.password)
        return (login.password if chosen == _IN_KEYRING else None), account

    async def _choose_other_store(self, account: NewAccount, password: Secret | None) -> NewAccount:
        """Ask again where to keep the password, because the keyring did not take it."""
        if await self._dialog.choose(_WHERE, [_NOWHERE, _BY_COMMAND]) == 1:
            return await self._ask_command(account, password)
        return account

    async def _ask_command(self, account: NewAccount, password: Secret | None) -> NewAccount:
        """Ask for a password_command until one prints the password that works."""

        async def try_command(text: str) -> NewAccount:
            found = await find_password(account.server, stdin=False, command=text)
            if found.secret != password:
                raise LoginError("This command prints another password than the one that works.")
            return account.with_values(password_command=text)

        return await self._ask_until_valid(try_command, None, "The command")

    async def _choose_name(self, account: NewAccount) -> str:
        taken = self._taken_names()
        default = default_name(
            self._address.domain if self._address else account.server.host, taken
        )
        if self._options.name:
            return check_name(self._options.name, taken)
        if not self._options.asks:
            return default

        async def check(text: str) -> str:
            return check_name(text, taken)

        return await self._ask_until_valid(check, None, "A name for this account", default)

    def _taken_names(self) -> set[str]:
        return {*self._config.accounts, *self._options.reserved}

    async def _save(self, account: NewAccount, name: str, keep: Secret | None) -> None:
        path = config_path()
        try:
            await account.save(path, name, keep)
        except KeyringError as error:
            if self._options.store == "keyring":
                raise
            if self._options.asks:
                self._dialog.tell(str(error))
                account = await self._choose_other_store(account, keep)
            await account.save(path, name, None)
            if not self._options.asks:
                self._dialog.tell(f"{error} So the password is not kept: poptui will ask for it.")
        self._dialog.tell(f"Saved {quoted(name)} in {shown(path)}.")

    async def _ask_until_valid(
        self,
        parse: Callable[[str], Awaitable[T]],
        given: str | None,
        question: str,
        default: str = "",
    ) -> T:
        """Parse what was given, or ask until the answer can be parsed. Raises PoptuiError."""
        text = given
        while True:
            if text is None:
                if not self._options.asks:
                    raise UsageError(f"{question}: give it on the command line.")
                text = await self._dialog.ask(question, default)
            try:
                return await parse(text)
            except NoPop3Error:
                raise
            except PoptuiError as error:
                if not self._options.asks:
                    raise
                self._dialog.tell(str(error))
                text = None
