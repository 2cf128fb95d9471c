"""Find duplicate messages and choose which copy to keep.

Copies have the same Message-ID, sender and date. A Message-ID alone isn't enough, because some
programs give the same one to everything they send. Without a Message-ID, copies must have a date,
and the same subject and size too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from enum import Enum
from typing import Protocol, TypeVar

from poptui.triage.filters.row import MessageRow


class CopyToKeep(Enum):
    """The copy to keep."""

    NEWEST = "newest"
    OLDEST = "oldest"


class DuplicateRow(MessageRow, Protocol):
    """A row that can be flagged as a duplicate."""

    duplicate: bool


F = TypeVar("F", bound=DuplicateRow)


def flag_duplicates(rows: Iterable[F], keep: CopyToKeep = CopyToKeep.NEWEST) -> list[F]:
    """Set ``duplicate`` on all copies except the one to keep. Return the rows that changed.

    An unmarked copy is kept if there is one.
    """
    copies: dict[Hashable, list[F]] = defaultdict(list)
    changed = []
    for row in rows:
        identity = _identity(row)
        if identity is not None:
            copies[identity].append(row)
        elif row.duplicate:
            row.duplicate = False
            changed.append(row)
    for same in copies.values():
        changed += _flag(same, keep)
    return changed


def _flag(copies: list[F], keep: CopyToKeep) -> list[F]:
    changed = []
    kept = copies[0] if len(copies) == 1 else min(copies, key=lambda row: _rank(row, keep))
    for row in copies:
        if row.duplicate is (row is kept):
            row.duplicate = row is not kept
            changed.append(row)
    return changed


def _rank(row: MessageRow, keep: CopyToKeep) -> tuple[bool, int]:
    return row.marked, -row.number if keep is CopyToKeep.NEWEST else row.number


def _identity(row: MessageRow) -> Hashable | None:
    header = row.header
    if header is None:
        return None
    if header.message_id:
        return header.message_id, header.from_.address, header.date
    if header.date is None:
        return None
    return header.from_, header.date, header.subject, row.size
