"""Parse a TARGET into a server, a user, and how to connect.

A TARGET is a POP URL (RFC 2384) or its TLS variant: ``pops://user@host[:995]`` or
``pop://user@host[:110]``, with ``;auth=MECH`` after the user or at the end.
"""

from __future__ import annotations

import os
import re
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple
from urllib.parse import unquote

from poptui.errors import UsageError, quoted_input
from poptui.net.host_name import both_forms, shown_host, to_ascii
from poptui.net.proxy import (
    DIRECT,
    PROXY_SCHEMES,
    Proxy,
    parse_proxy,
    web_proxy_from_environment,
)
from poptui.net.transcript import Transcript
from poptui.printable import printable_line
from poptui.secret import Secret

TARGET_FORM = "pops://user@host"
"""The form that every error message recommends."""

MAX_HOST_BYTES = 253
"""The longest host name in DNS (RFC 1035 section 2.3.4)."""


class Security(Enum):
    """The TLS mode: when TLS starts, and what happens if it can't."""

    TLS = "TLS from the first byte (RFC 8314)"
    STLS = "STLS, or no login"
    STLS_IF_OFFERED = "STLS if the server offers it, else unencrypted, as the user allowed"
    PLAIN = "unencrypted: the connection stays on this machine"


DEFAULT_TLS_MIN = "1.2"
"""Always set: some builds of Python, such as Debian's, leave it to OpenSSL's configuration."""

DEFAULT_PORTS = {"pops": 995, "pop": 110}


class Server(NamedTuple):
    """A mailbox: its host, its user, and how the connection is secured."""

    host: str
    """A name in ASCII (IDNA), or an IP address without brackets."""
    port: int
    user: str
    security: Security
    mechanism: str | None = None
    """``APOP``, ``USER`` or a SASL mechanism in capitals; None to choose among those offered."""
    ca_file: str | None = None
    """A PEM file of certificate authorities to trust instead of the system's."""
    pin: str | None = None
    """SHA-256 of the server's DER certificate, as 64 lower-case hex digits."""
    client_cert: str | None = None
    """A PEM file with the certificate that proves to the server who we are."""
    login_charset: str = "utf-8"
    """The encoding of user and password: ``utf-8`` or ``latin-1``."""
    client_key: str | None = None
    """A PEM file with its key; None if it is in the same file."""
    key_passphrase: Secret | None = None
    """The passphrase of that key, if it is encrypted."""
    tls_min: str | None = None
    """The oldest TLS version that is accepted, such as ``1.3``; None for OpenSSL's choice."""
    proxy: Proxy | None = None
    """The proxy for all connections."""

    @property
    def tls_name(self) -> str:
        """The host as a certificate names it: an address without its zone (RFC 6874)."""
        return self.host.partition("%")[0]

    @property
    def both_forms(self) -> str:
        """The host for a sentence about its name: readable, followed by the ASCII form."""
        return both_forms(self.host)

    @property
    def address(self) -> str:
        """``host:port``, with an IPv6 address in brackets."""
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def title(self) -> str:
        """``user@host``, safe for the terminal."""
        return printable_line(f"{self.user}@{_bracketed(shown_host(self.host))}")

    @property
    def account(self) -> str:
        """``user@host:port``: the key of this mailbox in every store and in the keyring."""
        return f"{self.user}@{self.address}"


class ConnectionOptions(NamedTuple):
    """Options that apply to any server; fixed for the life of a connection."""

    timeout_s: float = 30.0
    """Give up after this many seconds without a reply."""
    keepalive_s: float = 60.0
    """Send NOOP after this many idle seconds, 0 for never: servers close after ten minutes."""
    pipelining: str = "auto"
    """``on`` and ``off`` force it; ``auto`` consults CAPA, the server's profile, or a trial."""
    minimum_rate: int = 512
    """Give up a server that sends fewer bytes per second for a long time; 0 to allow any rate."""
    readonly: bool = False
    """Send nothing that could delete a message."""
    transcript: Transcript | None = None
    """Records what is sent and received."""


DEFAULT_OPTIONS = ConnectionOptions()


