"""Lists of senders: friends, and those who are blocked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_ENTRY = re.compile(r"(?:[^\s@<>\",;]{1,64})?@[^\s@<>\",;]{1,255}")
_ANGLE = re.compile(r"[^<>]*<([^<>]+)>\s*")


def sender_entry(text: str) -> str:
    """An entry of a list: an address, or ``@`` and a domain; in small letters.

    ``Name <address>`` is taken as the address. Raises ValueError.
    """
    angle = _ANGLE.fullmatch(text)
    entry = (angle[1] if angle else text).strip().lower().rstrip(".")
    if not _ENTRY.fullmatch(entry):
        raise ValueError("an address such as ann@example.com, or a domain such as @example.com")
    return entry


@dataclass(frozen=True)
class SenderPatterns:
    """Addresses and domains; a domain stands for those below it too."""

    entries: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entries: Iterable[str]) -> SenderPatterns:
        """Raises ValueError for what is no entry."""
        return cls(frozenset(map(sender_entry, entries)))

    def match(self, address: str) -> str:
        """The entry that ``address`` falls under, ``""`` where there is none."""
        if not self.entries:
            return ""
        address = address.strip().lower().rstrip(".")
        if address in self.entries:
            return address
        _, at, domain = address.rpartition("@")
        while at and domain:
            if f"@{domain}" in self.entries:
                return f"@{domain}"
            domain = domain.partition(".")[2]
        return ""
