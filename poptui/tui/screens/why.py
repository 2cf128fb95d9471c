"""Explains a spam score: every signal that was found, the strongest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from poptui.mail.lines import Line, LineKind, SpanRole, note
from poptui.mailbox.entry import MessageEntry
from poptui.printable import printable_line
from poptui.text.wrapping import breaks
from poptui.triage.spam.score import Reason
from poptui.tui.reading.pages import reason_row, score_summary
from poptui.tui.screens.dialog import DialogBox, KeyHint, ScrollDialog, TextPane

HINT = "w  Trust sender   b  Block sender   Esc  Close"
OTHER_LINES = 7
"""Number of lines for everything but the reasons."""
_STYLES = {
    SpanRole.LABEL: "$foreground-muted",
    SpanRole.STRONG: "bold",
    SpanRole.BADGE: "bold reverse $text-error",
    SpanRole.POINTS: "$text-warning",
    SpanRole.CAUTION: "$text-warning",
    SpanRole.WARNING: "bold $text-warning",
    SpanRole.LINK: "$text-primary",
}


class WhyScreen(ScrollDialog[str]):
    """Lists the signals of a message; dismissed with the id of the user's next action, or ""."""

    AUTO_FOCUS = "TextPane"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,exclamation_mark,enter", "close", show=False),
        Binding("w", "leave('friend')", show=False),
        Binding("b", "leave('block')", show=False),
    ]
    DEFAULT_CSS = """
    WhyScreen #box { max-width: 90; }
    WhyScreen #text { text-style: bold; max-height: 3; }
    """

    def __init__(self, entry: MessageEntry, reasons: Sequence[Reason], threshold: float) -> None:
        super().__init__()
        self._entry, self._reasons, self._threshold = entry, reasons, threshold

    def compose(self) -> ComposeResult:
        """The message, its score, the reasons."""
        header = self._entry.header
        subject = printable_line(header.subject) if header else ""
        with DialogBox("Why this score"):
            yield Static(subject or "(no subject)", markup=False, id="text")
            with TextPane():
                yield HangingText([score_summary(self._entry, self._threshold), *self._lines()])
            yield KeyHint(HINT)

    def _lines(self) -> Iterator[Line]:
        """Yield the reasons, each with its name in the configuration."""
        for reason in self._reasons:
            named = f"{reason.sentence} [{reason.name}]"
            yield reason_row(reason._replace(sentence=named))
        if not self._reasons:
            yield note("No signals found.")

    def on_resize(self, event: events.Resize) -> None:
        """Leave room for the title and the hint, so that the last reason can be scrolled to."""
        for pane in self.query(TextPane):
            pane.styles.max_height = max(1, event.size.height - OTHER_LINES)

    @property
    def pane(self) -> TextPane:
        """The reasons."""
        return self.query_one(TextPane)

    def action_leave(self, action: str) -> None:
        """Close, and trust or block the sender."""
        self.dismiss(action)

    def action_close(self) -> None:
        """Close it."""
        self.dismiss("")


class HangingText(Widget):
    """A few lines as the viewer shows them, for a dialog."""

    DEFAULT_CSS = "HangingText { height: auto; color: $foreground; background: transparent; }"

    def __init__(self, lines: Sequence[Line]) -> None:
        """``lines`` are printable."""
        super().__init__()
        self._text_lines = lines

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of lines when wrapped."""
        return sum(1 for line in self._text_lines for _ in _rows(line, width))

    def render(self) -> Content:
        """All lines, wrapped for the width."""
        width = self.content_size.width
        return Content("\n").join(row for line in self._text_lines for row in _rows(line, width))


def _rows(line: Line, width: int) -> Iterator[Content]:
    text = Content.styled(line.text, "$foreground-muted" if line.kind is LineKind.NOTE else "")
    for span in line.spans:
        text = text.stylize(_STYLES[span.role], span.start, span.end)
    hang = line.next if len(line.next) * 2 <= width else ""
    pieces = breaks(line.text, max(1, width), max(1, width - len(hang)))
    for number, (start, end) in enumerate(pieces):
        yield Content(hang if number else "") + text[start:end]
