"""Shows the steps in a browser that authorize poptui, until they are done."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from poptui.tui.screens.dialog import GAP, Dialog, DialogBox, KeyHint, TextPane, key_lines

FRAME_LINES, FRAME_CELLS, FIELD_LINES = 2, 4, 2
KEYS = "Ctrl+Y  Copy   Ctrl+O  Open   Esc  Cancel"
SCROLL_KEY = "PgDn  More"
ELSEWHERE = (
    "If it runs on another machine, it ends at a page that can't be reached. Copy the address of"
    " that page and paste it below."
)
SCROLL_KEYS = ("up", "down", "pageup", "pagedown")
PASTE = "Address of the last page:"
MAX_CELLS = 100
ROOMY_LINES = 16
"""From this height on there is space around the page, the code and the keys."""


class AuthorizeScreen(Dialog[bool]):
    """Shows a page to open and perhaps a code; dismissed with True by its owner, by Esc with None.

    With ``paste`` it has a field for the last address in the browser. ``paste`` returns a sentence
    if the address is wrong, otherwise "".
    """

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("ctrl+y", "copy", show=False),
        Binding("ctrl+o", "open", show=False),
        Binding("pagedown,down", "page(1)", show=False),
        Binding("pageup,up", "page(-1)", show=False),
    ]
    DEFAULT_CSS = """
    AuthorizeScreen #box { max-width: 100; }
    AuthorizeScreen TextPane { height: auto; }
    AuthorizeScreen .text { height: auto; }
    AuthorizeScreen #asked { height: 1; text-style: bold; }
    AuthorizeScreen .value { height: auto; text-style: bold; }
    AuthorizeScreen Input { border: none; height: 1; padding: 0; background: $panel; }
    AuthorizeScreen.-roomy .value { margin: 1 0; }
    AuthorizeScreen.-roomy #hint { margin-top: 1; }
    """

    def __init__(
        self,
        user: str,
        page: str,
        *,
        code: str = "",
        copy: Callable[[Dialog[bool]], None],
        open_page: Callable[[Dialog[bool]], None],
        paste: Callable[[str], str] | None = None,
    ) -> None:
        """``user``, ``page`` and ``code`` are printable; callbacks may show a sentence."""
        super().__init__()
        self._user, self._page, self._code = user, page, code
        self._copy, self._open_page, self._paste = copy, open_page, paste

    def compose(self) -> ComposeResult:
        """The page, the code or the field, the keys."""
        with DialogBox("Authorize poptui"):
            where = ", on any machine" if self._code else ""
            with TextPane(can_focus=False):
                yield Static(f"Open this page in a browser{where}:", markup=False, classes="text")
                yield Static(self._page, markup=False, classes="value")
                if self._code:
                    yield Static("There, type this code:", markup=False, classes="text")
                    yield Static(self._code, markup=False, classes="value")
                    waiting = f"Sign in as {self._user}. Waiting until you have done so …"
                    yield Static(waiting, markup=False, classes="text")
                if self._paste:
                    waiting = f"Sign in as {self._user}. Waiting for the browser … {ELSEWHERE}"
                    yield Static(waiting, markup=False, classes="text")
            if self._paste:
                yield Static(PASTE, markup=False, id="asked")
                field = Input(select_on_focus=False, compact=True)
                field.cursor_blink = False
                for key in SCROLL_KEYS:  # Textual's field has one line, but scrolls by them
                    field._bindings.key_to_bindings.pop(key, None)
                yield field
            yield KeyHint(KEYS)

    def on_resize(self, event: events.Resize) -> None:
        """Give the text the lines that are left."""
        roomy = event.size.height >= ROOMY_LINES
        self.set_class(roomy, "-roomy")
        keys = KEYS if roomy else f"{SCROLL_KEY}{GAP}{KEYS}"
        self.query_one(KeyHint).offer(keys)
        below = len(key_lines(keys, min(event.size.width, MAX_CELLS) - FRAME_CELLS))
        others = FRAME_LINES + roomy + below + (FIELD_LINES if self._paste else 0)
        self.query_one(TextPane).styles.max_height = max(1, event.size.height - others)

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Enter: check the address; clear a wrong one, and show which one to paste."""
        if self._paste and event.value.strip():
            self.say(self._paste(event.value))
            event.input.clear()

    def action_page(self, direction: int) -> None:
        """Scroll the text by a page."""
        pane = self.query_one(TextPane)
        height = max(1, pane.scrollable_content_region.height)
        pane.scroll_relative(y=direction * height, animate=False)

    def action_copy(self) -> None:
        """Copy the address of the page."""
        self._copy(self)

    def action_open(self) -> None:
        """Open the page in a browser on this machine."""
        self._open_page(self)

    def action_cancel(self) -> None:
        """Close the dialog without an authorization."""
        self.dismiss(None)
