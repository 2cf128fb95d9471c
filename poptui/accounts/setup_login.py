"""Choose how a new account signs in, and try it: with a password or with access tokens."""

from __future__ import annotations

from dataclasses import dataclass

from poptui.accounts.new_account import NewAccount
from poptui.accounts.providers import Provider
from poptui.accounts.setup_dialog import SetupDialog, SetupOptions, ask_password
from poptui.accounts.trial import ProbeResult
from poptui.environment import PASSWORD
from poptui.errors import LoginError, UsageError
from poptui.net.credentials import Credentials
from poptui.net.login_methods import CredentialKind
from poptui.secret import Secret
from poptui.storage.keyring_store import KeyringError, read_keyring
from poptui.storage.secrets import find_password
from poptui.storage.user_command import CommandTokens

MAX_ATTEMPTS = 3
"""Maximum number of passwords to try. Each costs up to three refusals, and servers lock out clients
that cause more."""


@dataclass
class SignIn:
    """The user's way to sign in, as far as it is known."""

    password: Secret | None = None
    was_typed: bool = False
    with_token: bool = False


class LoginChoice:
    """Asks how the user signs in, and logs in that way."""

    def __init__(
        self, options: SetupOptions, dialog: SetupDialog, provider: Provider | None
    ) -> None:
        self._options, self._dialog, self._provider = options, dialog, provider

    async def choose(self, account: NewAccount, probed: ProbeResult) -> SignIn:
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
            return SignIn(with_token=True)
        if account.values.get("auth") in ("XOAUTH2", "OAUTHBEARER"):
            return SignIn(with_token=True)
        if self._options.password_stdin or self._options.password_command:
            return SignIn()
        if not takes_passwords:
            what = self._provider.title if self._provider else account.server.host
            self._dialog.inform(
                f"At {what} you sign in with the browser (OAuth 2.0): a password doesn't work."
            )
            return SignIn(with_token=True)
        if takes_tokens and self._options.asks:
            hint = self._provider.password if self._provider else ""
            chosen = await self._dialog.choose(
                "How do you sign in?",
                [
                    f"with a password{f': {hint}' if hint else ''}",
                    "with the browser (OAuth 2.0)",
                ],
            )
            return SignIn(with_token=chosen == 1)
        return SignIn()

    async def choose_tokens(self, account: NewAccount) -> NewAccount:
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
            self._dialog.inform(
                "poptui has no built-in client id. “poptui help oauth” shows how to get one in"
                " five steps; Esc stops here."
            )
        secret = await self._dialog.ask("Its client secret, if it has one (Google)")
        return account.with_values(oauth_client_id=client_id, oauth_client_secret=secret.strip())

    async def try_tokens(self, account: NewAccount) -> NewAccount:
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
                self._dialog.inform(str(error))
                account = account.with_values(
                    token_command=await self._dialog.ask("The command", command)
                )
                continue
            self._dialog.inform(f"It works: {result.description}.")
            return account
        raise AssertionError("the last attempt returns or raises")

    async def try_password(self, account: NewAccount, login: SignIn) -> tuple[NewAccount, SignIn]:
        """Find the password and log in with it; ask again if it is refused. Raises PoptuiError."""
        options = self._options
        if not options.test and not options.password_stdin:
            return account, login
        if self._provider and self._provider.password and self._options.asks:
            self._dialog.inform(f"{self._provider.title} wants {self._provider.password}.")
            self._dialog.inform(f"See: poptui help {self._provider.page}")
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
                self._dialog.inform(str(error))
                continue
            self._dialog.inform(f"It works: {result.description}.")
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
    ) -> tuple[NewAccount, SignIn]:
        options = self._options
        if options.password_stdin or options.password_command:
            found = await find_password(
                account.server, stdin=options.password_stdin, command=options.password_command
            )
            return account, SignIn(found.secret)
        if not options.asks:
            return account, SignIn(await self._known_password(account))
        if not is_again:
            password = await ask_password(self._dialog, account.server.title)
            return account, SignIn(password, was_typed=True)
        self._dialog.inform("Enter alone changes the user name.")
        while not (
            typed := await self._dialog.ask_hidden(f"Password for {account.server.title}, again")
        ):
            account = await self._ask_user(account)
        return account, SignIn(Secret(typed), was_typed=True)

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
