"""All settings, each declared once with its type, allowed values, default and help text.

``Settings`` holds the values for one mailbox: the defaults, overridden by the configuration file,
by the account's table in it, and by the command line. The page of settings is generated from it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast, dataclass_transform

from poptui.errors import UsageError
from poptui.net.proxy import DIRECT, Proxy, parse_proxy, proxy_from_environment
from poptui.net.server import (
    DEFAULT_OPTIONS,
    DEFAULT_TLS_MIN,
    ConnectionOptions,
    Server,
    WebRoute,
    is_loopback,
    parse_target,
)
from poptui.pop3.auth import UTF_8
from poptui.secret import Secret
from poptui.storage.setting_kinds import (
    ANY_METHOD,
    COMMAND,
    DAYS,
    ENDPOINT,
    KEYS,
    LOGIN_METHOD,
    MINUTES_OR_NEVER,
    PIN,
    PROXY,
    RATE,
    RULES,
    SECONDS,
    SECONDS_OR_NEVER,
    SENDERS,
    SIZE,
    SIZE_OR_OFF,
    SWITCH,
    TEXT,
    THRESHOLD,
    WEIGHT,
    RuleText,
    SettingKind,
    choice,
    table_of,
)

T = TypeVar("T")


class SettingScope(Enum):
    """The places in the configuration file where a setting is allowed."""

    TOP = "top"
    ACCOUNT = "account"
    BOTH = "both"

    @property
    def at_top(self) -> bool:
        """Whether it is allowed at the top of the file."""
        return self is not SettingScope.ACCOUNT

    @property
    def in_account(self) -> bool:
        """Whether it is allowed under ``[accounts.NAME]``."""
        return self is not SettingScope.TOP


class Setting:
    """The declaration of one setting; ``Settings`` has its default where no value was given."""

    name: str

    def __init__(
        self, default: Any, kind: SettingKind[Any], help: str, scope: SettingScope, *, secret: bool
    ) -> None:
        self.default, self.kind, self.help, self.scope = default, kind, help, scope
        self.secret = secret

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, settings: object, owner: type) -> Any:
        return self if settings is None else self.default


def _setting(
    default: T,
    kind: SettingKind[Any],
    help: str,
    scope: SettingScope = SettingScope.TOP,
    *,
    secret: bool = False,
) -> T:
    """Declare a field of Settings; ``secret`` keeps its value out of what is printed."""
    return cast(T, Setting(default, kind, help, scope, secret=secret))


@dataclass_transform(kw_only_default=True, frozen_default=True)
class _Declared:
    """Values for the annotated fields of a subclass, which has their defaults; never changed.

    A dataclass of so many fields takes a thirtieth of the time of ``poptui list`` to make.
    """

    def __init__(self, **given: Any) -> None:
        if unknown := given.keys() - type(self).__annotations__.keys():
            raise TypeError(f"unknown fields: {', '.join(sorted(unknown))}")
        vars(self).update(given)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{name} cannot be changed")


class Settings(_Declared):
    """The values of all settings for one mailbox. They are not in ``repr``: some are secret."""

    path: Path = Path("config.toml")
    """The configuration file, for messages and for the files beside it."""
    name: str = ""
    """The account's name in the file; empty for a URL."""
    key_passphrase: Secret | None = None
    """The passphrase of the client's key: from its command, or typed by the user."""
    web_proxy: str = ""
    """The file's proxy, if ``proxy`` is replaced because the mail server is on this machine."""

    url: str = _setting(
        "", TEXT, 'The mailbox: `"pops://user@host"`, or `"pop://user@host"`.', SettingScope.ACCOUNT
    )
    password_command: str = _setting(
        "", COMMAND, "A command that prints the password as its first line.", SettingScope.ACCOUNT,
        secret=True,
    )  # fmt: skip
    token_command: str = _setting(
        "", COMMAND, "A command that prints an OAuth access token as its first line.",
        SettingScope.ACCOUNT, secret=True,
    )  # fmt: skip
    auth: str = _setting(
        ANY_METHOD, LOGIN_METHOD,
        "The login method; `auto` takes the strongest one that the server offers.",
        SettingScope.ACCOUNT,
    )  # fmt: skip
    login_charset: str = _setting(
        UTF_8, choice(UTF_8, "latin-1"),
        "How user and password are sent; old servers may expect Latin-1.",
        SettingScope.ACCOUNT,
    )  # fmt: skip
    oauth_client_id: str = _setting(
        "", TEXT, "Sign in with OAuth, as this client; see `poptui help oauth`.",
        SettingScope.ACCOUNT,
    )  # fmt: skip
    oauth_client_secret: str = _setting(
        "", TEXT, "The secret of that client, if the provider gave one.", SettingScope.ACCOUNT,
        secret=True,
    )  # fmt: skip
    oauth_scope: str = _setting(
        "", TEXT, "The scope to request; those of Google and Microsoft are known.",
        SettingScope.ACCOUNT,
    )  # fmt: skip
    oauth_authorization_url: str = _setting(
        "", ENDPOINT,
        "The authorization endpoint, for the browser; those of Google and Microsoft are known.",
        SettingScope.ACCOUNT,
    )  # fmt: skip
    oauth_device_url: str = _setting(
        "", ENDPOINT, "The device authorization endpoint; that of Microsoft is known.",
        SettingScope.ACCOUNT,
    )  # fmt: skip
    oauth_token_url: str = _setting(
        "", ENDPOINT, "The token endpoint; those of Google and Microsoft are known.",
        SettingScope.ACCOUNT,
    )  # fmt: skip
    ca_file: str = _setting(
        "",
        TEXT,
        "A PEM file with certificate authorities to trust; relative to this file, or absolute.",
        SettingScope.ACCOUNT,
    )
    pin: str = _setting(
        "", PIN, "Trust only the certificate with this fingerprint.", SettingScope.ACCOUNT
    )
    client_cert: str = _setting(
        "",
        TEXT,
        "A PEM file with your certificate, for servers that ask for one; relative to this file,"
        " or absolute.",
        SettingScope.ACCOUNT,
    )
    client_key: str = _setting(
        "",
        TEXT,
        "The PEM file with its private key, if that is another file.",
        SettingScope.ACCOUNT,
    )
    client_key_command: str = _setting(
        "", COMMAND, "A command that prints the passphrase of that key as its first line.",
        SettingScope.ACCOUNT, secret=True,
    )  # fmt: skip
    starttls: bool = _setting(
        False, SWITCH, "Use STLS even on this machine; only for `pop://`.", SettingScope.ACCOUNT
    )
    allow_plaintext: bool = _setting(
        False, SWITCH, "Send the password unencrypted if there is no STLS.", SettingScope.ACCOUNT
    )
    readonly: bool = _setting(False, SWITCH, "Never mark or delete anything.", SettingScope.ACCOUNT)

    timeout: float = _setting(
        DEFAULT_OPTIONS.timeout_s,
        SECONDS,
        "Give up on a server that is silent for this long.",
        SettingScope.BOTH,
    )
    minimum_rate: int = _setting(
        DEFAULT_OPTIONS.minimum_rate, RATE,
        "Give up on a server that sends more slowly than this for 20 times `timeout`.",
        SettingScope.BOTH,
    )  # fmt: skip
    keepalive: float = _setting(
        DEFAULT_OPTIONS.keepalive_s,
        SECONDS_OR_NEVER,
        "Send NOOP after this long without a command.",
        SettingScope.BOTH,
    )
    idle_release: float = _setting(
        600.0, SECONDS_OR_NEVER,
        "Release the mailbox to other clients after this long without a key.",
        SettingScope.BOTH,
    )  # fmt: skip
    pipelining: str = _setting(
        DEFAULT_OPTIONS.pipelining, choice("auto", "on", "off"),
        "Send commands without waiting for replies: if the server can take them, always, or never.",
        SettingScope.BOTH,
    )  # fmt: skip
    verify: str = _setting(
        "auto", choice("auto", "always", "never"),
        "Reconnect after a commit to check what was deleted: until the server has proved reliable,"
        " always, or never.",
        SettingScope.BOTH,
    )  # fmt: skip
    safety_copy: str = _setting(
        "off", choice("off", "headers", "full"),
        "What to save of a message before it is deleted.",
        SettingScope.BOTH,
    )  # fmt: skip
    safety_copy_days: int = _setting(
        30, DAYS, "How long safety copies are kept.", SettingScope.BOTH
    )
    safety_copy_limit: int = _setting(
        10**9, SIZE, "The disk space that safety copies of one account may use.", SettingScope.BOTH
    )
    tls_min: str = _setting(
        DEFAULT_TLS_MIN, choice("1.0", "1.1", "1.2", "1.3"),
        "The oldest TLS version to accept. 1.0 and 1.1 are unsafe, and accept short keys too.",
        SettingScope.BOTH,
    )  # fmt: skip
    proxy: str = _setting(
        "", PROXY,
        "The proxy, or `none` to connect directly. Without this setting, `ALL_PROXY` and `NO_PROXY`"
        " are used, and `HTTPS_PROXY` for OAuth requests."
        " Only an account's own proxy is used for servers on this machine.",
        SettingScope.BOTH,
        secret=True,
    )  # fmt: skip

    theme: str = _setting("poptui-dark", TEXT, "The colour theme; the palette lists them.")
    keymap: str = _setting(
        "mutt",
        choice("mutt", "vim", "emacs", "gmail"),
        "The key bindings; `poptui help keys` lists them.",
    )
    keys: Mapping[str, tuple[str, ...]] = _setting(
        {},
        table_of(KEYS, "a table of keys by action"),
        "Your own keys for actions, `[]` for none; `poptui help keys` lists actions and keys.",
    )
    mouse: bool = _setting(
        True,
        SWITCH,
        "Use the mouse. Without it, the terminal can select text.",
    )
    number_column: bool = _setting(False, SWITCH, "Show the message number in the list.")
    cache: bool = _setting(
        True, SWITCH, "Cache headers, so that the next start loads only new ones."
    )
    body_cache: int = _setting(0, SIZE_OR_OFF, "The disk space for a cache of downloaded messages.")
    check_every: float = _setting(
        0.0, MINUTES_OR_NEVER,
        "Check for new mail this often, with a new login; your marks are kept.",
    )  # fmt: skip
    notify: str = _setting(
        "bell", choice("off", "bell", "osc9", "osc777"),
        "How the terminal announces new mail: with its bell, or with a notification.",
    )  # fmt: skip
    notify_command: str = _setting(
        "", COMMAND, "The command to run when mail arrives; `%s` stands for the message to show."
    )
    title: bool = _setting(True, SWITCH, "Show account and number of messages in the window title.")
    save_dir: str = _setting("", TEXT, "The folder offered for saving; otherwise Downloads.")
    open_link: str = _setting(
        "",
        COMMAND,
        "The command that opens a link; `%s` stands for the link. Without it, links are copied.",
    )
    link_in_terminal: bool = _setting(
        False, SWITCH, "Whether `open_link` needs the terminal, as `w3m` does."
    )
    open_attachment: str = _setting(
        "",
        COMMAND,
        "The command that opens an attachment, such as `xdg-open`; `%s` stands for the file.",
    )
    attachment_in_terminal: bool = _setting(
        False, SWITCH, "Whether `open_attachment` needs the terminal, as `less` does."
    )
    reply_command: str = _setting(
        "",
        COMMAND,
        "The command that starts a reply, such as `thunderbird -compose`; `%s` stands for a"
        " `mailto:` address.",
    )
    reply_in_terminal: bool = _setting(
        False, SWITCH, "Whether `reply_command` needs the terminal, as `mutt` does."
    )
    copy_command: str = _setting(
        "",
        COMMAND,
        "The command that copies its input to the clipboard, such as `wl-copy`, for terminals that"
        " don't let poptui copy.",
    )

    friends: tuple[str, ...] = _setting(
        (), SENDERS, "Senders whose mail is never spam: addresses, or `@` and a domain."
    )
    blocklist: tuple[str, ...] = _setting((), SENDERS, "Senders whose mail is spam.")
    duplicates: str = _setting(
        "newest", choice("newest", "oldest"), "The copy of a message that `is:dup` leaves out."
    )
    threshold: float = _setting(5.0, THRESHOLD, "The score from which a message is spam.")
    weights: Mapping[str, float] = _setting(
        {},
        table_of(WEIGHT, "a table of numbers by signal"),
        "The points of signals, instead of poptui's defaults.",
    )
    filters: Mapping[str, str] = _setting(
        {}, table_of(TEXT, "a table of filters by name"),
        "The saved filters on the keys 1-9, instead of poptui's defaults.",
    )  # fmt: skip
    rules: tuple[RuleText, ...] = _setting(
        (), RULES, "Rules that act on all messages that a filter matches."
    )

    def replaced(self, **changes: Any) -> Settings:
        """Return a copy with other values for some fields."""
        fields = type(self).__annotations__
        own = {name: value for name, value in vars(self).items() if name in fields}
        return Settings(**own | changes)

    @cached_property
    def server(self) -> Server:
        """The server, the user, and how the connection is secured. Raises UsageError."""
        server = parse_target(
            self.url,
            starttls=self.starttls,
            allow_plaintext=self.allow_plaintext,
            ca_file=self.ca_file or None,
            pin=self.pin or None,
            auth=None if self.auth == ANY_METHOD else self.auth,
            login_charset=self.login_charset,
        )
        if self.client_key and not self.client_cert:
            raise UsageError("A client key needs its certificate: give client_cert too.")
        return server._replace(
            client_cert=self.client_cert or None,
            client_key=self.client_key or None,
            key_passphrase=self.key_passphrase,
            tls_min=None if self.tls_min == DEFAULT_TLS_MIN else self.tls_min,
            proxy=self._proxy(server.host),
        )

    def _proxy(self, host: str) -> Proxy | None:
        if self.proxy == DIRECT:
            return None
        if self.proxy:
            return parse_proxy(self.proxy)
        return None if is_loopback(host) else proxy_from_environment(host, os.environ)

    @property
    def web(self) -> WebRoute:
        """The proxy and CAs for web requests: for OAuth, and to find the domain's servers."""
        return WebRoute(self.web_proxy or self.proxy, self.ca_file or None)

    def changed(self) -> dict[str, Any]:
        """Return the non-default values for the log, without commands, senders and filters."""
        defaults = Settings()
        shown = (s for s in SETTINGS.values() if s.kind.unit or s.kind.choices or s.kind is SWITCH)
        values = {setting.name: getattr(self, setting.name) for setting in shown}
        return {name: value for name, value in values.items() if value != getattr(defaults, name)}

    @property
    def connection(self) -> ConnectionOptions:
        """The settings that the network layer needs."""
        return ConnectionOptions(
            timeout_s=self.timeout,
            keepalive_s=self.keepalive,
            pipelining=self.pipelining,
            minimum_rate=self.minimum_rate,
            readonly=self.readonly,
        )


SETTINGS: Mapping[str, Setting] = {
    name: setting for name, setting in vars(Settings).items() if isinstance(setting, Setting)
}
"""All settings by name."""
TOP = [name for name, setting in SETTINGS.items() if setting.scope.at_top] + ["accounts"]
ACCOUNT = [name for name, setting in SETTINGS.items() if setting.scope.in_account]
"""The keys that may be at the top of the file, and those that may be in an account's table."""
