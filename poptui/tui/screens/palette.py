"""The palette: the user finds an action, filter, theme or account by a few letters, and runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from poptui.text.cells import cell_width
from poptui.text.format import cut, fit
from poptui.tui.palette import PaletteEntry, matching_entries
from poptui.tui.screens.dialog import Dialog, DialogBox, KeyHint
from poptui.tui.widgets.pick_list import PickList
from poptui.tui.widgets.search_field import SearchField

NOTHING = "Nothing matches."
HINT = "Enter  Run   ↓ ↑  Choose   Esc  Close"


class PaletteScreen(Dialog["PaletteEntry | None"]):
    """Dismissed with the entry to run, or None. ``restore`` ends the preview of an entry."""

    AUTO_FOCUS = "SearchField"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False),
        Binding("enter", "choose", show=False),
        Binding("down,tab", "move(1)", show=False),
        Binding("up,shift+tab", "move(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home", "go(0)", show=False),
        Binding("end", "go(-1)", show=False),
    ]
    DEFAULT_CSS = """
    PaletteScreen { align: center top; }
    PaletteScreen #box { max-width: 84; height: 80%; max-height: 30; margin: 1 0; }
    """

    def __init__(
        self, entries: Sequence[PaletteEntry], restore: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__()
        self._entries, self._restore = entries, restore
        self._shown: Sequence[PaletteEntry] = entries
        self._previewed: PaletteEntry | None = None
        self._key_cells = max((cell_width(entry.key) for entry in entries), default=0)

    def compose(self) -> ComposeResult:
        """The search field, the entries it finds, and the description of one of them."""
        with DialogBox("Palette"):
            yield SearchField("Type what you want to do, a filter, a theme or an account")
            rows = PickList(len(self._shown), self._row)
            rows.can_focus = False
            yield rows
            yield KeyHint(HINT, " ")

    @property
    def _rows(self) -> PickList:
        return self.query_one(PickList)

    @property
    def entry(self) -> PaletteEntry | None:
        """The entry under the cursor."""
        return self._shown[self._rows.cursor] if self._shown else None

    def _row(self, number: int, cells: int) -> str:
        entry = self._shown[number]
        keys = self._key_cells if cells > 2 * self._key_cells else 0
        why_not = f"  ({entry.why_not.rstrip('.')})" if entry.why_not else ""
        left = fit(cut(entry.name + why_not, cells - keys - 1), cells - keys - 1)
        return f"{left} {entry.key.rjust(keys)}" if keys else left

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._shown = matching_entries(
            self._entries, self.query_one(SearchField).text.casefold().split()
        )
        self._rows.show(len(self._shown))

    @on(PickList.Moved)
    @on(events.Resize)
    def _about(self) -> None:
        """Describe the entry under the cursor, and preview its effect if that is possible."""
        entry = self.entry
        description = (entry.why_not or entry.help) if entry else NOTHING
        self.query_one(KeyHint).say(description or " ")
        if entry is self._previewed:
            return
        if self._previewed is not None and self._previewed.preview:
            self._restore()
        self._previewed = entry
        if entry is not None and entry.preview and self.query_one(SearchField).value:
            entry.preview()

    @on(PickList.Chosen)
    def action_choose(self) -> None:
        """Run the entry under the cursor; if it cannot be run, show why."""
        entry = self.entry
        if entry is None:
            self.say(NOTHING)
        elif entry.why_not:
            self.say(entry.why_not)
        else:
            self.dismiss(entry)

    def action_move(self, rows: int) -> None:
        """Move by rows."""
        self._rows.action_move(rows)

    def action_page(self, direction: int) -> None:
        """Move by a page."""
        self._rows.action_page(direction)

    def action_go(self, number: int) -> None:
        """Go to the first entry or the last."""
        self._rows.action_go(number)

    def action_close(self) -> None:
        """Run nothing, and end the preview."""
        self._restore()
        self.dismiss(None)
