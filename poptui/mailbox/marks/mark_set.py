"""The set of marked messages, with undo.

This is bookkeeping only: ``reconciler`` makes the server follow. POP3 can't undo one DELE, only all
of them (RSET), which is why the set is kept apart from what the server holds as deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple


class _Action(NamedTuple):
    """One action of the user: the keys that it added to the set and removed from it."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class MarkSet:
    """The keys of the marked messages, in the order of marking."""

    def __init__(self) -> None:
        self._keys: dict[str, None] = {}
        self._history: list[_Action] = []

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def keys(self) -> Collection[str]:
        """The keys of all marked messages."""
        return self._keys.keys()

    def add(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Mark, as one action for ``undo``; return what was not marked before."""
        added = tuple(key for key in dict.fromkeys(keys) if key not in self._keys)
        return self._do(_Action(added=added)) if added else ()

    def remove(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Unmark, as one action for ``undo``; return what was marked before."""
        removed = tuple(key for key in dict.fromkeys(keys) if key in self._keys)
        return self._do(_Action(removed=removed)) if removed else ()

    def undo(self) -> tuple[str, ...]:
        """Undo the last action that still has an effect; return what changed."""
        while self._history:
            action = self._history.pop()
            changed = self._apply(_Action(added=action.removed, removed=action.added))
            if changed:
                return changed
        return ()

    def retain(self, alive: Callable[[str], bool]) -> tuple[str, ...]:
        """Forget all keys but those ``alive``, in the history too; return the lost marks."""
        lost = tuple(key for key in self._keys if not alive(key))
        for key in lost:
            del self._keys[key]
        self._history = [
            _Action(tuple(filter(alive, action.added)), tuple(filter(alive, action.removed)))
            for action in self._history
        ]
        return lost

    def _do(self, action: _Action) -> tuple[str, ...]:
        self._history.append(action)
        return self._apply(action)

    def _apply(self, action: _Action) -> tuple[str, ...]:
        removed = tuple(key for key in action.removed if key in self._keys)
        added = tuple(key for key in action.added if key not in self._keys)
        for key in removed:
            del self._keys[key]
        self._keys.update(dict.fromkeys(added))
        return removed + added
