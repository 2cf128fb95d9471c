"""Read and check the configuration file, and report all mistakes in it at once.

``config.toml`` in the user's configuration folder (``POPTUI_CONFIG`` names another file)::

    theme = "poptui-dark"
    timeout = 30

    [accounts.work]
    url = "pops://me@mail.example.com"
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from poptui.environment import config_path
from poptui.errors import PoptuiError, UsageError, quoted_input
from poptui.net.proxy import DIRECT
from poptui.net.server import is_loopback
from poptui.printable import shell_word
from poptui.storage.setting_kinds import TABLE, InvalidPartsError, nearest, refused, unknown_key
from poptui.storage.settings import ACCOUNT, SETTINGS, TOP, Settings
from poptui.storage.toml_reader import ConfigReport, Keys, parse_toml, read_text, shown

FurtherChecks = Callable[[Settings, ConfigReport], None]
"""Reports mistakes that this layer can't know, such as an invalid filter."""


FILE_SETTINGS = ("ca_file", "client_cert", "client_key")
"""An account's files, which are named relative to the configuration file."""


class UnknownAccountError(UsageError):
    """A TARGET is neither the name of an account nor a URL."""


class Config(NamedTuple):
    """The content of the configuration file: settings for all mailboxes, and for each account."""

    settings: Settings = Settings()
    """The settings that an account may override."""
    accounts: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    """The settings in each account's table, by account name."""

    def __repr__(self) -> str:
        """Without the accounts: their commands and client secrets are nobody else's business."""
        return f"Config({self.settings!r})"

    def for_target(self, target: str, **command_line: Any) -> Settings:
        """Return the settings for a TARGET: an account's name or a URL. Raises UsageError.

        ``command_line`` overrides the account, except with a value that is empty or False.
        """
        if target in self.accounts:
            own = {"name": target, **self.accounts[target]}
        elif "@" in target and "://" not in target:
            raise self._unknown_address(target)
        elif not target or "://" in target:
            own = {"url": target}
        else:
            raise UnknownAccountError(
                f"There is no account {quoted_input(target)} in {shown(self.settings.path)}"
                f"{nearest(target, self.accounts)}; a URL has the form pops://user@host."
            )
        own |= {name: value for name, value in command_line.items() if value}
        settings = self.settings.replaced(**own)
        if "proxy" not in own and settings.proxy and is_loopback(settings.server.host):
            settings = settings.replaced(proxy=DIRECT, web_proxy=settings.proxy)
        _ = settings.server
        return settings

    def _unknown_address(self, address: str) -> UnknownAccountError:
        """Return the error for a mail address as TARGET, as people without an account type it."""
        names = [name for name in self.accounts if self.for_target(name).server.user == address]
        hint = (
            f"The account of this address is named {quoted_input(names[0])}"
            if names
            else f"To set it up, run: poptui account add {shell_word(address)}"
        )
        return UnknownAccountError(
            f"{quoted_input(address)} is neither an account's name nor a URL, which has the form"
            f" pops://user@host. {hint}."
        )


def load_config(path: Path | None = None, further: FurtherChecks | None = None) -> Config:
    """Return the checked configuration; defaults if there is no file.

    Raises ConfigError, which lists all mistakes.
    """
    path = path or config_path()
    return parse_config(path, read_text(path), further)


def parse_config(path: Path, text: str, further: FurtherChecks | None = None) -> Config:
    """Return the checked configuration in ``text``, the content of ``path``. Raises ConfigError."""
    tables, report = parse_toml(path, text)
    accounts = _accounts(tables.pop("accounts", {}), report)
    settings = Settings(path=path, **_values((), tables, TOP, report))
    if further:
        further(settings, report)
    report.raise_any()
    return Config(settings, accounts)


def _values(
    keys: Keys, table: Mapping[str, Any], known: Collection[str], report: ConfigReport
) -> dict[str, Any]:
    """Return the valid settings of a table, and report the invalid ones."""
    values = {}
    for name, value in table.items():
        if name not in known:
            report.add((*keys, name), _misplaced(name, known))
            continue
        kind = SETTINGS[name].kind
        try:
            values[name] = kind.read(value)
        except InvalidPartsError as wrong:
            for part, problem in wrong.parts:
                report.add((*keys, name, *part), problem)
            if wrong.rest is not None:
                values[name] = wrong.rest
        except ValueError:
            report.add((*keys, name), refused(value, kind))
    return values


def _misplaced(name: str, known: Collection[str]) -> str:
    locations = (
        (ACCOUNT, "belongs under [accounts.NAME]"),
        (TOP, "belongs at the top of the file, above the first [table]"),
    )
    for others, location in locations:
        if name in others:
            return location
    for others, location in locations:
        if not nearest(name, known) and (hint := nearest(name, others)):
            return f"is an unknown key{hint}; that {location}"
    return unknown_key(name, known)


def _accounts(value: Any, report: ConfigReport) -> dict[str, dict[str, Any]]:
    """Return ``[accounts.NAME]`` by name, each with its URL checked."""
    tables = _table(("accounts",), value, report)
    return {
        name: _account(("accounts", name), _table(("accounts", name), table, report), report)
        for name, table in tables.items()
    }


def _table(keys: Keys, value: Any, report: ConfigReport) -> Mapping[str, Any]:
    try:
        return TABLE.read(value)
    except ValueError:
        report.add(keys, refused(value, TABLE))
        return {}


def _account(keys: Keys, table: Mapping[str, Any], report: ConfigReport) -> dict[str, Any]:
    values = _values(keys, table, ACCOUNT, report)
    if "url" not in table:
        report.add(keys, 'has no url: write url = "pops://user@host"')
    elif "url" in values:
        try:
            given = {name: values[name] for name in ("url", "starttls", "auth") if name in values}
            _ = Settings(**given).server
        except PoptuiError as error:
            report.add((*keys, "url"), f"is refused: {error}")
    for name in FILE_SETTINGS:
        if file := values.get(name):
            values[name] = _resolved(report, (*keys, name), file)
    for name in ("client_key", "client_key_command"):
        if name in values and "client_cert" not in values:
            report.add((*keys, name), "needs a client_cert beside it")
    return values


def _resolved(report: ConfigReport, keys: Keys, name: str) -> str:
    """Return the path of a file that is named relative to the configuration file."""
    try:
        return str(report.path.parent / Path(name).expanduser())
    except RuntimeError:
        report.add(keys, "names a home folder that does not exist")
        return name
