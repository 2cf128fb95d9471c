"""Friends and the blocklist, as the user changes them while the mailbox is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum

from poptui.printable import printable_line
from poptui.storage.sender_lists import SendersFile
from poptui.threads import run_detached
from poptui.triage.policy.policy import Policy
from poptui.triage.policy.senders import SenderPatterns, sender_entry


class SenderList(Enum):
    """One of the two lists; the value is the field of the policy that has it."""

    FRIENDS = "friends"
    BLOCKLIST = "blocklist"

    @property
    def other(self) -> SenderList:
        """Nobody is put on both."""
        return SenderList.BLOCKLIST if self is SenderList.FRIENDS else SenderList.FRIENDS


_ON = {SenderList.FRIENDS: "is a friend", SenderList.BLOCKLIST: "is blocked"}
_OFF = {SenderList.FRIENDS: "is no longer a friend", SenderList.BLOCKLIST: "is no longer blocked"}


class KnownSenders:
    """The lists of a policy, and the files they are kept in; without files, for this run only."""

    def __init__(self, policy: Policy, files: dict[SenderList, SendersFile] | None = None) -> None:
        self._policy, self._files = policy, files or {}
        self._turns = asyncio.Lock()

    async def turn(self, roll: SenderList, address: str) -> tuple[str, Callable[[str], bool]]:
        """Put ``address`` on a list, or off it where it is on it already.

        Returns a sentence, and a test for addresses that this concerns. Raises UsageError where
        the list cannot be read or written: then nothing has changed.
        """
        try:
            entry = sender_entry(address)
        except ValueError:
            return "This message names no sender with an address.", lambda other: False
        async with self._turns:
            return await self._turned(roll, entry)

    async def _turned(self, roll: SenderList, entry: str) -> tuple[str, Callable[[str], bool]]:
        found = self._senders(roll).match(entry)
        if found and found != entry:
            said = f"{printable_line(entry)} {_ON[roll]} by {printable_line(found)}."
            return f"{said} poptui {roll.value} remove takes that back.", lambda other: False
        said = await (self._take_off if found else self._put_on)(roll, entry)
        return f"{printable_line(entry)} {said}", lambda other: bool(
            SenderPatterns(frozenset({entry})).match(other)
        )

    async def _put_on(self, roll: SenderList, entry: str) -> str:
        if (file := self._files.get(roll)) is not None:
            await run_detached(lambda: file.add([entry]))
        self._set(roll, self._senders(roll).entries | {entry})
        if entry in self._senders(roll.other).entries:
            await self._take_off(roll.other, entry)
            return f"{_ON[roll]} now, and {_OFF[roll.other]}."
        return f"{_ON[roll]} now; the same key takes that back."

    async def _take_off(self, roll: SenderList, entry: str) -> str:
        if (file := self._files.get(roll)) is not None and not await run_detached(
            lambda: file.remove([entry])
        ):
            return f"{_ON[roll]} by the configuration, which stays as it is."
        self._set(roll, self._senders(roll).entries - {entry})
        return f"{_OFF[roll]}."

    def _senders(self, roll: SenderList) -> SenderPatterns:
        return self._policy.friends if roll is SenderList.FRIENDS else self._policy.blocklist

    def _set(self, roll: SenderList, entries: frozenset[str]) -> None:
        if roll is SenderList.FRIENDS:
            self._policy.friends = SenderPatterns(entries)
        else:
            self._policy.blocklist = SenderPatterns(entries)
