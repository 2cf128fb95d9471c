"""An account that is being set up: its settings so far, whether they work, and how it is saved."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote

from poptui.accounts.candidates import EmailAddress
from poptui.accounts.trial import ProbeResult, TrialResult, probe, try_login
from poptui.errors import PoptuiError, UsageError, quoted_input
from poptui.net.credentials import Credentials
from poptui.net.server import Server, WebRoute
from poptui.printable import printable_line
from poptui.secret import Secret
from poptui.storage.config_file import save_account
from poptui.storage.keyring_store import KeyringError, clear_keyring, write_keyring
from poptui.storage.setting_kinds import LOGIN_METHOD, refused
from poptui.storage.settings import Settings
from poptui.triage.spam.domains import organization

MAX_NAME_CHARACTERS = 60


@dataclass(frozen=True)
class NewAccount:
    """The settings of an account that isn't saved yet."""

    values: Mapping[str, Any]
    """By name, as they will be written; ``url`` among them."""
    base: Settings
    """The settings at the top of the configuration file, such as a proxy."""

    def with_values(self, **values: Any) -> NewAccount:
        """Return it with other settings; an empty value or None removes one."""
        merged = {**self.values, **values}
        return replace(self, values={name: value for name, value in merged.items() if value})

    def with_user(self, user: str) -> NewAccount:
        """Return it with another user name."""
        return self.with_values(url=with_user(self.values["url"], user))

    @property
    def settings(self) -> Settings:
        """The settings as the program will read them. Raises UsageError."""
        settings = self.base.replaced(**self.values)
        _ = settings.server
        return settings

    @property
    def route(self) -> WebRoute:
        """The proxy and CAs for requests to web servers; known before the mail server is."""
        return self.base.replaced(**self.values).web

    @property
    def server(self) -> Server:
        return self.settings.server

    async def probe(self) -> ProbeResult:
        """Connect without a login. Raises PoptuiError."""
        return await probe(self.server)

    async def try_login(self, credentials: Credentials) -> TrialResult:
        """Log in and count the messages. Raises PoptuiError."""
        return await try_login(self.server, credentials, self.settings.connection)

    async def save(self, path: Path, name: str, keep: Secret | None) -> None:
        """Write it into the configuration, and the password ``keep`` into the keyring.

        Raises PoptuiError; then neither is saved.
        """
        if keep is not None:
            await write_keyring(self.server.account, keep)
        try:
            save_account(path, name, self.values)
        except BaseException:
            if keep is not None:
                with suppress(KeyringError):
                    await clear_keyring(self.server.account)
            raise


def with_user(url: str, user: str) -> str:
    """Return a TARGET with this user name, in place of any other."""
    scheme, _, rest = url.partition("://")
    parameters = rest.rpartition("@")[0].partition(";")[2]
    location = rest.rpartition("@")[2]
    return f"{scheme}://{quote(user, safe='+')}{parameters and f';{parameters}'}@{location}"


def target_of(text: str, address: EmailAddress | None) -> str:
    """Return the TARGET for a server as the user typed it: a URL or a host, with or without user.

    Raises UsageError.
    """
    url = text.strip()
    if "://" not in url:
        url = f"pops://{url}"
    if "@" not in url.partition("://")[2]:
        if address is None:
            raise UsageError(f"Who logs in at {quoted_input(text)}? Write it as pops://user@host.")
        url = with_user(f"{url.partition('://')[0]}://x@{url.partition('://')[2]}", address.text)
    return url


def default_name(host: str, taken: Collection[str]) -> str:
    """Return a name for an account at a domain or host that no other account has."""
    label = "" if _is_ip_address(host) else organization(host).partition(".")[0] or host
    plain = re.sub(r"[^\w-]", "-", label).strip("-") or "mail"
    names = (plain if number == 1 else f"{plain}-{number}" for number in range(1, len(taken) + 3))
    return next(name for name in names if name not in taken)


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def check_name(name: str, taken: Collection[str]) -> str:
    """Return a name that can be used. Raises UsageError, which says why another can't."""
    name = name.strip()
    if not name or len(name) > MAX_NAME_CHARACTERS or printable_line(name) != name:
        raise UsageError(
            f"{quoted_input(name)} can't be the name of an account: use 1 to {MAX_NAME_CHARACTERS}"
            " letters, digits and the like."
        )
    if "@" in name or "://" in name or name.startswith("-"):
        raise UsageError(
            f"{quoted_input(name)} can't be the name of an account: poptui would take it for a URL"
            " or an option."
        )
    if name in taken:
        raise UsageError(f"The name {quoted_input(name)} is taken: choose another one.")
    return name


def check_method(name: str) -> str:
    """Return the name of a login method as the configuration has it. Raises UsageError."""
    try:
        return LOGIN_METHOD.read(name)
    except ValueError:
        raise UsageError(f"--auth {refused(name, LOGIN_METHOD)}.") from None


def account_of_server(server: Server, accounts: Mapping[str, Settings]) -> str | None:
    """Return the name of the account that already opens this mailbox, None if none does."""
    for name, settings in accounts.items():
        try:
            if settings.server.account == server.account:
                return name
        except PoptuiError:
            continue
    return None
