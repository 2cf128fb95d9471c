"""What tells each marked message from all others, as it is kept on the disk."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from poptui.mailbox.entry import MessageEntry
from poptui.printable import printable_line
from poptui.storage.mark_record import MarkRecord

SHOWN = 200
"""Characters that are kept of a sender and a subject."""


class MarkRecords:
    """By the key of a message; one that its UID does not name has none."""

    def __init__(self) -> None:
        self._marks: dict[str, MarkRecord] = {}
        self.by_uid: dict[str, MarkRecord] = {}
        """The same records by UID: what the journal should hold. Only this class changes it."""
        self.touched: set[str] = set()
        """UIDs whose records changed since whoever writes them down took them out."""

    def __len__(self) -> int:
        return len(self._marks)

    def of(self, entry: MessageEntry) -> MarkRecord | None:
        """What is kept of ``entry``."""
        return self._marks.get(entry.key)

    def under(self, key: str) -> MarkRecord | None:
        """The same by key, for a message that may not be listed now."""
        return self._marks.get(key)

    def note(self, entries: Iterable[MessageEntry]) -> None:
        """Keep ``entries`` as the user sees them, unless something is kept of them already."""
        for entry in entries:
            if entry.key not in self._marks and (new := _record(entry)) is not None:
                self._put(entry.key, new)

    def take_over(self, pairs: Iterable[tuple[MessageEntry, MarkRecord]]) -> None:
        """Keep what another run kept."""
        for entry, mark in pairs:
            self._put(entry.key, mark)

    def complete(self, entry: MessageEntry) -> None:
        """Its header has come, which nobody had seen when it was marked."""
        mark, new = self._marks[entry.key], _record(entry)
        assert new is not None
        self._put(entry.key, replace(new, marked=mark.marked))

    def resize(self, entry: MessageEntry) -> None:
        """The server tells another size for what is the same message."""
        self._put(entry.key, replace(self._marks[entry.key], size=entry.size))

    def sent(self, entries: Iterable[MessageEntry], sent: bool) -> None:
        """Whether a confirmed deletion of these may be with the server, its answer not known."""
        for entry in entries:
            if (mark := self._marks.get(entry.key)) is not None:
                self._put(entry.key, replace(mark, sent=sent))

    def erase(self, keys: Iterable[str]) -> list[str]:
        """Keep nothing of these any more; their UIDs."""
        erased = [self._marks.pop(key, None) for key in keys]
        uids = [mark.uid for mark in erased if mark is not None]
        for uid in uids:
            self.by_uid.pop(uid, None)
        self.touched.update(uids)
        return uids

    def _put(self, key: str, mark: MarkRecord) -> None:
        self._marks[key] = self.by_uid[mark.uid] = mark
        self.touched.add(mark.uid)


def _record(entry: MessageEntry) -> MarkRecord | None:
    """What a mark on ``entry`` keeps of it; None where its UID does not name it."""
    if entry.uid is None or entry.ambiguous:
        return None
    header = entry.header
    if header is None:
        return MarkRecord(entry.uid, entry.size, "", marked=time.time())
    sender, subject = printable_line(header.from_.shown), printable_line(header.subject)
    return MarkRecord(
        entry.uid,
        entry.size,
        header.fingerprint(),
        sender[:SHOWN],
        subject[:SHOWN],
        marked=time.time(),
    )
