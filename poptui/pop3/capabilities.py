"""What a server says it can do: the CAPA listing (RFC 2449 section 5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

_SPELLINGS = {"RESP_CODES": "RESP-CODES", "AUTH_RESP_CODE": "AUTH-RESP-CODE"}


_EXPIRE_RUN_TOGETHER = re.compile("EXPIRE=?([0-9]+|NEVER)")
"""GNU mailutils writes EXPIRENEVER."""


class AfterDownload(Enum):
    """What a server does at QUIT with the messages that were downloaded in the session."""

    KEPT = "kept"
    UNKNOWN = "unknown"
    """The server doesn't say."""
    REMOVED = "removed"
    """It may remove them (RFC 2449 section 6.7: EXPIRE 0)."""


@dataclass(frozen=True)
class Capabilities:
    """Capability names in upper case with their parameters."""

    told: bool = False
    """False where the server has no CAPA: then nothing is known, and absence means nothing."""
    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.lines

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms, in upper case, in the server's order."""
        return tuple(name.upper() for name in self.lines.get("SASL", ()))

    @property
    def after_download(self) -> AfterDownload:
        """What EXPIRE says of messages that were downloaded (RFC 2449 section 6.7)."""
        days = [word.upper() for word in self.lines.get("EXPIRE", ())]
        if any(word.isascii() and word.isdigit() and int(word) == 0 for word in days):
            return AfterDownload.REMOVED
        kept = any(word == "NEVER" or (word.isascii() and word.isdigit()) for word in days)
        return AfterDownload.KEPT if kept else AfterDownload.UNKNOWN

    @property
    def expires_by_user(self) -> bool:
        """Whether what EXPIRE says before the login differs from user to user."""
        return "USER" in map(str.upper, self.lines.get("EXPIRE", ()))


def parse_capabilities(body: bytes) -> Capabilities:
    """The capabilities of a CAPA reply's body; a repeated line adds its parameters."""
    lines: dict[str, tuple[str, ...]] = {}
    for line in body.splitlines():
        name, *parameters = line.decode("latin-1").split() or [""]
        name = _SPELLINGS.get(name.upper(), name.upper())
        if expire := _EXPIRE_RUN_TOGETHER.fullmatch(name):
            name, parameters = "EXPIRE", [expire[1], *parameters]
        if name:
            lines[name] = (*lines.get(name, ()), *parameters)
    return Capabilities(True, lines)


def after_download(before_login: Capabilities, after_login: Capabilities) -> AfterDownload:
    """What a server says before and after the login, taken together: in doubt, the worst.

    After the login it speaks of this user, so a word for all users ("0 USER") yields to that.
    """
    before, after = before_login.after_download, after_login.after_download
    if before is AfterDownload.REMOVED and not before_login.expires_by_user:
        return before
    return before if after is AfterDownload.UNKNOWN else after
