"""Change the friends list and the blocklist while the mailbox is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum

from poptui.printable import printable_line
from poptui.storage.sender_lists import SendersFile
from poptui.threads import run_detached
from poptui.triage.policy.policy import Policy, SenderPatterns, sender_entry


class SenderList(Enum):
    """One of the two lists; the value names its command and its field in ``Policy``."""

    FRIENDS = "friends"
    BLOCKLIST = "blocklist"

    @property
    def other(self) -> SenderList:
        """The other list: no sender is added to both."""
        return SenderList.BLOCKLIST if self is SenderList.FRIENDS else SenderList.FRIENDS


_ON = {SenderList.FRIENDS: "is a friend", SenderList.BLOCKLIST: "is blocked"}
_OFF = {SenderList.FRIENDS: "is no longer a friend", SenderList.BLOCKLIST: "is no longer blocked"}


class KnownSenders:
    """The sender lists of a policy and their files; without files, changes last for this run."""

    def __init__(self, policy: Policy, files: dict[SenderList, SendersFile] | None = None) -> None:
        self._policy, self._files = policy, files or {}
        self._lock = asyncio.Lock()

    async def toggle(self, senders: SenderList, address: str) -> tuple[str, Callable[[str], bool]]:
        """Add ``address`` to a list, or remove it if it is on it.

        Returns a sentence, and a test for the addresses that this affects. Raises UsageError if
        the list can't be read or written; then nothing has changed.
        """
        try:
            entry = sender_entry(address)
        except ValueError:
            return "This message has no sender address.", lambda other: False
        async with self._lock:
            return await self._toggle(senders, entry)

    async def _toggle(self, senders: SenderList, entry: str) -> tuple[str, Callable[[str], bool]]:
        found = self._list(senders).match(entry)
        if found and found != entry:
            state = f"{printable_line(entry)} {_ON[senders]} by {printable_line(found)}."
            advice = f"To change that, use: poptui {senders.value} remove"
            return f"{state} {advice}", lambda other: False
        change = await (self._remove if found else self._add)(senders, entry)
        return f"{printable_line(entry)} {change}", lambda other: bool(
            SenderPatterns(frozenset({entry})).match(other)
        )

    async def _add(self, senders: SenderList, entry: str) -> str:
        if (file := self._files.get(senders)) is not None:
            await run_detached(lambda: file.add([entry]))
        self._set(senders, self._list(senders).entries | {entry})
        if entry in self._list(senders.other).entries:
            await self._remove(senders.other, entry)
            return f"{_ON[senders]} now, and {_OFF[senders.other]}."
        return f"{_ON[senders]} now; press the same key to undo."

    async def _remove(self, senders: SenderList, entry: str) -> str:
        if (file := self._files.get(senders)) is not None and not await run_detached(
            lambda: file.remove([entry])
        ):
            return f"{_ON[senders]} by the configuration, which stays as it is."
        self._set(senders, self._list(senders).entries - {entry})
        return f"{_OFF[senders]}."

    def _list(self, senders: SenderList) -> SenderPatterns:
        return self._policy.friends if senders is SenderList.FRIENDS else self._policy.blocklist

    def _set(self, senders: SenderList, entries: frozenset[str]) -> None:
        if senders is SenderList.FRIENDS:
            self._policy.friends = SenderPatterns(entries)
        else:
            self._policy.blocklist = SenderPatterns(entries)
