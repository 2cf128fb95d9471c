"""Records of marked messages for the journal, which identify them in later sessions."""

from __future__ import annotations

import time
from collections.abc import Iterable

from poptui.mailbox.entry import MessageEntry
from poptui.printable import printable_line
from poptui.storage.mark_record import MarkRecord

MAX_TEXT_CHARACTERS = 200
"""Maximum length of a stored sender or subject."""


class MarkRecords:
    """The records of marked messages by key. A message without a unique UID has none."""

    def __init__(self) -> None:
        self._marks: dict[str, MarkRecord] = {}
        self.by_uid: dict[str, MarkRecord] = {}
        """The same records by UID: what the journal should hold. Only this class changes it."""
        self.touched: dict[str, None] = {}
        """UIDs whose records changed, in that order; ``MarkWriter`` removes them once they are
        written."""

    def __len__(self) -> int:
        return len(self._marks)

    def of(self, entry: MessageEntry) -> MarkRecord | None:
        """Return the record of ``entry``."""
        return self._marks.get(entry.key)

    def under(self, key: str) -> MarkRecord | None:
        """Return a record by key; its message may not be listed now."""
        return self._marks.get(key)

    def note(self, entries: Iterable[MessageEntry]) -> None:
        """Make records of ``entries`` as the user sees them, unless there are any."""
        for entry in entries:
            if entry.key not in self._marks and (new := _record(entry)) is not None:
                self._put(entry.key, new)

    def take_over(self, pairs: Iterable[tuple[MessageEntry, MarkRecord]]) -> None:
        """Keep the records of another run."""
        for entry, mark in pairs:
            self._put(entry.key, mark)

    def complete(self, entry: MessageEntry) -> None:
        """Add the header that was not loaded yet when the message was marked."""
        mark, new = self._marks[entry.key], _record(entry)
        assert new is not None
        self._put(entry.key, new._replace(marked=mark.marked))

    def resize(self, entry: MessageEntry) -> None:
        """Update the size, which the server gives differently for the same message."""
        self._put(entry.key, self._marks[entry.key]._replace(size=entry.size))

    def sent(self, entries: Iterable[MessageEntry], sent: bool) -> None:
        """Note whether a QUIT that deletes these may have reached the server."""
        for entry in entries:
            if (mark := self._marks.get(entry.key)) is not None:
                self._put(entry.key, mark._replace(sent=sent))

    def erase(self, keys: Iterable[str]) -> list[str]:
        """Drop the records under these keys; return their UIDs."""
        erased = [self._marks.pop(key, None) for key in keys]
        uids = [mark.uid for mark in erased if mark is not None]
        for uid in uids:
            self.by_uid.pop(uid, None)
        self.touched.update(dict.fromkeys(uids))
        return uids

    def _put(self, key: str, mark: MarkRecord) -> None:
        self._marks[key] = self.by_uid[mark.uid] = mark
        self.touched[mark.uid] = None


def _record(entry: MessageEntry) -> MarkRecord | None:
    """Make a record of ``entry``, or None if it has no unique UID."""
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
        sender[:MAX_TEXT_CHARACTERS],
        subject[:MAX_TEXT_CHARACTERS],
        marked=time.time(),
    )
