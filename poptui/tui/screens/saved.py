"""The menu of saved filters, with the number of messages that each finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from poptui.printable import printable_line
from poptui.text.format import count, fit
from poptui.triage.policy.saved_filters import SavedFilter
from poptui.tui.screens.dialog import Dialog, DialogBox, KeyHint
from poptui.tui.widgets.pick_list import PickList

HINT = "1–9 or Enter  Apply   Esc  Close"
POLL_INTERVAL_S = 0.5
"""Time between checks of the counts; nothing is redrawn if they are the same."""
_COUNT_CELLS = 8


class SavedFiltersScreen(Dialog["int | None"]):
    """Dismissed with the index of a filter, or None."""

    AUTO_FOCUS = "PickList"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,0", "close", show=False)]
    DEFAULT_CSS = """
    SavedFiltersScreen #box { max-width: 70; }
    """

    def __init__(self, saved: Sequence[SavedFilter], counts: Callable[[], Sequence[int]]) -> None:
        super().__init__()
        self._saved, self._counts = saved, counts
        self._shown: list[int] = []
        for index in range(len(saved)):
            self._bindings.bind(str(index + 1), f"choose({index})", show=False)

    def compose(self) -> ComposeResult:
        """The filters and the keys."""
        with DialogBox("Saved filters"):
            rows = PickList(len(self._saved), self._row)
            rows.styles.height = len(self._saved)
            yield rows
            yield KeyHint(HINT)

    def on_mount(self) -> None:
        """Keep the counts up to date."""
        self.set_interval(POLL_INTERVAL_S, self._follow)

    def _follow(self) -> None:
        if self._shown != list(self._counts()):
            self.query_one(PickList).refresh()

    def _row(self, index: int, cells: int) -> str:
        self._shown = list(self._counts())
        saved = self._saved[index]
        number = count(self._shown[index]).rjust(_COUNT_CELLS)
        name = fit(printable_line(saved.name), max(8, cells // 3))
        return f"{index + 1}  {name}{number}   {printable_line(saved.text)}"

    @on(PickList.Chosen)
    def _chosen(self) -> None:
        self.action_choose(self.query_one(PickList).cursor)

    def action_choose(self, index: int) -> None:
        """Choose this filter."""
        self.dismiss(index)

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)
