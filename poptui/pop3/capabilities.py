"""What a server says it can do: the CAPA listing (RFC 2449 section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_SPELLINGS = {"RESP_CODES": "RESP-CODES", "AUTH_RESP_CODE": "AUTH-RESP-CODE"}


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


def parse_capabilities(body: bytes) -> Capabilities:
    """The capabilities of a CAPA reply's body; a repeated line adds its parameters."""
    lines: dict[str, tuple[str, ...]] = {}
    for line in body.splitlines():
        name, *parameters = line.decode("latin-1").split() or [""]
        name = _SPELLINGS.get(name.upper(), name.upper())
        if name:
            lines[name] = (*lines.get(name, ()), *parameters)
    return Capabilities(True, lines)
