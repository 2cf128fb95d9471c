"""Follow a message's Received fields to the host that delivered it to the receiver's servers.

Each server adds its field on top (RFC 5321 section 4.4). From the top down, hops are the receiver's
as long as the sending host is one of the receiver's too; the first hop with a sending host outside
is the boundary. The sender can't have written any field above it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from poptui.patterns import lazy_pattern
from poptui.triage.spam.domains import organization
from poptui.triage.spam.fields import single_spaced

MAX_INSIDE_HOPS = 12
"""Maximum number of hops within the receiver's own systems."""

MAX_HOP_BYTES = 512
"""Maximum bytes of a hop that are searched for its two hosts."""

_ALIASES = {
    "office365.com": "outlook.com",
    "exchangelabs.com": "outlook.com",
    "hotmail.com": "outlook.com",
    "microsoft.com": "outlook.com",
    "googlemail.com": "google.com",
    "gmail.com": "google.com",
}
_NAMES = lazy_pattern(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z][a-z0-9-]+")
_IPV4 = lazy_pattern(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.])")
_SUBMITTED = lazy_pattern(
    rb"\bwith e?smtps?a\b|\bwith (?:utf8smtps?a|lmtps?a|asmtp)\b|authenticated (?:sender|as|user)"
    rb"|\bsmtp[. ]?auth|\bauth=pass"
)
"""The words by which RFC 3848 and common servers record that the sender logged in."""
_PRIVATE = lazy_pattern(r"(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254)\.")
_LOCAL_NAMES = ("localhost", "localhost.localdomain", "127.0.0.1", "[127.0.0.1]", "::1", "unknown")


class Route(NamedTuple):
    """The route of a message: its last hops, and the host that delivered it to the receiver."""

    boundary: int = 0
    """The number of hops above the one where the message came in from outside."""
    inside: frozenset[str] = frozenset()
    """Registered domains of the receiver's hosts."""
    client: str = ""
    """The boundary hop's description of the sending host, in lower case."""
    host: str = ""
    """The receiver's host that accepted it."""
    submitted: bool = False
    """The sender logged in to the receiver's own server."""


@lru_cache(maxsize=4096)
def owner(host: str) -> str:
    """Return the registered domain of a host; a provider's several domains count as one."""
    domain = organization(host)
    return _ALIASES.get(domain, domain)


@lru_cache(maxsize=64)
def _owners(hosts: frozenset[str]) -> frozenset[str]:
    return frozenset(map(owner, hosts))


def find_route(hops: list[bytes], trusted: frozenset[str]) -> Route:
    """Find the boundary in ``hops``, latest first; ``trusted`` hosts are the receiver's too."""
    inside = set(_owners(trusted))
    for number, octets in enumerate(hops[:MAX_INSIDE_HOPS]):
        sender, host = _ends(octets.partition(b" id ")[0][:MAX_HOP_BYTES])
        if host and "." in host and not host[-1].isdigit():
            inside.add(owner(host))
        if sender and not _is_inside(sender, host, inside):
            submitted = _SUBMITTED.search(octets.lower()) is not None
            return Route(number, frozenset(inside), sender, host, submitted)
    return Route(len(hops), frozenset(inside))


@lru_cache(maxsize=1024)
def _ends(octets: bytes) -> tuple[str, str]:
    """Return the hop's description of the sending host, and the name of the receiving host.

    Cached: without their ids, the hops of the receiver's own servers are the same in each message.
    """
    hop = single_spaced(octets)
    if hop.startswith("by "):
        return "", hop[3:].partition(" ")[0].rstrip(";")
    if not hop.startswith("from "):
        return "", ""
    if _was_fetched(hop):
        return "", hop[5:].partition(" ")[0]
    sender, _, rest = hop[5:].partition(" by ")
    return sender, rest.partition(" ")[0].rstrip(";")


def _was_fetched(hop: str) -> bool:
    """Whether the receiver fetched it from another mailbox."""
    return (
        "fetchmail" in hop
        or "getmail" in hop
        or " with pop3" in hop
        or " with imap" in hop
        or "(single-drop)" in hop
    )


def _is_inside(sender: str, host: str, inside: set[str]) -> bool:
    """Whether the sending host belongs to the receiver."""
    greeting, _, rest = sender.partition(" ")
    if _NAMES.fullmatch(greeting):
        if not _is_receivers(greeting, inside):
            return False
        if "." not in rest and greeting not in _LOCAL_NAMES:
            return True
    names = _NAMES.findall(sender)
    if greeting in _LOCAL_NAMES or not names:
        address = _IPV4.search(sender)
        return "[" not in sender if address is None else bool(_PRIVATE.match(address[1]))
    return all(_is_receivers(name, inside) for name in names)


def _is_receivers(name: str, inside: set[str]) -> bool:
    return owner(name) in inside or name.endswith((".localdomain", ".internal", ".local"))


def client_names(client: str) -> list[str]:
    """Return the host names in the boundary hop: the greeting and the reverse name."""
    return _NAMES.findall(client)
