"""Lines with a label and a text, such as reasons: a long text goes on below itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from poptui.mail.lines import Line, LineKind, SpanRole
from poptui.text.wrapping import breaks

_STYLES = {
    SpanRole.LABEL: "$foreground-muted",
    SpanRole.STRONG: "bold",
    SpanRole.BADGE: "bold reverse $text-error",
    SpanRole.POINTS: "$text-warning",
    SpanRole.CAUTION: "$text-warning",
    SpanRole.WARNING: "bold $text-warning",
    SpanRole.LINK: "$text-primary",
}


class HangingText(Widget):
    """A few lines as the viewer shows them, for a dialog."""

    DEFAULT_CSS = "HangingText { height: auto; color: $foreground; background: transparent; }"

    def __init__(self, lines: Sequence[Line]) -> None:
        """``lines`` are clean."""
        super().__init__()
        self._text_lines = lines

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as they take when wrapped."""
        return sum(1 for line in self._text_lines for _ in _rows(line, width))

    def render(self) -> Content:
        """All of them, wrapped for the width."""
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
