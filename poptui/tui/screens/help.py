"""The help screen: the registry of actions, and how poptui deals with a mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from poptui.triage.filters.help import FILTER_HELP
from poptui.tui.actions.registry import groups

INTRODUCTION = (
    "poptui shows what lies on the server and changes nothing there until you confirm it. "
    "Moving about fetches headers only; Enter fetches the message. Marks are wishes: they are "
    "carried out when you quit or commit, and only after a question."
)
MARKS = (
    ("D", "will be deleted at the commit"),
    ("d", "marked, on its way to the server"),
    ("!", "the server refuses to delete it"),
    ("o", "marked in another poptui that runs now"),
    ("*", "new since the last time"),
    ("+", "tagged"),
    ("P", "protected: no action on many marks it"),
)
SCORES = (
    ("!9.1", "spam, by its score from 0 to 10; ! tells why"),
    ("n0.4", "a newsletter"),
    ("▸ ▾", "a group, closed and open"),
)
HINT = "Esc closes · PgDn PgUp scroll"
KEY_COLUMN = 16


class HelpScreen(ModalScreen[None]):
    """Every key, by group, made from the registry."""

    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "close", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen #box {
        width: 100%; max-width: 84; height: 100%; max-height: 46;
        border: round $primary; background: $surface; padding: 0 1;
    }
    HelpScreen VerticalScroll {
        height: 1fr; background: $surface;
        scrollbar-size: 1 1; scrollbar-background: $surface; scrollbar-color: $panel-lighten-2;
    }
    HelpScreen #hint { height: 1; color: $text-muted; }
    """

    def __init__(self, *, filters: bool = False) -> None:
        """``filters``: begin at the filter language."""
        super().__init__()
        self._filters = filters

    def on_mount(self) -> None:
        """Go to where it is to begin."""
        if self._filters:
            title = self.query_one("#filters")
            self.call_after_refresh(title.scroll_visible, animate=False, top=True)

    def compose(self) -> ComposeResult:
        """The text in a pane that scrolls, and how to close it."""
        with Vertical(id="box"):
            with VerticalScroll():
                yield Static(INTRODUCTION, markup=False)
                for title, rows in sections():
                    yield Static(Content.styled(f"\n{title}", "bold underline"))
                    for left, right in rows:
                        yield Static(Content.assemble((f"{left:{KEY_COLUMN}}", "bold"), right))
                yield Static(Content.styled("\nFilters", "bold underline"), id="filters")
                yield Static(FILTER_HELP, markup=False)
            yield Static(HINT, markup=False, id="hint")

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss(None)

    def action_scroll(self, rows: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)


def sections() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Title and rows (key, meaning) of each section."""
    for group, actions in groups().items():
        yield group.value, [(action.keys_shown, action.help) for action in actions]
    yield "Mark column", list(MARKS)
    yield "Score", list(SCORES)
