"""The line on top: whose maildrop this is, what is in it, what is marked."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from poptui.maildrop.changes import State
from poptui.maildrop.maildrop import Maildrop
from poptui.printable import printable_line
from poptui.tui.format import count, cut, fit, size
from poptui.tui.widgets.thrifty import ThriftyStrip, ThriftyWidget

NAME = " poptui "
_LOCK = " 🔒"
_GAP = 2
_STATES = {State.CONNECTING: "connecting …", State.OFFLINE: "offline", State.ONLINE: ""}


class StatusLine(ThriftyWidget):
    """One line; it is drawn again only when it says something else."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"status-line--name", "status-line--text"}
    DEFAULT_CSS = """
    StatusLine {
        height: 1;
        background: $panel;
        color: $foreground;
        & > .status-line--name { color: $text-primary; text-style: bold; }
        & > .status-line--text { color: $foreground; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._title, self._lock = "", ""
        self._facts: list[str] = []

    def show(self, maildrop: Maildrop) -> None:
        """Say how things stand in ``maildrop`` now."""
        said = (printable_line(maildrop.title), _LOCK if maildrop.encrypted else "")
        facts = facts_of(maildrop)
        if (*said, facts) != (self._title, self._lock, self._facts):
            (self._title, self._lock), self._facts = said, facts
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line: the name where there is room, the title, the facts on the right."""
        name, title, right = _arrange(self._title, self._lock, self._facts, self.size.width)
        text = self.get_component_rich_style("status-line--text")
        segments = [Segment(name, self.get_component_rich_style("status-line--name"))]
        left = max(0, self.size.width - cell_len(name) - cell_len(right) - 1)
        segments.append(Segment(f"{fit(title, left)}{right} ", text))
        return ThriftyStrip(segments).crop(0, self.size.width)


def facts_of(maildrop: Maildrop) -> list[str]:
    """How to say the state, ever more briefly; the last one is the least that must be there."""
    listing, marked = maildrop.listing, maildrop.marked()
    total = len(listing.entries)
    state = _STATES[maildrop.state]
    if not total and state:
        return [state]
    messages = f"{count(total)} message{'' if total == 1 else 's'}"
    marks = f"{count(len(marked))} marked" if marked else ""
    marks_size = f" {size(sum(entry.size for entry in marked))}" if marked else ""
    headers = f"headers {count(listing.loaded)}/{count(total)}" if listing.loaded < total else ""
    variants = (
        (state, f"{messages} {size(listing.octets)}", marks + marks_size, headers),
        (state, messages, marks + marks_size, headers),
        (state, messages, marks, headers),
        (state, messages, marks),
        (state, marks or messages),
    )
    return [" · ".join(filter(None, variant)) for variant in variants]


def _arrange(title: str, lock: str, facts: list[str], cells: int) -> tuple[str, str, str]:
    """Name, title and facts for a line of ``cells``, as much of them as it can take."""
    lengths = [(NAME, fact) for fact in facts[:3]] + [("", fact) for fact in facts[1:]]
    for name, fact in lengths:
        if cell_len(f"{name} {title}{lock}{fact}") + _GAP < cells:
            return name, f" {title}{lock}", fact
    fact = facts[-1] if facts else ""
    room = cells - cell_len(f"{lock}{fact}") - _GAP - 2
    return "", f" {cut(title, max(0, room))}{lock}", fact
