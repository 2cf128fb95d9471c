"""The entries of the palette: actions, saved filters, themes, keymaps, accounts.

``PoptuiApp.palette_sources`` lists the functions that yield entries; a new kind of entry is one
more of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from poptui.errors import PoptuiError
from poptui.printable import printable_line
from poptui.storage.settings import Settings
from poptui.triage.policy.saved_filters import SavedFilter
from poptui.tui.actions.action import Action, ActionGroup
from poptui.tui.actions.keymaps import ABOUT, Keymap
from poptui.tui.actions.registry import ACTIONS
from poptui.tui.preferences import ThemeChooser

LEFT_OUT = ("command_palette", "leave")
"""The palette itself, and ``leave``: ``quit`` does the same there."""

NO_COLOURS = "This terminal shows no colours."


class PaletteEntry(NamedTuple):
    """An entry that the user finds by its name and runs."""

    name: str
    help: str
    run: Callable[[], object]
    key: str = ""
    """Its keys as people write them."""
    why_not: str = ""
    """The reason why it cannot be run now; empty if it can."""
    preview: Callable[[], None] | None = None
    """Previews its effect, as long as the cursor is on it."""

    def rank(self, words: Sequence[str]) -> int | None:
        """Return how well it matches lower-case words, 0 being best; None: not at all."""
        name = self.name.casefold()
        if not all(
            word in f"{name} {self.help.casefold()} {self.key.casefold()}" for word in words
        ):
            return None
        if name.startswith(" ".join(words)) or words == self.key.casefold().split():
            return 0
        parts = name.split()
        if all(any(part.startswith(word) for part in parts) for word in words):
            return 1
        return 2 if all(word in name for word in words) else 3


Source = Callable[[], Iterable[PaletteEntry]]


def matching_entries(entries: Sequence[PaletteEntry], words: Sequence[str]) -> list[PaletteEntry]:
    """Return the entries that have all ``words``, the best and the shortest names first."""
    if not words:
        return list(entries)
    ranked = [(rank, entry) for entry in entries if (rank := entry.rank(words)) is not None]
    ranked.sort(key=lambda pair: (pair[0], len(pair[1].name.split())))
    return [entry for _, entry in ranked]


def action_entries(
    keymap: Keymap, run: Callable[[Action], object], why_not: Callable[[Action], str]
) -> Iterator[PaletteEntry]:
    """Yield all actions except those that move, which are of no use there."""
    for action in ACTIONS:
        is_saved = action.id.startswith("saved_")
        if action.group is ActionGroup.MOVING or action.id in LEFT_OUT or is_saved:
            continue
        name = action.name or action.label.capitalize()
        keys = keymap.shown(action.id)
        yield PaletteEntry(name, action.help, partial(run, action), keys, why_not(action))


def filter_entries(
    keymap: Keymap, saved: Sequence[SavedFilter], apply: Callable[[int], object]
) -> Iterator[PaletteEntry]:
    """Yield the saved filters."""
    for index, saved_filter in enumerate(saved):
        key = keymap.shown(f"saved_{index + 1}")
        name = f"Filter: {printable_line(saved_filter.name)}"
        yield PaletteEntry(name, printable_line(saved_filter.text), partial(apply, index), key)


def theme_entries(themes: ThemeChooser) -> Iterator[PaletteEntry]:
    """Yield the themes; each is shown as long as the cursor is on it."""
    names = list(themes.names())
    for name in names:
        yield PaletteEntry(
            f"Theme: {printable_line(name)}",
            "Change the colours",
            partial(themes.choose, name),
            why_not=themes.why_not(name),
            preview=partial(themes.preview, name),
        )
    if not names:
        yield PaletteEntry("Theme", "", themes.restore, why_not=NO_COLOURS)


def keymap_entries(keymap: Keymap, choose: Callable[[str], object]) -> Iterator[PaletteEntry]:
    """Yield the keymaps."""
    for name, about in ABOUT.items():
        why_not = keymap.why_not(name)
        yield PaletteEntry(f"Keymap: {name}", about, partial(choose, name), why_not=why_not)


def account_entries(
    settings: Settings, switch: Callable[[str], object], add: Callable[[], object]
) -> Iterator[PaletteEntry]:
    """Yield the setup of a new account, and the accounts of the configuration file as it is now."""
    from poptui.storage.config import load_config

    yield PaletteEntry("Add an account", "Find its server, try the login, and save it", add)
    try:
        accounts = load_config(settings.path).accounts
    except PoptuiError:
        return
    for name, values in accounts.items():
        url, shown = values.get("url", ""), printable_line(name)
        why_not = "This account is open now." if url == settings.url else ""
        about = f"Switch to {printable_line(url)}; marks are kept"
        yield PaletteEntry(f"Account: {shown}", about, partial(switch, name), why_not=why_not)
