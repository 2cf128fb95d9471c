"""The statistics: bars by sender, domain, month and type; Enter filters the list by one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from poptui.mailbox.chart import BLOCK, Chart
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import messages
from poptui.printable import printable_line
from poptui.text.format import size
from poptui.threads import run_detached
from poptui.triage.statistics import Bar, Dimension, Statistics
from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.screens.dialog import DialogBox, KeyHint, PaneScreen
from poptui.tui.widgets.pick_list import PickList

HINT = "Enter  Filter by it   Tab  Next chart   o  Size or number first   Esc  Close"
REFRESH_INTERVAL_S = 1.0
"""Time between checks whether headers came or marks changed."""
POINTER_CELLS = 2
EMPTY = "There are no messages here."
COUNTING = "Counting …"

_DIMENSIONS = tuple(Dimension)
_BAR = re.compile(f"{BLOCK}+(?=[^{BLOCK}]*$)")
"""The last blocks of a row, which are the bar and not part of a title."""


class BarList(PickList):
    """The rows of a chart; the bars have their own colour."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"bar-list--bar"}
    DEFAULT_CSS = "BarList > .bar-list--bar { color: $text-accent; }"

    def coloured(self, row: Segment) -> list[Segment]:
        """Return a row with its bar in the accent colour."""
        text, style = row.text, row.style or Style()
        bar = _BAR.search(text)
        if bar is None:
            return [row]
        colour = self.get_component_rich_style("bar-list--bar", partial=True)
        return [
            Segment(text[: bar.start()], style),
            Segment(bar[0], style + colour),
            Segment(text[bar.end() :], style),
        ]


class StatisticsScreen(PaneScreen["str | None"]):
    """Dismissed with the filter of the bar that was chosen, or None."""

    AUTO_FOCUS = "PickList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,percent_sign", "close", show=False),
        Binding("tab,right", "next_chart(1)", show=False),
        Binding("shift+tab,left", "next_chart(-1)", show=False),
        Binding("o", "order", show=False),
    ]
    DEFAULT_CSS = """
    StatisticsScreen PickList { height: 1fr; }
    StatisticsScreen Static { padding: 0 1; }
    StatisticsScreen #heading { height: 1; color: $foreground-muted; padding: 0; }
    StatisticsScreen #tabs { height: 1; }
    StatisticsScreen #text { max-height: 3; }
    """

    def __init__(
        self,
        mailbox: MailboxProtocol,
        host: Host,
        entries: Sequence[MessageEntry],
        filter_text: str = "",
    ) -> None:
        """``entries`` are counted: all, or those that ``filter_text`` finds."""
        super().__init__()
        self._mailbox, self._host = mailbox, host
        self._entries, self._filter_text = entries, filter_text
        self._statistics: Statistics | None = None
        self._chart: Chart | None = None
        self._by = Dimension.SENDER
        self._by_count = False
        self._counted: tuple[int, int] = (-1, -1)
        """The numbers of headers and of marks at the last count."""
        self._rows = BarList(0, self._row)

    def compose(self) -> ComposeResult:
        """The names of the charts, the bars of one, the number of unknown messages, the keys."""
        with DialogBox("Statistics"):
            yield Static("", markup=False, id="tabs")
            yield Static("", markup=False, id="heading")
            yield self._rows
            yield Static("", markup=False, id="text")
            yield KeyHint(HINT)

    def on_mount(self) -> None:
        """Count, and count again when something has changed."""
        self.query_one("#text", Static).update(COUNTING)
        self._show_tabs()
        self._count_if_changed()
        self.set_interval(REFRESH_INTERVAL_S, self._count_if_changed)

    # Counting

    def _count_if_changed(self) -> None:
        now = (self._mailbox.listing.loaded, len(self._mailbox.marks.marked()))
        if now != self._counted:
            self._counted = now
            self._host.background(self._count(), group="statistics", exclusive=True)

    async def _count(self) -> None:
        """Count in a thread, as 50,000 messages take a while."""
        scope, entries = self._mailbox.scoring.scorer.policy.scope, self._entries
        statistics = await run_detached(lambda: Statistics(entries, scope))
        if self.is_attached:
            is_first = self._statistics is None
            self._statistics = statistics
            self._show(stay=not is_first)

    # Showing

    def _show(self, *, stay: bool = False) -> None:
        """Show the bars of the chosen chart; with ``stay`` the cursor stays on its bar."""
        self._show_tabs()
        if self._statistics is None:
            return
        before = self._chosen_bar if stay else None
        self._chart = Chart(self._statistics, self._by, by_count=self._by_count)
        self._rows.show(len(self._chart.bars))
        titles = [bar.title for bar in self._chart.bars]
        if before is not None and before.title in titles:
            self._rows.action_go(titles.index(before.title))
        self._show_heading()
        self._show_unknown(self._statistics)
        total = self._statistics.total
        shown = printable_line(self._filter_text)
        self.show_title(
            "Statistics",
            f"{messages(total.count)}, {size(total.octets)}",
            f"of those that match {shown}" if shown else "",
        )

    def _show_tabs(self) -> None:
        names = (f"[{by.value}]" if by is self._by else f" {by.value} " for by in _DIMENSIONS)
        self.query_one("#tabs", Static).update(" ".join(names))

    def _show_heading(self) -> None:
        if self._chart is not None:
            room = max(0, self._rows.size.width - POINTER_CELLS)
            heading = " " * POINTER_CELLS + self._chart.heading_row(room)
            self.query_one("#heading", Static).update(heading)

    def _show_unknown(self, statistics: Statistics) -> None:
        unknown = statistics.unknown(self._by)
        parts = []
        if not statistics.total.count:
            parts.append(EMPTY)
        if unknown.count and self._by is not Dimension.CLEANUP:
            parts.append(
                f"Not counted here: {messages(unknown.count)} ({size(unknown.octets)}) whose"
                " headers or scores are not known yet."
            )
            parts.append(
                self._host.keymap.filled("In the list, {pause} loads the rest.")
                if self._mailbox.headers.paused
                else "They are added as they arrive."
                if self._mailbox.headers.missing
                else "The server doesn't provide them."
            )
        if self._by is Dimension.CLEANUP:
            parts.append("A message may be in several rows. Enter shows them; nothing is deleted.")
        self.query_one("#text", Static).update(" ".join(parts))

    def _row(self, index: int, cells: int) -> str:
        return self._chart.row(index, cells) if self._chart else ""

    @on(PickList.Moved)
    def _moved(self) -> None:
        self._show_heading()

    # Keys

    def action_next_chart(self, direction: int) -> None:
        """Show the next or the previous chart."""
        at = (_DIMENSIONS.index(self._by) + direction) % len(_DIMENSIONS)
        self._by = _DIMENSIONS[at]
        self._show()

    def action_order(self) -> None:
        """Show the number of messages instead of their size, or the size again."""
        self._by_count = not self._by_count
        self._show()

    @property
    def _chosen_bar(self) -> Bar | None:
        """The bar under the cursor; None if there are no bars."""
        bars = self._chart.bars if self._chart else []
        return bars[self._rows.cursor] if self._rows.cursor < len(bars) else None

    @on(PickList.Chosen)
    def _chosen(self) -> None:
        bar = self._chosen_bar
        if bar is None:
            return
        if bar.filter and bar.count:
            self.dismiss(bar.filter)
        else:
            self.say(
                "No filter finds these messages." if bar.count else "No messages to show here."
            )

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)
