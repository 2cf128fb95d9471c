"""Write the marks to the journal in a background task, only the latest state of each.

The marks are compared with what was written, and the difference is written, until there is none. If
the journal fails, one notice says so, and the user can go on: the marks hold for this session, and
poptui tries to write everything again after the next change or a few seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Set
from typing import Protocol

from poptui.mailbox.marks.records import MarkRecords
from poptui.storage.mark_record import JournalSnapshot, MarkRecord

logger = logging.getLogger(__name__)

RETRY_S, RETRY_LIMIT_S = 5.0, 300.0
"""Repeat a failed write after this time if nothing changes; the time doubles up to the limit."""


class Journal(Protocol):
    """Stores marks on the disk; its calls block, so they run in a thread."""

    problem: str
    notice: str
    claimed_by_others: Set[str]
    """UIDs that the last write left out because other live runs have marked them."""

    def snapshot(self) -> JournalSnapshot | None:
        """Return the marks of earlier and of other live runs."""

    def write(self, marks: list[MarkRecord], dropped: list[str], /) -> bool:
        """Write these marks, except ``claimed_by_others``, and delete those UIDs."""

    def read_back(self) -> Set[str]:
        """Return the marked UIDs that the next start would find."""

    def close(self) -> None:
        """End this run."""


class MarkWriter:
    """Keeps the journal of a mailbox up to date; does nothing if there is no journal."""

    def __init__(self, open_journal: Callable[[], Journal] | None, records: MarkRecords) -> None:
        """``open_journal`` is called once, in a thread, when it is first needed.

        ``records`` has the marks that should be on the disk.
        """
        self._open = open_journal
        self._records = records
        self.on_written: Callable[[], None] = lambda: None
        """Called when the marks are on the disk, or can't be written."""
        self.on_claimed_by_others: Callable[[Set[str]], None] = lambda uids: None
        """Called with the UIDs that another running poptui marked first; unmark those."""
        self.on_notice: Callable[[str], None] = lambda text: None
        """Called once with each sentence about a problem of the journal."""
        self._journal: Journal | None = None
        self._on_disk: dict[str, MarkRecord] = {}
        self._unwanted: set[str] = set()
        self._failing = False
        self._changed = False
        """Something changed since the last write began."""
        self._retry: asyncio.TimerHandle | None = None
        self._retry_s = RETRY_S
        self._noticed: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def works(self) -> bool:
        """Whether there is a journal, and writing to it works."""
        return self._open is not None and not self._failing

    @property
    def has_nothing_on_disk(self) -> bool:
        """Whether no mark of this run is on the disk."""
        return not self._on_disk

    def has(self, uid: str) -> bool:
        """Whether the mark of this UID is on the disk, or can't be written at all."""
        return not self.works or uid in self._on_disk

    def write_soon(self) -> None:
        """Start to write the changed marks, unless a write is under way."""
        self._changed = True
        self._start()

    async def settle(self) -> None:
        """Return once everything is written, or writing has failed."""
        while self.works and self._due() is not None:
            await self._write_once()

    async def read_back_marks(self) -> Set[str]:
        """Return the marked UIDs that the next start will find, read back from the disk."""
        await self.settle()
        if self._open is None:
            return frozenset()
        if self._due() is not None:
            await self._write_once()
        kept = await asyncio.to_thread(self._read_back)
        if self.works and self._records.by_uid.keys() - kept:
            self._on_disk.clear()
            await self.settle()
            kept = await asyncio.to_thread(self._read_back)
        return self._records.by_uid.keys() & kept

    def _read_back(self) -> Set[str]:
        return self._opened().read_back()

    async def snapshot(self) -> JournalSnapshot:
        """Return the marks of earlier and of other runs, except those that this run has handled."""
        if self._open is None:
            return JournalSnapshot()
        snapshot = await asyncio.to_thread(self._snapshot)
        self._report_problems()
        if snapshot is None:
            return JournalSnapshot()
        ours = self._on_disk.keys() | self._unwanted | self._records.by_uid.keys()
        earlier = tuple(mark for mark in snapshot.earlier if mark.uid not in ours)
        return JournalSnapshot(earlier, snapshot.others, snapshot.holders)

    def drop(self, uids: Iterable[str]) -> None:
        """Remove the marks of earlier runs under these UIDs from the disk."""
        self._unwanted.update(uids)
        self.write_soon()

    async def close(self) -> None:
        """Write the last changes, and close the journal."""
        await self.settle()
        self._open = None
        self._stop_retry()
        if self._journal is not None:
            await asyncio.to_thread(self._journal.close)

    def _start(self) -> None:
        if self._open is not None and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._work(), name="write the journal")

    async def _write_once(self) -> None:
        """Wait for the write that is under way, or for one more."""
        self._start()
        assert self._task is not None
        await asyncio.shield(self._task)

    async def _work(self) -> None:
        self._stop_retry()
        while (due := self._due()) is not None:
            self._changed = False
            if not await asyncio.to_thread(self._write, *due) and self._failed():
                if not self._changed:
                    self._schedule_retry()
                    break
                self.on_written()
            elif self._journal is not None and self._journal.claimed_by_others:
                self.on_claimed_by_others(self._journal.claimed_by_others)
        self._report_problems()
        self.on_written()

    def _schedule_retry(self) -> None:
        if self._open is not None:
            self._retry = asyncio.get_running_loop().call_later(self._retry_s, self._start)
            self._retry_s = min(2 * self._retry_s, RETRY_LIMIT_S)

    def _stop_retry(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _due(self) -> tuple[list[MarkRecord], list[str]] | None:
        """Return the changes to write; only touched marks are compared if none came or went."""
        declared, on_disk, touched = self._records.by_uid, self._on_disk, self._records.touched
        if len(on_disk) != len(declared):
            touched.update(dict.fromkeys((*declared, *on_disk)))
        for uid in [uid for uid in touched if on_disk.get(uid) == declared.get(uid)]:
            del touched[uid]
        marks = [declared[uid] for uid in touched if uid in declared]
        gone = (touched.keys() | self._unwanted) - declared.keys()
        return (marks, sorted(gone)) if marks or gone else None

    def _opened(self) -> Journal:
        assert self._open is not None
        if self._journal is None:
            self._journal = self._open()
        return self._journal

    def _snapshot(self) -> JournalSnapshot | None:
        return self._opened().snapshot()

    def _write(self, marks: list[MarkRecord], dropped: list[str]) -> bool:
        journal = self._opened()
        if not journal.write(marks, dropped):
            logger.warning("the journal was not written: %s", journal.problem or "it was replaced")
            return False
        logger.info(
            "the journal has %d more marks %s and %d fewer %s; left to other runs: %s",
            len(marks),
            [mark.uid for mark in marks],
            len(dropped),
            dropped,
            sorted(journal.claimed_by_others),
        )
        for uid in dropped:
            self._on_disk.pop(uid, None)
            self._unwanted.discard(uid)
        self._on_disk.update(
            (mark.uid, mark) for mark in marks if mark.uid not in journal.claimed_by_others
        )
        self._failing, self._retry_s = False, RETRY_S
        return True

    def _failed(self) -> bool:
        """Handle a failed write; return False if a new file needs all marks again."""
        assert self._journal is not None
        self._failing = bool(self._journal.problem)
        if not self._failing:
            self._on_disk.clear()
        return self._failing

    def _report_problems(self) -> None:
        if self._journal is None:
            return
        for sentence in (self._journal.notice, self._journal.problem):
            if sentence and sentence not in self._noticed:
                self._noticed.add(sentence)
                self.on_notice(sentence)
