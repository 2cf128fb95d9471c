"""A minimal Textual program: one line of text. Its first paint is what ours is compared with."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class MinimalApp(App[None]):
    """An app that shows a word."""

    def compose(self) -> ComposeResult:
        """Return the widget with the word."""
        yield Static("ready")


if __name__ == "__main__":
    MinimalApp().run()
