"""The help screen, made from the registry of actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from poptui.triage.filters.language import FILTER_HELP
from poptui.tui.actions.registry import groups
from poptui.tui.screens.dialog import DialogBox, KeyHint, ScrollDialog, TextPane

INTRODUCTION = (
    "poptui shows the mailbox on the server and changes nothing there until you confirm. "
    "Moving the cursor downloads headers only; Enter downloads the message. Marked messages are "
    "deleted when you commit or quit, and only after you confirm."
)
MOUSE = (
    ("wheel", "Scroll the list; the cursor stays on its message"),
    ("", "A key that acts on that message first brings it back onto the screen"),
    ("click", "Move the cursor; on the cursor: open the message"),
)
MARKS = (
    ("D", "will be deleted at the commit"),
    ("d", "marked; the server has not confirmed it yet"),
    ("!", "the server refuses to delete it"),
    ("o", "marked in another poptui session"),
    ("*", "new since the last start"),
    ("+", "tagged"),
    ("P", "protected from bulk actions"),
)
SCORES = (
    ("!9.1", "spam, by its score from 0 to 10; ! shows why"),
    ("n0.4", "a newsletter"),
    ("▸ ▾", "a group, closed and open"),
)
HINT = "Esc  Close   PgDn PgUp  Scroll"
KEY_COLUMN = 16


class HelpScreen(ScrollDialog[None]):
    """Every key, by group, made from the registry."""

    AUTO_FOCUS = "TextPane"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "close", show=False),
    ]
    DEFAULT_CSS = """
    HelpScreen #box { max-width: 84; height: 100%; max-height: 46; }
    HelpScreen TextPane { height: 1fr; }
    """

    def __init__(self, *, filters: bool = False) -> None:
        """``filters``: start at the filter language."""
        super().__init__()
        self._filters = filters

    def on_mount(self) -> None:
        """Scroll to where it is to start."""
        if self._filters:
            title = self.query_one("#filters")
            self.call_after_refresh(title.scroll_visible, animate=False, top=True)

    def compose(self) -> ComposeResult:
        """The text in a pane that scrolls, and the keys."""
        with DialogBox("Help"):
            with TextPane():
                yield Static(INTRODUCTION, markup=False)
                yield Static(Content("\n").join(_lines()))
                yield Static(Content.styled("\nFilters", "bold underline"), id="filters")
                yield Static(FILTER_HELP, markup=False)
            yield KeyHint(HINT)

    def action_close(self) -> None:
        """Close the help."""
        self.dismiss(None)

    @property
    def pane(self) -> TextPane:
        """The text."""
        return self.query_one(TextPane)


def _lines() -> Iterator[Content]:
    """All sections, in one widget: one for each line takes a third of a second to lay out."""
    for title, rows in sections():
        yield Content.styled(f"\n{title}", "bold underline")
        for left, right in rows:
            yield Content.assemble((f"{left:{KEY_COLUMN}}", "bold"), right)


def sections() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Title and rows (key, meaning) of each section."""
    for group, actions in groups().items():
        yield group.value, [(action.keys_shown, action.help) for action in actions]
    yield "Mouse", list(MOUSE)
    yield "Mark column", list(MARKS)
    yield "Score", list(SCORES)
