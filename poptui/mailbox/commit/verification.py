"""Decide whether a server's +OK to QUIT is believed, or verified in a new session."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from poptui.mailbox.commit.outcome import Proof
from poptui.net.server_profile import ServerFact, ServerProfile
from poptui.threads import run_detached


class Verify(Enum):
    """The setting that says when to verify a deletion that the server confirmed."""

    AUTO = "auto"
    """Verify until one such reply has turned out to be true."""
    ALWAYS = "always"
    NEVER = "never"


class ServerRecord(Protocol):
    """Remembers between runs whether a server deletes what it confirms; its calls may block."""

    def deletes_as_confirmed(self) -> bool:
        """Whether messages that it confirmed as deleted were found to be gone."""

    def remember(self, deletes_as_confirmed: bool, /) -> None:
        """Store whether they were gone."""


class StoredServerRecord:
    """Whether a server deletes what it confirms, as its stored profile says."""

    def __init__(self, profile: ServerProfile, address: str) -> None:
        self._profile, self._address = profile, address

    def deletes_as_confirmed(self) -> bool:
        """Whether messages that it confirmed as deleted were found to be gone."""
        return bool(self._profile.known(ServerFact.DELETES_AS_CONFIRMED, self._address))

    def remember(self, deletes_as_confirmed: bool) -> None:
        """Store whether they were gone."""
        self._profile.learn(ServerFact.DELETES_AS_CONFIRMED, self._address, deletes_as_confirmed)


class DeletionVerifier:
    """Decides whether a deletion has to be verified."""

    def __init__(self, verify: Verify = Verify.AUTO, memory: ServerRecord | None = None) -> None:
        self._verify, self._memory = verify, memory
        self._is_reliable: bool | None = None if memory else False

    async def doubts(self) -> bool:
        """Whether the server's reply has to be verified."""
        if self._verify is not Verify.AUTO:
            return self._verify is Verify.ALWAYS
        if self._is_reliable is None and self._memory is not None:
            self._is_reliable = await run_detached(self._memory.deletes_as_confirmed)
        return not self._is_reliable

    async def learn(self, proof: Proof, *, falsely_confirmed: bool) -> None:
        """Learn from the outcome of a deletion that the server confirmed."""
        if proof is Proof.NONE or (proof is Proof.REPLY and not falsely_confirmed):
            return
        reliable, before = not falsely_confirmed, self._is_reliable
        self._is_reliable = reliable
        if self._memory is not None and reliable is not before:
            memory = self._memory
            await run_detached(lambda: memory.remember(reliable))
