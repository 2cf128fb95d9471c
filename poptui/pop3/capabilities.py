"""Parse the CAPA listing, in which a server announces its features (RFC 2449 section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from poptui.patterns import lazy_pattern

_SPELLINGS = {"RESP_CODES": "RESP-CODES", "AUTH_RESP_CODE": "AUTH-RESP-CODE"}
"""Misspelled names that servers announce."""

_EXPIRE_WITHOUT_SPACE = lazy_pattern("EXPIRE=?([0-9]+|NEVER)")
"""GNU mailutils announces EXPIRENEVER."""


class AfterDownload(Enum):
    """The effect of QUIT on messages that were downloaded in the session."""

    KEPT = "kept"
    UNKNOWN = "unknown"
    """The server announces nothing about it."""
    REMOVED = "removed"
    """QUIT may remove them (EXPIRE 0, RFC 2449 section 6.7)."""


class Capabilities:
    """Capability names, in upper case, and their parameters."""

    def __init__(
        self, known: bool = False, lines: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    ) -> None:
        """``known`` is False if the server has no CAPA: then it may still support anything."""
        self.known, self.lines = known, lines

    def __contains__(self, name: str) -> bool:
        return name in self.lines

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms, in upper case and in the server's order."""
        return tuple(name.upper() for name in self.lines.get("SASL", ()))

    @property
    def after_download(self) -> AfterDownload:
        """The announced EXPIRE policy for downloaded messages (RFC 2449 section 6.7)."""
        days = [word.upper() for word in self.lines.get("EXPIRE", ())]
        if any(word.isascii() and word.isdigit() and int(word) == 0 for word in days):
            return AfterDownload.REMOVED
        kept = any(word == "NEVER" or (word.isascii() and word.isdigit()) for word in days)
        return AfterDownload.KEPT if kept else AfterDownload.UNKNOWN

    @property
    def expiry_depends_on_user(self) -> bool:
        """Whether the EXPIRE announced before the login may differ from user to user."""
        return "USER" in map(str.upper, self.lines.get("EXPIRE", ()))


def parse_capabilities(body: bytes) -> Capabilities:
    """Parse the body of a CAPA reply; a repeated capability adds its parameters."""
    lines: dict[str, tuple[str, ...]] = {}
    for line in body.splitlines():
        name, *parameters = line.decode("latin-1").split() or [""]
        name = _SPELLINGS.get(name.upper(), name.upper())
        if expire := _EXPIRE_WITHOUT_SPACE.fullmatch(name):
            name, parameters = "EXPIRE", [expire[1], *parameters]
        if name:
            lines[name] = (*lines.get(name, ()), *parameters)
    return Capabilities(True, lines)


def after_download(before_login: Capabilities, after_login: Capabilities) -> AfterDownload:
    """Combine the announcements before and after the login; if in doubt, QUIT removes messages.

    Only the announcement after the login is about this user, so it overrides an earlier
    ``EXPIRE 0 USER``, which differs between users.
    """
    before, after = before_login.after_download, after_login.after_download
    if before is AfterDownload.REMOVED and not before_login.expiry_depends_on_user:
        return before
    return before if after is AfterDownload.UNKNOWN else after
