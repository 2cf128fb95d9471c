"""Servers that an address may belong to: where each comes from, and the host names to guess."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple
from urllib.parse import quote

from poptui.errors import UsageError, quoted_input
from poptui.net.server import DEFAULT_PORTS, parse_target
from poptui.printable import printable_line


class Origin(Enum):
    """The source that named a server; the value is the end of a sentence."""

    PROVIDER = "in poptui's list of providers"
    AUTOCONFIG = "in the configuration that the domain publishes"
    SRV = "in the domain's DNS records"
    MX = "from where the domain's mail is delivered"
    GUESS = "by its usual name"


class Candidate(NamedTuple):
    """A server that may have the mailbox. TLS is always used, from the start or by STLS."""

    host: str
    port: int
    implicit_tls: bool
    """TLS from the first byte; otherwise STLS is required."""
    user: str
    origin: Origin
    note: str = ""
    """A sentence for the user to read before using it."""

    @property
    def url(self) -> str:
        """The TARGET, as it is written into the configuration."""
        scheme = "pops" if self.implicit_tls else "pop"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[scheme] else f":{self.port}"
        return f"{scheme}://{quote(self.user, safe='+')}@{host}{port}"

    @property
    def title(self) -> str:
        """``pop.example.com:995 (TLS)``, safe for the terminal."""
        how = "TLS" if self.implicit_tls else "STARTTLS"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return printable_line(f"{host}:{self.port} ({how})")


class EmailAddress(NamedTuple):
    """A mail address in its two parts; the domain is in ASCII."""

    local: str
    domain: str

    @property
    def text(self) -> str:
        return f"{self.local}@{self.domain}"


_LOCAL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}")


def parse_address(text: str) -> EmailAddress:
    """Parse a mail address. Raises UsageError, which says what is wrong with it."""
    local, at, domain = text.strip().rpartition("@")
    if not at or not domain:
        raise UsageError(f"{quoted_input(text)} is not a mail address, such as me@example.com.")
    if not _LOCAL.fullmatch(local) or printable_line(local) != local:
        raise UsageError(
            f"{quoted_input(text)} is not a mail address: look at the part before the @."
        )
    try:
        host = parse_target(f"pops://x@{domain}").host
    except UsageError:
        host = ""
    if "." not in host or ":" in domain or host.rpartition(".")[2].isdigit():
        raise UsageError(
            f"{quoted_input(text)} is not a mail address: {quoted_input(domain)} is no domain."
        )
    return EmailAddress(local, host)


_NOT_IN_HOSTS = re.compile(r"[^\w.-]")
"""Characters that no host name contains; in a URL they could change the host."""


def checked_candidate(
    host: str, port: int, *, implicit_tls: bool, user: str, origin: Origin, note: str = ""
) -> Candidate | None:
    """Return a candidate if host, port and user, which come from the network, are valid."""
    if _NOT_IN_HOSTS.search(host):
        return None
    candidate = Candidate(host, port, implicit_tls, user, origin, note)
    try:
        server = parse_target(candidate.url)
    except UsageError:
        return None
    return candidate._replace(host=server.host, port=server.port)


def is_inside(host: str, domain: str) -> bool:
    """Whether a host belongs to a domain."""
    host, domain = host.lower().rstrip("."), domain.lower().rstrip(".")
    return host == domain or host.endswith(f".{domain}")


def guesses(address: EmailAddress) -> Iterator[Candidate]:
    """Yield the usual host names of the domain, TLS first."""
    for host in ("pop", "pop3", "mail", ""):
        name = f"{host}.{address.domain}" if host else address.domain
        for port, implicit_tls in ((995, True), (110, False)):
            found = checked_candidate(
                name, port, implicit_tls=implicit_tls, user=address.text, origin=Origin.GUESS
            )
            if found:
                yield found
