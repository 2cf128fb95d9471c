"""The user's marks over the present session: declared here, shown on rows, driven to the server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import contextmanager

from poptui.maildrop.changes import Change, Marked
from poptui.maildrop.entry import Entry, Mark
from poptui.maildrop.listing import Listing
from poptui.maildrop.marks import Marks
from poptui.maildrop.visit import Visit
from poptui.pop3.events import Reply

GONE = "It is no longer on the server."
AMBIGUOUS = "Its UID stands at several messages: open it first, so that the right one is marked."


class Marking:
    """Marks by key, and which message numbers of which session they mean now."""

    def __init__(self, changed: Callable[[Change], None]) -> None:
        self._changed = changed
        self._marks = Marks()
        self._listing = Listing()
        self._visit: Visit | None = None
        self._spared: set[str] = set()
        self._confirmed: frozenset[str] | None = None

    # --- the user's actions

    def marked(self) -> list[Entry]:
        """What is declared, the newest first."""
        entries = (self._listing.find(key) for key in self._marks.keys)
        return sorted((e for e in entries if e is not None), key=_number, reverse=True)

    def mark(self, entries: Iterable[Entry]) -> str:
        """Declare; a message that its UID does not name must have been opened."""
        chosen = list(entries)
        here = self.present(chosen)
        clear = [entry for entry in here if entry.opened or not entry.ambiguous]
        self._act(self._marks.declare(entry.key for entry in clear))
        if len(here) < len(chosen):
            return GONE
        return "" if len(clear) == len(here) else AMBIGUOUS

    def unmark(self, entries: Iterable[Entry]) -> str:
        """Take back."""
        changed = self._marks.retract(entry.key for entry in self.present(entries))
        self._act(changed)
        return "" if changed else "It is not marked."

    def unmark_all(self) -> str:
        """Take all back."""
        changed = self._marks.retract(list(self._marks.keys))
        self._act(changed)
        return "" if changed else "Nothing is marked."

    def undo(self) -> str:
        """Take back the last action."""
        changed = self._marks.undo()
        self._act(changed)
        return "" if changed else "Nothing to undo."

    def present(self, entries: Iterable[Entry]) -> list[Entry]:
        """Those that are listed now: another message may have an old one's key."""
        return [entry for entry in entries if self._listing.find(entry.key) is entry]

    def _act(self, keys: Iterable[str]) -> None:
        found = (self._listing.find(key) for key in keys)
        self._show(entry for entry in found if entry is not None)
        self._poke()

    # --- sessions

    def move(self, listing: Listing) -> int:
        """A new listing: a mark stays only with the very message it was put on.

        Returns how many were lost.
        """
        before, self._listing = self._listing, listing

        def alive(key: str) -> bool:
            entry = listing.find(key)
            return entry is not None and before.find(key) is entry

        return len(self._marks.retain(alive))

    def enter(self, visit: Visit | None) -> None:
        """A new session, or none."""
        self._visit = visit
        self._show(self.marked())
        self._poke()

    def fulfilled(self, entries: Iterable[Entry]) -> None:
        """These were deleted: nothing of them is left to declare or to undo."""
        gone = {entry.key for entry in entries}
        self._marks.retain(lambda key: key not in gone)

    # --- for the reconciler

    def wanted(self) -> Set[int]:
        """The message numbers that the server should hold as deleted now."""
        return {entry.number for entry in self.marked() if self._ripe(entry)}

    def answered(self, replies: list[Reply]) -> None:
        """The server's side changed."""
        self._show(self.marked())

    def ripened(self, entries: Iterable[Entry]) -> None:
        """Headers came: a DELE that waited for one may go."""
        if any(entry.key in self._marks for entry in entries):
            self._poke()

    @contextmanager
    def spared(self, entry: Entry) -> Iterator[None]:
        """While it is being read the server must not hold it as deleted."""
        self._spared.add(entry.key)
        try:
            yield
        finally:
            self._spared.discard(entry.key)
            self._show([entry])
            self._poke()

    @contextmanager
    def confirmed(self, entries: Iterable[Entry]) -> Iterator[None]:
        """For the commit: of these, what stays declared; none of it waits for its header."""
        self._confirmed = frozenset(entry.key for entry in entries)
        try:
            yield
        finally:
            self._confirmed = None

    def _ripe(self, entry: Entry) -> bool:
        """Whether its DELE may go: a deleted message could show neither its header nor itself."""
        if entry.key in self._spared:
            return False
        if self._confirmed is not None:
            return entry.key in self._confirmed
        return self._visit is None or not self._visit.loader.pending(entry)

    def _poke(self) -> None:
        if self._visit is not None and self._visit.client.alive:
            self._visit.reconciler.poke()

    # --- what the rows show

    def _show(self, entries: Iterable[Entry]) -> None:
        changed = []
        for entry in entries:
            mark = self._mark_of(entry)
            if mark is not entry.mark:
                entry.mark = mark
                changed.append(entry)
        if changed:
            self._changed(Marked(tuple(changed)))

    def _mark_of(self, entry: Entry) -> Mark:
        visit = self._visit
        if entry.header is not None:
            entry.trouble = ""
        if entry.key not in self._marks:
            return Mark.NONE
        if visit is None:
            return Mark.PENDING
        if entry.number in visit.reconciler.refused:
            entry.trouble = visit.reconciler.refused[entry.number]
            return Mark.REFUSED
        return Mark.DELETED if entry.number in visit.client.deleted else Mark.PENDING


def _number(entry: Entry) -> int:
    return entry.number
