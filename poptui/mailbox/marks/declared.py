"""The declared set: which messages the user wants deleted, and the way back from each action.

Pure bookkeeping. What the server holds as deleted is driven towards it elsewhere; POP3 can take
back all deletions at once (RSET) but not one, so the set is declared here and reconciled there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class _Action(NamedTuple):
    """One thing that the user did: what it added to the set and what it took out."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass
class Marks:
    """The declared set, by key, in the order of marking."""

    _declared: dict[str, None] = field(default_factory=dict)
    _history: list[_Action] = field(default_factory=list)

    def __contains__(self, key: str) -> bool:
        return key in self._declared

    def __len__(self) -> int:
        return len(self._declared)

    @property
    def keys(self) -> Collection[str]:
        """All declared keys."""
        return self._declared.keys()

    def declare(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Mark; returns what was not marked before. One action for ``undo``."""
        added = tuple(key for key in dict.fromkeys(keys) if key not in self._declared)
        return self._do(_Action(added=added)) if added else ()

    def retract(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Unmark; returns what was marked before. One action for ``undo``."""
        removed = tuple(key for key in dict.fromkeys(keys) if key in self._declared)
        return self._do(_Action(removed=removed)) if removed else ()

    def undo(self) -> tuple[str, ...]:
        """Take back the last action that still means something; returns what changed."""
        while self._history:
            action = self._history.pop()
            changed = self._apply(_Action(added=action.removed, removed=action.added))
            if changed:
                return changed
        return ()

    def retain(self, alive: Callable[[str], bool]) -> tuple[str, ...]:
        """Forget what is no more, so that not even ``undo`` brings it back; returns lost marks."""
        lost = tuple(key for key in self._declared if not alive(key))
        for key in lost:
            del self._declared[key]
        self._history = [
            _Action(tuple(filter(alive, action.added)), tuple(filter(alive, action.removed)))
            for action in self._history
        ]
        return lost

    def _do(self, action: _Action) -> tuple[str, ...]:
        self._history.append(action)
        return self._apply(action)

    def _apply(self, action: _Action) -> tuple[str, ...]:
        removed = tuple(key for key in action.removed if key in self._declared)
        added = tuple(key for key in action.added if key not in self._declared)
        for key in removed:
            del self._declared[key]
        self._declared.update(dict.fromkeys(added))
        return removed + added
