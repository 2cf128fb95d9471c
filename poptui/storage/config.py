"""The configuration file: read once, checked whole, each fault named by file and key.

``config.toml`` in the user's configuration folder (``POPTUI_CONFIG`` names another file)::

    theme = "poptui-dark"
    timeout = 30
    cache = true

    [accounts.work]
    url = "pops://me@mail.example.com"
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from poptui.faults import Fault, UsageFault, words
from poptui.net.server import Server, parse_pin, parse_target
from poptui.printable import printable_line

DEFAULT_THEME = "poptui-dark"
DEFAULT_TIMEOUT = 30.0
LONGEST_TIMEOUT = 3600.0

T = TypeVar("T")


@dataclass(frozen=True)
class Account:
    """A maildrop the user gave a name to: what ``[accounts.NAME]`` says."""

    name: str
    url: str
    ca_file: str | None = None
    pin: str | None = None
    allow_plaintext: bool = False
    starttls: bool = False


@dataclass(frozen=True)
class Config:
    """Everything the configuration file settles, defaults where it is silent."""

    path: Path
    theme: str = DEFAULT_THEME
    timeout: float = DEFAULT_TIMEOUT
    """Seconds of silence after which a server is given up."""
    cache: bool = True
    """Whether headers are kept from one start to the next."""
    accounts: Mapping[str, Account] = field(default_factory=dict)

    def account(self, name: str) -> Account:
        """The account called ``name``, or :class:`UsageFault` with the nearest names."""
        if name in self.accounts:
            return self.accounts[name]
        raise UsageFault(
            f"There is no account {words(name)} in {_shown(self.path)}"
            f"{_nearest(name, self.accounts)}; a URL has the form pops://user@host."
        )

    def server(
        self,
        target: str,
        *,
        starttls: bool = False,
        allow_plaintext: bool = False,
        ca_file: str | None = None,
        pin: str | None = None,
    ) -> Server:
        """The server a TARGET means: an account's name or a URL. The command line goes first."""
        account = self._named(target)
        return parse_target(
            account.url,
            starttls=starttls or account.starttls,
            allow_plaintext=allow_plaintext or account.allow_plaintext,
            ca_file=ca_file or account.ca_file,
            pin=pin or account.pin,
            timeout=self.timeout,
        )

    def _named(self, target: str) -> Account:
        if target in self.accounts:
            return self.accounts[target]
        looks_like_url = not target or "://" in target or "@" in target
        return Account("", target) if looks_like_url else self.account(target)


def config_path() -> Path:
    """Where the configuration is, whether or not it exists."""
    if named := os.environ.get("POPTUI_CONFIG"):
        return Path(named)
    import platformdirs

    return platformdirs.user_config_path("poptui") / "config.toml"


def load_config(path: Path | None = None) -> Config:
    """The checked configuration; defaults where there is no file.

    Raises :class:`UsageFault` for a file that cannot be read, is not TOML, or says something
    that is not understood.
    """
    path = path or config_path()
    reader = _Reader(path)
    top = reader.table((), _parsed(path), _TOP)
    accounts = reader.tables("accounts", top.pop("accounts", {}))
    return Config(path=path, accounts=accounts, **top)


def _parsed(path: Path) -> dict[str, Any]:
    """The file as TOML tables, an absent one as empty."""
    import tomllib

    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageFault(f"{_shown(path)} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise UsageFault(f"{_shown(path)} is not UTF-8 text (octet {error.start}).") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageFault(f"{_shown(path)} is not TOML: {printable_line(str(error))}.") from None


class _Reader:
    """Checks tables of one file against the keys that may stand in them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def tables(self, key: str, value: Mapping[str, Any]) -> dict[str, Account]:
        """``[accounts.NAME]``, each checked down to its URL."""
        return {name: self._account((key, name), table) for name, table in value.items()}

    def _account(self, keys: tuple[str, str], value: Any) -> Account:
        table = self.table(keys, self._value(keys, value, _a_table), _ACCOUNT)
        if "url" not in table:
            raise self._fault(keys, 'has no url: write url = "pops://user@host"')
        if ca_file := table.get("ca_file"):
            table["ca_file"] = str(self._path.parent / Path(ca_file).expanduser())
        account = Account(keys[1], **table)
        self._value((*keys, "url"), account, _a_server)
        return account

    def table(
        self,
        keys: tuple[str, ...],
        values: Mapping[str, Any],
        known: Mapping[str, Callable[[Any], Any]],
    ) -> dict[str, Any]:
        """``values``, each passed through the check of its key."""
        for name in values:
            if name not in known:
                hint = _nearest(name, known) or "; known are " + ", ".join(known)
                raise self._fault((*keys, name), "is not a key poptui knows" + hint)
        return {
            name: self._value((*keys, name), value, known[name]) for name, value in values.items()
        }

    def _value(self, keys: tuple[str, ...], value: Any, check: Callable[[Any], T]) -> T:
        try:
            return check(value)
        except Fault as fault:
            raise self._fault(keys, "is refused: " + str(fault).rstrip(".")) from None
        except ValueError as error:
            raise self._fault(keys, f"must be {error}") from None

    def _fault(self, keys: tuple[str, ...], complaint: str) -> UsageFault:
        return UsageFault(f"{_shown(self._path)}: {printable_line('.'.join(keys))} {complaint}.")


def _a_table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a table, such as [accounts.work]")
    return value


def _a_text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a text in quotes, not empty")
    return value


def _a_switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _seconds(value: Any) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 < value <= LONGEST_TIMEOUT:
        raise ValueError(f"a number of seconds above 0, up to {LONGEST_TIMEOUT:.0f}")
    return float(value)


def _a_pin(value: Any) -> str:
    return parse_pin(_a_text(value))


def _a_server(account: Account) -> Server:
    return parse_target(account.url, starttls=account.starttls)


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    """``; did you mean …?`` where one of ``known`` comes near."""
    from difflib import get_close_matches

    matches = get_close_matches(name, known, n=1)
    return f"; did you mean {words(matches[0])}" if matches else ""


def _shown(path: Path) -> str:
    return printable_line(str(path))


_TOP: dict[str, Callable[[Any], Any]] = {
    "theme": _a_text,
    "timeout": _seconds,
    "cache": _a_switch,
    "accounts": _a_table,
}
_ACCOUNT: dict[str, Callable[[Any], Any]] = {
    "url": _a_text,
    "ca_file": _a_text,
    "pin": _a_pin,
    "allow_plaintext": _a_switch,
    "starttls": _a_switch,
}
