"""Which server, whose mailbox, and how to connect: plain values, read from a TARGET without I/O.

A TARGET is a POP URL (RFC 2384) or its TLS sister: ``pops://user@host[:995]`` and
``pop://user@host[:110]``, with ``;auth=MECH`` after the user or at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import unquote

from poptui.errors import UsageError, quoted
from poptui.printable import printable_line

FORM = "pops://user@host"
"""The form every complaint recommends."""

HOST_LIMIT = 253
"""Octets of a host name, as DNS has it (RFC 1035 section 2.3.4)."""


class Security(Enum):
    """When the connection turns to TLS, and what happens where it cannot."""

    TLS = "TLS from the first byte (RFC 8314)"
    STLS = "STLS, or no login"
    STLS_IF_OFFERED = "STLS where the server has it, else in clear, as the user allowed"
    PLAIN = "in clear: the connection stays on this machine"


DEFAULT_PORTS = {"pops": 995, "pop": 110}


@dataclass(frozen=True)
class Server:
    """A mailbox on a host: where it is, whose it is, and how the connection is secured."""

    host: str
    """A name in ASCII (IDNA), or an address without brackets."""
    port: int
    user: str
    security: Security
    mechanism: str | None = None
    """``APOP`` or a SASL mechanism in capitals; ``None`` leaves the choice to the login."""
    ca_file: str | None = None
    """A PEM file of authorities to trust instead of the system's."""
    pin: str | None = None
    """SHA-256 of the server's DER certificate, 64 lower-case hex digits."""

    @property
    def address(self) -> str:
        """``host:port``, IPv6 in brackets."""
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def title(self) -> str:
        """``user@host``, safe for the terminal."""
        return printable_line(f"{self.user}@{_bracketed(self.host)}")

    @property
    def account(self) -> str:
        """``user@host:port``: the key of this mailbox in every store and in the keyring."""
        return f"{self.user}@{self.address}"


@dataclass(frozen=True)
class ConnectionOptions:
    """How to talk to a server, whichever it is; a connection cannot change them."""

    timeout_s: float = 30.0
    """Give up the server after this many seconds of silence."""
    keepalive_s: float = 60.0
    """Send NOOP after this many seconds of silence, 0 for never: servers wait ten minutes."""
    pipelining: str = "auto"
    """``on`` and ``off`` force it; ``auto`` asks CAPA, the server's profile, or makes a trial."""
    minimum_rate: int = 512
    """Give up the server if it sends fewer bytes a second for long; 0 for any."""
    readonly: bool = False
    """Send nothing that could delete a message."""


DEFAULT_OPTIONS = ConnectionOptions()


def parse_target(
    text: str,
    *,
    starttls: bool = False,
    allow_plaintext: bool = False,
    ca_file: str | None = None,
    pin: str | None = None,
) -> Server:
    """The server that the URL ``text`` names. Raises UsageError, which says what is wrong."""
    scheme, userinfo, place, mechanism = _split(text)
    host, port = _host_and_port(place)
    if scheme == "pops" and starttls:
        raise UsageError("--starttls goes with pop://; pops:// is TLS from the first byte.")
    return Server(
        host=host,
        port=DEFAULT_PORTS[scheme] if port is None else port,
        user=_user(userinfo, place),
        security=_security(scheme, host, starttls or pin is not None, allow_plaintext),
        mechanism=mechanism,
        ca_file=ca_file,
        pin=None if pin is None else parse_pin(pin),
    )


def parse_pin(text: str) -> str:
    """A certificate's fingerprint as 64 lower-case hex digits: colons, capitals, prefix go."""
    digits = text.strip().lower().removeprefix("sha256:").replace(":", "")
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise UsageError(
            f"The pin {_quoted(text)} is not a SHA-256 fingerprint: 64 hex digits, colons allowed."
        )
    return digits