class WebRoute(NamedTuple):
    """The proxy and CAs for an account's web requests: for OAuth, and to find its mail server."""

    proxy: str = ""
    """The setting ``proxy``: a URL, ``none``, or empty for what the environment says."""
    ca_file: str | None = None
    """A PEM file of authorities to trust, in addition to the system's."""

    def __repr__(self) -> str:
        """Without the proxy, whose URL may hold a password."""
        return f"WebRoute(ca_file={self.ca_file!r})"

    def proxy_to(self, host: str) -> Proxy | None:
        """Return the proxy for requests to a host. Raises UsageError for a wrong variable."""
        if self.proxy == DIRECT or is_loopback(host):
            return None
        if self.proxy:
            return parse_proxy(self.proxy)
        return web_proxy_from_environment(host, os.environ)


DEFAULT_ROUTE = WebRoute()


def parse_target(
    text: str,
    *,
    starttls: bool = False,
    allow_plaintext: bool = False,
    ca_file: str | None = None,
    pin: str | None = None,
    auth: str | None = None,
    login_charset: str = "utf-8",
) -> Server:
    """Parse a TARGET. Raises UsageError, which says what is wrong with it.

    ``auth`` is the login method to use, like ``;auth=`` in the TARGET.
    """
    scheme, userinfo, location, mechanism = _split(text)
    if auth and mechanism and auth != mechanism:
        raise UsageError(
            f"The TARGET says ;auth={mechanism} and the setting auth says {auth}: leave one out."
        )
    host, port = _host_and_port(location)
    if scheme == "pops" and starttls:
        raise UsageError("--starttls goes with pop://; pops:// is TLS from the first byte.")
    return Server(
        host=host,
        port=DEFAULT_PORTS[scheme] if port is None else port,
        user=_user(userinfo, location),
        security=_security(scheme, host, starttls or pin is not None, allow_plaintext),
        mechanism=mechanism or auth,
        ca_file=ca_file,
        pin=None if pin is None else parse_pin(pin),
        login_charset=login_charset,
    )


def pinned(server: Server, pin: str) -> Server:
    """Return ``server`` with only one certificate trusted, and so never without TLS."""
    optional = server.security is Security.STLS_IF_OFFERED
    return server._replace(pin=pin, security=Security.STLS if optional else server.security)


def parse_pin(text: str) -> str:
    """Normalize a fingerprint to 64 lower-case hex digits. Raises UsageError."""
    digits = text.strip().rstrip(".").lower().removeprefix("sha256:").replace(":", "")
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise UsageError(
            f"The pin {quoted_input(text)} is not a SHA-256 fingerprint: 64 hex digits, colons"
            " allowed."
        )
    return digits


def is_loopback(host: str) -> bool:
    """Whether ``host`` can only mean this machine: 127.0.0.0/8, ::1, localhost."""
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _split(text: str) -> tuple[str, str, str, str | None]:
    """Split a TARGET into scheme, user (still encoded), ``host[:port]`` and mechanism."""
    scheme, separator, rest = text.partition("://")
    userinfo, _, location = (rest if separator else text).rpartition("@")
    if separator and scheme.lower() in PROXY_SCHEMES:
        raise UsageError(
            f"A proxy doesn't belong in a TARGET: write {TARGET_FORM}, and the proxy with --proxy"
            " or as proxy in the configuration file."
        )
    if ":" in userinfo:
        raise UsageError(
            "A password does not belong in a TARGET, where the process list shows it: "
            f"write {TARGET_FORM} and give it at the prompt, or with --password-stdin "
            "(a “:” in the user name itself is written %3A)."
        )
    if printable_line(text) != text:
        raise UsageError(
            f"The TARGET {quoted_input(text)} has control characters in it: write {TARGET_FORM}."
        )
    if not separator:
        raise UsageError(
            f"{quoted_input(text)} is neither an account's name nor a URL: write {TARGET_FORM}."
        )
    if scheme.lower() not in DEFAULT_PORTS:
        raise UsageError(
            f"The scheme {quoted_input(scheme)} is not pops or pop: write {TARGET_FORM}."
        )
    userinfo, *parameters = userinfo.split(";")
    location, *more = location.removesuffix("/").split(";")
    return scheme.lower(), userinfo, location, _mechanism(parameters + more)


