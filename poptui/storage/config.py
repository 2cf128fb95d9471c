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
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from poptui.errors import UsageError, words
from poptui.net.server import Server, parse_target
from poptui.storage.config_checks import (
    a_command,
    a_copy,
    a_limit,
    a_pin,
    a_pipelining,
    a_room,
    a_switch,
    a_table,
    a_text,
    a_verify,
    days,
    seconds,
    seconds_or_never,
)
from poptui.storage.config_triage import TRIAGE, RuleText, rule_texts
from poptui.storage.toml_reader import Check, TableReader, nearest, parsed, shown

DEFAULT_THEME = "poptui-dark"
DEFAULT_TIMEOUT = 30.0
DEFAULT_KEEPALIVE = 60.0
DEFAULT_IDLE_RELEASE = 600.0
DEFAULT_THRESHOLD = 5.0
DEFAULT_COPY_DAYS = 30
DEFAULT_COPY_LIMIT = 1_000_000_000


class Account(NamedTuple):
    """A mailbox the user gave a name to: what ``[accounts.NAME]`` says."""

    name: str
    url: str
    ca_file: str | None = None
    pin: str | None = None
    allow_plaintext: bool = False
    starttls: bool = False
    password_command: str = ""
    pipelining: str | None = None
    keepalive: float | None = None
    idle_release: float | None = None
    verify: str | None = None
    readonly: bool = False
    safety_copy: str | None = None
    safety_copy_days: int | None = None
    safety_copy_limit: int | None = None


@dataclass(frozen=True)
class Config:
    """Everything the configuration file settles, defaults where it is silent."""

    path: Path
    theme: str = DEFAULT_THEME
    timeout: float = DEFAULT_TIMEOUT
    """Seconds of silence after which a server is given up."""
    pipelining: str = "auto"
    """Whether commands go out together: as the server takes them, always, never."""
    keepalive: float = DEFAULT_KEEPALIVE
    """Seconds of silence after which the server is shown a sign of life; 0 for never."""
    idle_release: float = DEFAULT_IDLE_RELEASE
    """Seconds without a key after which the mailbox is left to others; 0 for never."""
    verify: str = "auto"
    """When a deletion that the server affirms is looked up: until it kept its word once, always,
    never."""
    safety_copy: str = "off"
    """What is kept here of a message that is deleted: nothing, its header, all of it."""
    safety_copy_days: int = DEFAULT_COPY_DAYS
    """How long it is kept."""
    safety_copy_limit: int = DEFAULT_COPY_LIMIT
    """Octets that such copies of one account may take."""
    cache: bool = True
    """Whether headers are kept from one start to the next."""
    friends: tuple[str, ...] = ()
    """Senders who are no spammers: addresses, or ``@`` and a domain; as they were written."""
    blocklist: tuple[str, ...] = ()
    """Senders whose mail is spam."""
    duplicates: str = "newest"
    """Which of some copies of a message is kept, the newest or the oldest."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """Saved filters by name; where there are any, they stand instead of poptui's own."""
    rules: tuple[RuleText, ...] = ()
    threshold: float = DEFAULT_THRESHOLD
    """The score from which a message is spam."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """What signals count, by name, instead of what poptui gives them."""
    body_cache: int = 0
    """Octets that whole messages may take here from one start to the next; 0 for none at all."""
    save_dir: str = ""
    """The folder that is offered for saving; "" for Downloads, or the home folder."""
    open_link: str = ""
    """The command that opens a link, ``%s`` in it or at its end; "" for none at all."""
    accounts: Mapping[str, Account] = field(default_factory=dict)

    def account(self, name: str) -> Account:
        """The account called ``name``, or :class:`UsageFault` with the nearest names."""
        if name in self.accounts:
            return self.accounts[name]
        raise UsageError(
            f"There is no account {words(name)} in {shown(self.path)}"
            f"{nearest(name, self.accounts)}; a URL has the form pops://user@host."
        )

    def server(
        self,
        target: str,
        *,
        starttls: bool = False,
        allow_plaintext: bool = False,
        ca_file: str | None = None,
        pin: str | None = None,
        readonly: bool = False,
    ) -> Server:
        """The server a TARGET means: an account's name or a URL. The command line goes first."""
        account = self._named(target)
        server = parse_target(
            account.url,
            starttls=starttls or account.starttls,
            allow_plaintext=allow_plaintext or account.allow_plaintext,
            ca_file=ca_file or account.ca_file,
            pin=pin or account.pin,
            timeout=self.timeout,
        )
        return replace(
            server,
            password_command=account.password_command,
            keepalive=_first(account.keepalive, self.keepalive),
            idle_release=_first(account.idle_release, self.idle_release),
            pipelining=account.pipelining or self.pipelining,
            verify=account.verify or self.verify,
            readonly=readonly or account.readonly,
            safety_copy=account.safety_copy or self.safety_copy,
            safety_copy_days=account.safety_copy_days or self.safety_copy_days,
            safety_copy_limit=account.safety_copy_limit or self.safety_copy_limit,
        )

    def _named(self, target: str) -> Account:
        if target in self.accounts:
            return self.accounts[target]
        looks_like_url = not target or "://" in target or "@" in target
        return Account("", target) if looks_like_url else self.account(target)


def _first(own: float | None, general: float) -> float:
    """What the account says, which may be 0, else what holds for all."""
    return general if own is None else own


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
    reader = TableReader(path)
    top = reader.table((), parsed(path), _TOP)
    accounts = _accounts(reader, top.pop("accounts", {}))
    rules = rule_texts(reader, top.pop("rules", []))
    return Config(path=path, accounts=accounts, rules=rules, **top)


def _accounts(reader: TableReader, value: Mapping[str, Any]) -> dict[str, Account]:
    """``[accounts.NAME]``, each checked down to its URL."""
    return {name: _account(reader, ("accounts", name), table) for name, table in value.items()}


def _account(reader: TableReader, keys: tuple[str, str], value: Any) -> Account:
    table = reader.table(keys, reader.value(keys, value, a_table), _ACCOUNT)
    if "url" not in table:
        raise reader.fault(keys, 'has no url: write url = "pops://user@host"')
    if ca_file := table.get("ca_file"):
        table["ca_file"] = str(reader.path.parent / Path(ca_file).expanduser())
    account = Account(keys[1], **table)
    reader.value((*keys, "url"), account, _a_server)
    return account


def _a_server(account: Account) -> Server:
    return parse_target(account.url, starttls=account.starttls)


_SAFETY: dict[str, Check] = {
    "safety_copy": a_copy,
    "safety_copy_days": days,
    "safety_copy_limit": a_limit,
}
_TOP: dict[str, Check] = {
    "theme": a_text,
    "timeout": seconds,
    "pipelining": a_pipelining,
    "keepalive": seconds_or_never,
    "idle_release": seconds_or_never,
    "verify": a_verify,
    **_SAFETY,
    "cache": a_switch,
    "body_cache": a_room,
    "save_dir": a_text,
    "open_link": a_command,
    "accounts": a_table,
    **TRIAGE,
}
_ACCOUNT: dict[str, Check] = {
    "url": a_text,
    "ca_file": a_text,
    "pin": a_pin,
    "allow_plaintext": a_switch,
    "starttls": a_switch,
    "password_command": a_command,
    "pipelining": a_pipelining,
    "keepalive": seconds_or_never,
    "idle_release": seconds_or_never,
    "verify": a_verify,
    "readonly": a_switch,
    **_SAFETY,
}
