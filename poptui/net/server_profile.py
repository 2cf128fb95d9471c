"""Facts about servers that they don't announce, learned from how they behaved."""

from __future__ import annotations

import logging
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poptui.net.client import Client

logger = logging.getLogger(__name__)

MIN_IDLE_S = 8.0
"""After a shorter silence, a lost connection has other reasons than idleness."""

IDLE_TOLERANCE = 0.15
"""Two silences are equally long if they differ by no more than this share."""

KEEPALIVE_SHARE, MIN_KEEPALIVE_S = 0.8, 5
"""The keepalive interval as a share of the silence that a connection survives, and its minimum."""

IDLE_DROPPED = (
    "This server drops connections after about {:.0f} s of silence, so poptui now sends a sign of"
    " life every {} s."
)


class ServerFact(Enum):
    """A fact about a server; the value is its key in the file of profiles."""

    PIPELINING = "pipelining"
    """The server answers commands that are sent together."""
    DELETES_AS_CONFIRMED = "words"
    """Messages were gone after the server had confirmed their deletion."""
    REMOVES_DOWNLOADS = "removes_downloads"
    """QUIT removes messages that were downloaded."""
    LOGIN_METHOD = "logins"
    """A login method works; the subject is :func:`login_subject` for the account, or for the server
    if that hung up on the method or choked on it."""
    TAKES_NO_INITIAL_RESPONSE = "no_initial_response"
    """AUTH must be sent without the initial response, which the server then asks for."""
    UIDS_SHIFT = "uids_shift"
    """UIDs move from one message to another."""


class ServerNumber(Enum):
    """A learned limit of a server; the value is its key in the file of profiles."""

    MOST_IN_FLIGHT = "most_in_flight"
    """The most commands that the server accepts at once."""
    KEEPALIVE_S = "keepalive_s"
    """The connection is lost after this many idle seconds, so a NOOP must be sent before."""
    LOGIN_DELAY_S = "login_delay_s"
    """The server wants this many seconds between two logins (RFC 2449 section 6.5)."""
    LOGINS_REFUSED = "logins_refused"
    """Number of times that the login method that worked was refused since; the subject is
    :func:`login_subject`."""


def login_subject(whose: str, method: str) -> str:
    """Return the subject under which LOGIN_METHOD is stored for an account or a ``host:port``."""
    return f"{method} {whose}"


class ServerProfile:
    """Known facts, each about a subject (a server's ``host:port`` or a login); in memory only."""

    def __init__(self) -> None:
        self._facts: dict[ServerFact, dict[str, bool]] = {fact: {} for fact in ServerFact}
        self._numbers: dict[ServerNumber, dict[str, int]] = {name: {} for name in ServerNumber}
        self._stalled: set[str] = set()
        self._idle_losses: dict[str, float] = {}
        """The idle seconds after which the last connection was lost, by address."""
        self._drops: dict[str, list[tuple[int, bool]]] = {}
        self._trusted: dict[str, str] = {}
        """Certificates that the user trusts until the program ends: the SHA-256 by address."""
        self.remarks: dict[str, str] = {}
        """By address: sentences about what was just learned, to be shown once."""

    def known(self, fact: ServerFact, subject: str) -> bool | None:
        """Whether ``fact`` holds for ``subject``; None if that isn't known."""
        return self._facts[fact].get(subject)

    def learn(self, fact: ServerFact, subject: str, holds: bool) -> None:
        """Remember for later sessions whether ``fact`` holds for ``subject``."""
        self._facts[fact][subject] = holds

    def number(self, name: ServerNumber, subject: str) -> int | None:
        """Return the limit that was learned for ``subject``; None if there is none."""
        return self._numbers[name].get(subject)

    def learn_number(self, name: ServerNumber, subject: str, value: int) -> None:
        """Remember a limit for later sessions."""
        self._numbers[name][subject] = value

    def trust(self, address: str, fingerprint: str) -> None:
        """Accept the certificate with this SHA-256, and no other, until the program ends."""
        self._trusted[address] = fingerprint

    def trusted(self, address: str) -> str | None:
        """Return the SHA-256 of the certificate that the user trusts; None if there is none."""
        return self._trusted.get(address)

    def drops(self, address: str) -> list[tuple[int, bool]]:
        """Return the list of the server's hang-ups in this run; the caller appends to it.

        Each is the number of commands in flight, and whether the server had never answered so many
        together.
        """
        return self._drops.setdefault(address, [])

    def note_idle_loss(self, address: str, idle_s: float) -> int | None:
        """Count a connection that was lost after ``idle_s`` of silence.

        After two of like length the keepalive is shortened: return its seconds, else None.
        """
        if idle_s < MIN_IDLE_S:
            return None
        before_s = self._idle_losses.pop(address, 0.0)
        if abs(before_s - idle_s) > max(2.0, IDLE_TOLERANCE * idle_s):
            self._idle_losses[address] = idle_s
            return None
        keepalive_s = max(MIN_KEEPALIVE_S, int(KEEPALIVE_SHARE * min(before_s, idle_s)))
        self.learn_number(ServerNumber.KEEPALIVE_S, address, keepalive_s)
        self.remarks[address] = IDLE_DROPPED.format(min(before_s, idle_s), keepalive_s)
        return keepalive_s

    def note_stall(self, address: str) -> None:
        """Count a server that fell silent in the middle of a batch of commands.

        The first time may be the line's fault. The second time pipelining is turned off.
        """
        if address in self._stalled:
            self.learn(ServerFact.PIPELINING, address, False)
        self._stalled.add(address)


def keep_alive(client: Client, profile: ServerProfile) -> None:
    """Send keepalives as often as the user set, or more often if the server proved to need it."""
    address, interval_s = client.server.address, client.options.keepalive_s
    if not interval_s:
        return
    learned_s = profile.number(ServerNumber.KEEPALIVE_S, address)
    client.keep_alive(min(interval_s, learned_s) if learned_s else interval_s)
    client.connection.on_idle_loss = partial(_learn_keepalive, profile, address)


def _learn_keepalive(profile: ServerProfile, address: str, idle_s: float) -> None:
    if keepalive_s := profile.note_idle_loss(address, idle_s):
        logger.info("%s drops idle connections: keepalive is %d s now", address, keepalive_s)