def _mechanism(parameters: list[str]) -> str | None:
    """Parse ``;auth=MECH`` (RFC 2384); ``*`` means any."""
    if not parameters:
        return None
    name, _, value = parameters[0].partition("=")
    value = unquote(value).upper().rstrip("/")
    if len(parameters) > 1 or name.lower() != "auth":
        raise UsageError(
            f"The TARGET's {quoted_input(';' + ';'.join(parameters))} is not understood: "
            "only one “;auth=MECHANISM” is allowed there."
        )
    if value == "*":
        return None
    if value != "+APOP" and not re.fullmatch("[A-Z0-9_-]{1,20}", value):
        raise UsageError(
            f"The login {quoted_input(value)} is not a mechanism: write ;auth=+APOP or ;auth=PLAIN."
        )
    return value.removeprefix("+")


def _user(encoded: str, location: str) -> str:
    if not encoded:
        raise UsageError(f"The TARGET names no user: write pops://user@{printable_line(location)}.")
    if re.search("%(?![0-9A-Fa-f]{2})", encoded):
        raise UsageError(
            f"The user {quoted_input(encoded)} has a “%” before no pair of hex digits: write it"
            " %25."
        )
    try:
        user = unquote(encoded, errors="strict")
    except UnicodeDecodeError:
        raise UsageError(f"The user {quoted_input(encoded)} does not decode to UTF-8.") from None
    if printable_line(user) != user:
        raise UsageError(f"The user {quoted_input(user)} has control characters in it.")
    return user


def _host_and_port(location: str) -> tuple[str, int | None]:
    if location.startswith("["):
        host, bracket, rest = location[1:].partition("]")
        if not bracket or not _is_ipv6(host) or rest[:1] not in ("", ":"):
            raise UsageError(
                f"{quoted_input(location)} is not an IPv6 address: write pops://user@[::1]."
            )
        return host.replace("%25", "%"), _port(rest)
    if location.count(":") > 1:
        raise UsageError(
            f"{quoted_input(location)} is not a host: an IPv6 address is written in brackets, "
            "pops://user@[::1]."
        )
    host, colon, digits = location.partition(":")
    return _host(host), _port(colon + digits)


def _port(text: str) -> int | None:
    """Parse ``:port``; return None for an empty text."""
    if not text:
        return None
    digits = text[1:]
    if not re.fullmatch("[0-9]{1,5}", digits) or not 0 < int(digits) < 65536:
        raise UsageError(f"The port {quoted_input(digits)} is not a number from 1 to 65535.")
    return int(digits)


def _host(name: str) -> str:
    """Return a host name in lower-case ASCII, or an IPv4 address unchanged."""
    if not name:
        raise UsageError(f"The TARGET names no host: write {TARGET_FORM}.")
    host = name.lower()
    try:
        host = to_ascii(host).removesuffix(".")
    except ValueError:
        host = ""
    numeric = host.rpartition(".")[2].isdigit()
    if not _is_name(host) or (numeric and _address(host) is None):
        raise UsageError(
            f"{quoted_input(name)} is not a host name or an address: write {TARGET_FORM}."
        )
    return host


def _is_name(host: str) -> bool:
    labels = host.split(".")
    pattern = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
    return len(host) <= MAX_HOST_BYTES and all(re.fullmatch(pattern, label) for label in labels)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    for kind in (IPv4Address, IPv6Address):
        try:
            return kind(host)
        except ValueError:
            continue
    return None


def _is_ipv6(host: str) -> bool:
    return isinstance(_address(host.replace("%25", "%")), IPv6Address)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _security(scheme: str, host: str, starttls: bool, allow_plaintext: bool) -> Security:
    if scheme == "pops":
        return Security.TLS
    if starttls:
        return Security.STLS
    if is_loopback(host):
        return Security.PLAIN
    return Security.STLS_IF_OFFERED if allow_plaintext else Security.STLS
