"""What a commit did, when not everything went: it stays until it has been seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Log, Static

from poptui.maildrop.entry import Entry
from poptui.maildrop.outcome import Outcome
from poptui.printable import printable_line
from poptui.tui.wording import amount

HINT = "Enter, Esc or q goes on; ↓ ↑ PgDn PgUp scroll"


class ResultScreen(ModalScreen[None]):
    """A title and lines of text, until a key says that they were read."""

    AUTO_FOCUS = "Log"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,escape,q,space", "close", show=False),
        Binding("j", "line(1)", show=False),
        Binding("k", "line(-1)", show=False),
    ]
    DEFAULT_CSS = """
    ResultScreen { align: center middle; }
    ResultScreen #box {
        width: 100%; max-width: 110; height: 100%; max-height: 40;
        border: round $primary; background: $surface; padding: 0 1;
    }
    ResultScreen #title { text-style: bold; height: auto; max-height: 6; }
    ResultScreen Log { height: 1fr; background: $surface; }
    ResultScreen #hint { height: 1; color: $text-muted; }
    """

    def __init__(self, title: str, lines: Sequence[str] = ()) -> None:
        super().__init__()
        self._title, self._lines = title, lines

    def compose(self) -> ComposeResult:
        """Title, lines, and how to go on."""
        with Vertical(id="box"):
            yield Static(self._title, markup=False, id="title")
            yield Log(auto_scroll=False)
            yield Static(HINT, markup=False, id="hint")

    def on_mount(self) -> None:
        """Write the lines: a Log draws only what is seen of them."""
        self.query_one(Log).write_lines(self._lines)

    def action_close(self) -> None:
        """It has been seen."""
        self.dismiss(None)

    def action_line(self, rows: int) -> None:
        """Scroll by lines."""
        self.query_one(Log).scroll_relative(y=rows, animate=False)


def result_screen(outcome: Outcome) -> ResultScreen:
    """The screen for an outcome that is not complete."""
    return ResultScreen(outcome_title(outcome), list(_outcome_lines(outcome)))


def outcome_title(outcome: Outcome) -> str:
    """The counts in one sentence, and the server's words where there are any."""
    counts = "; ".join(f"{title}: {amount(entries)}" for title, entries in _sections(outcome))
    said = f" {outcome.said}" if outcome.said else ""
    return f"Not everything was deleted. {counts}.{said}"


def _sections(outcome: Outcome) -> list[tuple[str, tuple[Entry, ...]]]:
    sections = [
        ("Refused by the server", outcome.refused),
        ("Still there", outcome.remaining),
        ("Unknown", outcome.unknown),
        ("Deleted", outcome.deleted),
    ]
    return [(title, entries) for title, entries in sections if entries]


def _outcome_lines(outcome: Outcome) -> Iterator[str]:
    for title, entries in _sections(outcome):
        yield ""
        yield f"{title}: {amount(entries)}"
        for entry in entries:
            yield f"  {entry_line(entry)}"
            if entry.trouble:
                yield f"      {printable_line(entry.trouble)}"


def entry_line(entry: Entry) -> str:
    """A message in one clean line: number, sender, subject."""
    if entry.header is None:
        return f"#{entry.number}"
    sender = printable_line(entry.header.from_.shown)
    return f"#{entry.number}  {sender}  {printable_line(entry.header.subject)}"
