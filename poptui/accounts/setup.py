"""The steps of setting up an account; a ``SetupDialog`` asks the questions.

They find the server, ask about a certificate that isn't trusted, try the login, and save the
password and the account. Nothing is saved before the last step, and nothing is downloaded or
deleted.
"""

from __future__ import annotations

from poptui.accounts.new_account import (
    NewAccount,
    account_of_server,
    check_method,
    check_name,
    default_name,
)
from poptui.accounts.setup_dialog import SetupDialog, SetupOptions, SetupResult
from poptui.accounts.setup_login import LoginChoice, SignIn
from poptui.accounts.setup_server import ServerChoice, ask_until_valid
from poptui.environment import config_path
from poptui.errors import LoginError, UsageError, quoted
from poptui.net.credentials import Credentials
from poptui.printable import shell_word
from poptui.secret import Secret
from poptui.storage.config import Config
from poptui.storage.keyring_store import KeyringError, has_keyring
from poptui.storage.secrets import find_password
from poptui.storage.toml_reader import shown

_WHERE = "Where should the password be kept?"
_IN_KEYRING = "in the system's keyring"
_NOWHERE = "nowhere: ask for it each time"
_BY_COMMAND = "elsewhere: a command prints it, such as “pass mail/work”"


class AccountSetup:
    """The setup of one account: each step asks for what the options don't give."""

    def __init__(self, options: SetupOptions, config: Config, dialog: SetupDialog) -> None:
        self._options, self._config, self._dialog = options, config, dialog
        self._server = ServerChoice(options, config, dialog)

    async def run(self) -> SetupResult:
        """Take all steps. Raises PoptuiError and StoppedError."""
        if self._options.name:
            check_name(self._options.name, self._taken_names())
        if self._options.auth:
            check_method(self._options.auth)
        account = await self._server.choose()
        account, probed = await self._server.reach(account)
        if self._options.user:
            account = account.with_user(self._options.user)
        self._check_existing(account)
        choice = LoginChoice(self._options, self._dialog, self._server.provider)
        login = await choice.choose(account, probed)
        if login.with_token:
            account = await choice.try_tokens(await choice.choose_tokens(account))
        else:
            account, login = await choice.try_password(account, login)
        keep, account = await self._choose_store(account, login)
        name = await self._choose_name(account)
        await self._save(account, name, keep)
        needs_authorization = login.with_token and not account.values.get("token_command")
        return SetupResult(name, Credentials(login.password), needs_authorization)

    def _check_existing(self, account: NewAccount) -> None:
        accounts = {name: self._config.for_target(name) for name in self._config.accounts}
        if name := account_of_server(account.server, accounts):
            raise UsageError(
                f"The account {quoted(name)} opens {account.server.title} already. Change it with"
                f" “poptui account edit {shell_word(name)}”."
            )

    async def _choose_store(
        self, account: NewAccount, login: SignIn
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

        return await ask_until_valid(self._options, self._dialog, try_command, None, "The command")

    async def _choose_name(self, account: NewAccount) -> str:
        taken = self._taken_names()
        default = default_name(
            self._server.address.domain if self._server.address else account.server.host, taken
        )
        if self._options.name:
            return check_name(self._options.name, taken)
        if not self._options.asks:
            return default

        async def check(text: str) -> str:
            return check_name(text, taken)

        return await ask_until_valid(
            self._options, self._dialog, check, None, "A name for this account", default
        )

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
                self._dialog.inform(str(error))
                account = await self._choose_other_store(account, keep)
            await account.save(path, name, None)
            if not self._options.asks:
                self._dialog.inform(f"{error} So the password is not kept: poptui will ask for it.")
        self._dialog.inform(f"Saved {quoted(name)} in {shown(path)}.")
