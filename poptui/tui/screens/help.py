"""The help screen, made from the registry of actions and the user's keymap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from poptui.text.cells import cell_width
from poptui.triage.filters.language import FILTER_HELP
from poptui.tui.actions.keymaps import Keymap
from poptui.tui.actions.registry import groups
from poptui.tui.screens.dialog import DialogBox, KeyHint, ScrollDialog, TextPane
from poptui.tui.widgets.search_field import SearchField

INTRODUCTION = (
    "poptui shows the mailbox on the server and changes nothing there until you confirm. "
    "Moving the cursor downloads headers only; opening a message downloads it. Marked messages "
    "are deleted when you commit or quit, and only after you confirm."
)
FILTERS = "Filters"
HINT = "↓ ↑ PgDn PgUp  Scroll   Esc  Close"
SEARCH_HINT = "↓ ↑ PgDn PgUp  Scroll   Esc  All keys   Enter  Close"
NOTHING = "Nothing matches. Esc shows all keys again."
KEY_CELLS = 18
_FILTER_CELLS = 29
"""Start of the second column of FILTER_HELP."""
_LEFT = "bold $text-accent"
MIN_TEXT_CELLS = 20
"""With less room than this the text begins below its key."""
TALL_LINES = 30
"""From this height on there is an empty line below the field."""


class HelpRow(NamedTuple):
    """A key or a sign, and its meaning.

    ``id`` is that of the action, to be found by searching.
    """

    left: str
    right: str
    id: str = ""


class _HelpText(Static):
    """The text of the help."""

    first_line = 0
    """The line to scroll to as soon as the text is laid out, which takes more than one refresh."""

    def on_resize(self, event: events.Resize) -> None:
        """Scroll to the first line."""
        if isinstance(self.parent, TextPane) and 0 < self.first_line < event.size.height:
            self.parent.scroll_to(y=self.first_line, animate=False)
            self.first_line = 0


class HelpScreen(ScrollDialog[None], inherit_bindings=False):
    """Every key, by group; typing shows only what matches."""

    AUTO_FOCUS = "SearchField"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("f1,enter", "close", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home", "top", show=False),
        Binding("end", "bottom", show=False),
    ]
    DEFAULT_CSS = """
    HelpScreen #box { max-width: 84; height: 100%; max-height: 46; }
    HelpScreen TextPane { height: 1fr; scrollbar-gutter: stable; }
    HelpScreen.-tall TextPane { margin-top: 1; }
    HelpScreen #text { padding-right: 1; }
    """

    def __init__(self, keymap: Keymap, *, filters: bool = False) -> None:
        """``filters``: start at the filter language."""
        super().__init__()
        self._sections = list(sections(keymap))
        self._starts_at_filters = filters

    def compose(self) -> ComposeResult:
        """The words to search for, the text in a pane that scrolls, and the keys."""
        with DialogBox("Help"):
            yield SearchField("Type to search the help", dialog_keys="?")
            with TextPane(can_focus=False):
                yield _HelpText(id="text")
            yield KeyHint(HINT)

    @property
    def pane(self) -> TextPane:
        """The text."""
        return self.query_one(TextPane)

    @on(events.Resize)
    def _resized(self, event: events.Resize) -> None:
        self.set_class(event.size.height >= TALL_LINES, "-tall")
        self.call_after_refresh(self._write)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._write()
        self.query_one(KeyHint).offer(SEARCH_HINT if event.value else HINT)
        self.pane.scroll_home(animate=False)

    def _write(self) -> None:
        """Show the matching rows in one widget, because many widgets would take long to lay out."""
        field = self.query_one(SearchField)
        # Keep the text away from the scroll bar.
        width = self.pane.scrollable_content_region.width - 1
        shown = list(matching(self._sections, field.text))
        lines = [] if field.text else Content(INTRODUCTION).wrap(max(1, width))
        for title, rows in shown:
            if title == FILTERS and self._starts_at_filters:
                self._starts_at_filters = False
                self.query_one(_HelpText).first_line = len(lines) + 1
            lines += [Content(""), Content.styled(title, "bold underline")]
            lines += [line for row in rows for line in _lines(row, width)]
        self.query_one(_HelpText).update(Content("\n").join(lines or [Content(NOTHING)]))

    def action_back(self) -> None:
        """Clear the search; if there is none, close the help."""
        field = self.query_one(SearchField)
        if field.value:
            field.value = ""
        else:
            self.action_close()

    @on(SearchField.DialogKey)
    def action_close(self) -> None:
        """Close the help."""
        self.dismiss(None)


def sections(keymap: Keymap) -> Iterator[tuple[str, list[HelpRow]]]:
    """Title and rows of each section."""
    for group, actions in groups().items():
        rows = [
            HelpRow(keymap.shown(action.id) or "–", action.help, action.id) for action in actions
        ]
        yield group.value, rows
    yield (
        "Mouse",
        [
            HelpRow("click", "Move the cursor; on a column's name: sort by it; on a key: press it"),
            HelpRow("double-click", "Open the message or the group"),
            HelpRow("wheel", "Scroll what is under the pointer; the cursor stays on its message,"
            " and a key that acts on it first brings it back onto the screen"),
            HelpRow("drag", "Move the line between list and message"),
        ],
    )  # fmt: skip
    yield (
        "Mark column",
        [
            HelpRow("D", "will be deleted at the commit"),
            HelpRow("d", "marked; the server has not confirmed it yet"),
            HelpRow("!", "the server refuses to delete it"),
            HelpRow("o", "marked in another poptui session"),
            HelpRow("•", "new since the last start"),
            HelpRow("+", "tagged"),
            HelpRow("P", "protected from bulk actions"),
        ],
    )
    yield (
        "Score",
        [
            HelpRow("!9.1", f"spam, by its score from 0 to 10; {keymap.hint('why')} shows why"),
            HelpRow("nl", "a newsletter"),
            HelpRow("▸ ▾", "a group, closed and open"),
        ],
    )
    yield FILTERS, list(_filter_rows())


def _filter_rows() -> Iterator[HelpRow]:
    """Yield rows on the filter language; continued lines are joined, to be wrapped again."""
    row = HelpRow("", "")
    for line in FILTER_HELP.splitlines():
        left, right = line[:_FILTER_CELLS].strip(), line[_FILTER_CELLS:].strip()
        if not line.startswith("  "):
            yield HelpRow("", line)
        elif not left:
            row = row._replace(right=f"{row.right} {right}")
        else:
            if row.left:
                yield row
            row = HelpRow(left, right)
    yield row


def matching(
    every: Iterable[tuple[str, Sequence[HelpRow]]], text: str
) -> Iterator[tuple[str, Sequence[HelpRow]]]:
    """Yield the sections, with those rows that contain all words of ``text``.

    All rows of a section match if its title does. A single character is taken for a key.
    """
    words = text.casefold().split()
    for title, rows in every:
        if len(text) == 1:
            if found := [row for row in rows if text in row.left.split()]:
                yield title, found
            continue
        if all(word in title.casefold() for word in words):
            yield title, rows
        elif found := [row for row in rows if _has(row, words)]:
            yield title, found


def _has(row: HelpRow, words: Sequence[str]) -> bool:
    text = " ".join(row).replace("_", " ").casefold()
    return all(word in text for word in words)


def _lines(row: HelpRow, width: int) -> Iterator[Content]:
    """Yield the lines of a row: the key at the left, the text wrapped beside it."""
    if not row.left:
        yield Content(row.right)
        return
    indent = KEY_CELLS if width >= KEY_CELLS + MIN_TEXT_CELLS else 2
    lines = Content(row.right).wrap(max(1, width - indent))
    if cell_width(row.left) < indent:
        padding = " " * (indent - cell_width(row.left))
        yield Content.assemble((row.left + padding, _LEFT), lines.pop(0))
    else:
        yield Content.styled(row.left, _LEFT)
    yield from (Content.assemble(" " * indent, line) for line in lines)