def is_loopback(host: str) -> bool:
    """Whether ``host`` can only be this machine: 127.0.0.0/8, ::1, localhost."""
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _split(text: str) -> tuple[str, str, str, str | None]:
    """Scheme, user part (still encoded), ``host[:port]``, mechanism."""
    scheme, separator, rest = text.partition("://")
    userinfo, _, place = (rest if separator else text).rpartition("@")
    if ":" in userinfo:
        raise UsageError(
            "A password does not belong in a TARGET, where the process list shows it: "
            f"write {FORM} and give it at the prompt, or with --password-stdin "
            "(a “:” in the user name itself is written %3A)."
        )
    if printable_line(text) != text:
        raise UsageError(f"The TARGET {_quoted(text)} has control characters in it: write {FORM}.")
    if not separator:
        raise UsageError(f"{_quoted(text)} is neither an account's name nor a URL: write {FORM}.")
    if scheme.lower() not in DEFAULT_PORTS:
        raise UsageError(f"The scheme {_quoted(scheme)} is not pops or pop: write {FORM}.")
    userinfo, *parameters = userinfo.split(";")
    place, *more = place.removesuffix("/").split(";")
    return scheme.lower(), userinfo, place, _mechanism(parameters + more)


def _mechanism(parameters: list[str]) -> str | None:
    """The one ``auth=MECH`` of RFC 2384; ``*`` means any."""
    if not parameters:
        return None
    name, _, value = parameters[0].partition("=")
    value = unquote(value).upper().rstrip("/")
    if len(parameters) > 1 or name.lower() != "auth":
        raise UsageError(
            f"The TARGET's {_quoted(';' + ';'.join(parameters))} is not understood: "
            "one “;auth=MECHANISM” may stand there."
        )
    if value == "*":
        return None
    if value != "+APOP" and not re.fullmatch("[A-Z0-9_-]{1,20}", value):
        raise UsageError(
            f"The login {_quoted(value)} is not a mechanism: write ;auth=+APOP or ;auth=PLAIN."
        )
    return value.removeprefix("+")


def _user(encoded: str, place: str) -> str:
    if not encoded:
        raise UsageError(f"The TARGET names no user: write pops://user@{printable_line(place)}.")
    if re.search("%(?![0-9A-Fa-f]{2})", encoded):
        raise UsageError(
            f"The user {_quoted(encoded)} has a “%” before no pair of hex digits: write it %25."
        )
    try:
        user = unquote(encoded, errors="strict")
    except UnicodeDecodeError:
        raise UsageError(f"The user {_quoted(encoded)} does not decode to UTF-8.") from None
    if printable_line(user) != user:
        raise UsageError(f"The user {_quoted(user)} has control characters in it.")
    return user


def _host_and_port(place: str) -> tuple[str, int | None]:
    if place.startswith("["):
        host, bracket, rest = place[1:].partition("]")
        if not bracket or not _is_ipv6(host) or rest[:1] not in ("", ":"):
            raise UsageError(f"{_quoted(place)} is not an IPv6 address: write pops://user@[::1].")
        return host.replace("%25", "%"), _port(rest)
    if place.count(":") > 1:
        raise UsageError(
            f"{_quoted(place)} is not a host: an IPv6 address is written in brackets, "
            "pops://user@[::1]."
        )
    host, colon, digits = place.partition(":")
    return _host(host), _port(colon + digits)


def _port(text: str) -> int | None:
    """The number after the colon; ``None`` where there is no colon."""
    if not text:
        return None
    digits = text[1:]
    if not re.fullmatch("[0-9]{1,5}", digits) or not 0 < int(digits) < 65536:
        raise UsageError(f"The port {_quoted(digits)} is not a number from 1 to 65535.")
    return int(digits)


def _host(name: str) -> str:
    """``name`` in lower-case ASCII, or an IPv4 address as it is."""
    if not name:
        raise UsageError(f"The TARGET names no host: write {FORM}.")
    host = name.removesuffix(".").lower()
    try:
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    numeric = host.rpartition(".")[2].isdigit()
    if not _is_name(host) or (numeric and _address(host) is None):
        raise UsageError(f"{_quoted(name)} is not a host name or an address: write {FORM}.")
    return host


def _is_name(host: str) -> bool:
    labels = host.split(".")
    pattern = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
    return len(host) <= HOST_LIMIT and all(re.fullmatch(pattern, label) for label in labels)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    for kind in (IPv4Address, IPv6Address):
        try:
            return kind(host)
        except ValueError:
            continue
    return None


def _is_ipv6(host: str) -> bool:
    return isinstance(_address(host.replace("%25", "%")), IPv6Address)


def _quoted(text: str) -> str:
    return quoted(text) if text.strip() else "“”"


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
