"""The lines above the key bar that show a step of the tour. They never cover anything."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

NARROW_CELLS = 60
"""With less room than this the short sentences are shown."""
MIN_SCREEN_LINES = 8
"""In a smaller terminal the tour has no room."""


class _End(Static):
    """Ends the tour when it is clicked."""

    def on_click(self) -> None:
        """Ask to end the tour."""
        self.post_message(TourStrip.EndClicked())


class TourStrip(Horizontal):
    """The present step, and at the right the key that ends the tour; hidden without a tour."""

    DEFAULT_CSS = """
    TourStrip { display: none; height: auto; max-height: 2; background: $surface; padding: 0 1; }
    TourStrip.-open { display: block; }
    TourStrip Static { height: auto; max-height: 2; background: $surface; color: $foreground; }
    TourStrip #step { width: 1fr; }
    TourStrip #end { width: auto; margin-left: 2; color: $foreground-muted; }
    """

    class EndClicked(Message):
        """The user clicked on the end of the tour."""

    def __init__(self) -> None:
        super().__init__()
        self._step = Static(markup=False, id="step")
        self._end = _End(markup=False, id="end")
        self._shown: tuple[str, str, str, str] | None = None
        """The step's number, its sentence in long and in short, and the key that ends the tour."""

    def compose(self) -> ComposeResult:
        """The step, and how to end the tour."""
        yield self._step
        yield self._end

    def show(self, number: str, sentence: str, short: str, key: str) -> None:
        """Show a step: its number, what to do in long and in short, and the key that ends it."""
        if (number, sentence, short, key) != self._shown:
            self._shown = number, sentence, short, key
            self._draw()

    def hide(self) -> None:
        """Hide the strip."""
        self._shown = None
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Choose the sentence that fits."""
        self._draw()

    def fit(self) -> None:
        """Show the step only where the terminal has room for it."""
        if not self.is_attached:  # outside the demo there is no tour
            return
        self.set_class(
            self._shown is not None and self.screen.size.height >= MIN_SCREEN_LINES, "-open"
        )

    def _draw(self) -> None:
        self.fit()
        if self._shown is None:
            return
        number, sentence, short, key = self._shown
        is_narrow = self.screen.size.width < NARROW_CELLS
        head = Content.styled(number if is_narrow else f"Tour {number}", "bold $text-accent")
        self._step.update(Content.assemble(head, f"  {short if is_narrow else sentence}"))
        end = Content.styled(key, "bold $text-accent")
        self._end.update(Content.assemble(end, "  End" if is_narrow else "  End the tour"))
