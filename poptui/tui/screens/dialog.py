"""Base classes of all dialogs, which look the same: a frame with question, text and keys.

Dialogs inherit none of the key bindings of Textual's screens, containers and scrolling widgets: the
class of a dialog lists all its keys, and any other key is reported as unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.css.query import NoMatches
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Log, Static

from poptui.text.cells import cell_width

R = TypeVar("R")

PAUSE_S = 0.4
"""A dialog that appears by itself accepts keys and clicks only after a pause of this length, so
that keys typed for something else don't answer it."""
SMALL_LINES = 12
"""Below this height a pane has no frame and no line of keys."""
GAP = "   "
"""The space between two keys with their labels."""
_KEY = "bold $text-accent"
_FRAME_CELLS = 6
"""Cells of the border that the title can't use."""


class DialogBox(Vertical):
    """The frame of a dialog: the title is on the upper border, notices are on the lower one."""

    DEFAULT_CSS = """
    DialogBox {
        width: 100%; max-width: 100; height: auto; max-height: 100%;
        background: $surface; color: $foreground; padding: 0 1;
        border: round $border; border-title-color: $text-accent; border-title-style: bold;
        border-subtitle-color: $text-warning; border-subtitle-style: none;
        &.-danger { border: round $text-error; border-title-color: $text-error; }
    }
    DialogBox #title { height: auto; text-style: bold; color: $text-accent; }
    DialogBox.-danger #title { color: $text-error; }
    """

    def __init__(self, title: str, *, is_danger: bool = False) -> None:
        """``title`` is printable; ``is_danger``: an answer may delete something."""
        super().__init__(
            Static(title, markup=False, id="title"),
            id="box",
            classes="-danger" if is_danger else "",
        )
        self._title = title

    def on_resize(self, event: events.Resize) -> None:
        """Move a title that is too long for the border into the dialog."""
        self._place_title()

    def rename(self, title: str) -> None:
        """Show another title, which is printable."""
        self._title = title
        self.query_one("#title", Static).update(title)
        self._place_title()

    def _place_title(self) -> None:
        fits = title_fits(self._title, self.outer_size.width)
        self.border_title = _without_markup(self._title) if fits else ""
        self.query_one("#title").display = not fits

    def say(self, sentence: str) -> None:
        """Show ``sentence``, which is printable, on the lower border."""
        self.border_subtitle = _without_markup(sentence)


def title_fits(title: str, cells: int) -> bool:
    """Whether a title fits into the border of a dialog of this width."""
    return cell_width(title) + _FRAME_CELLS <= cells


def line_count(texts: Iterable[str], cells: int) -> int:
    """Return the number of lines of ``texts``, wrapped at this width."""
    return sum(len(Content(text).wrap(max(1, cells))) for text in texts)


def _without_markup(text: str) -> str:
    return text.replace("[", r"\[")


class KeyHint(Static):
    """The keys of a dialog, written as ``Enter  Open   Esc  Close``."""

    DEFAULT_CSS = "KeyHint { height: auto; max-height: 3; color: $foreground-muted; }"

    def __init__(self, keys: str, sentence: str = "") -> None:
        """``sentence``, which is printable, comes before the keys, on a separate line."""
        super().__init__(id="hint")
        self._keys, self._sentence = keys, ""
        self.say(sentence)

    def offer(self, keys: str) -> None:
        """Show other keys."""
        self._keys = keys
        self.say("")

    def say(self, sentence: str) -> None:
        """Show another sentence before the keys."""
        self._sentence = sentence
        width = self.size.width or self.app.size.width
        lines = [
            Content(GAP).join(_key_and_label(key) for key in line.split(GAP))
            for line in key_lines(self._keys, width)
        ]
        self.update(Content("\n").join([Content(sentence), *lines] if sentence else lines))

    def on_resize(self) -> None:
        """Break the line elsewhere."""
        self.say(self._sentence)


def key_lines(keys: str, cells: int) -> list[str]:
    """Break a line of keys so that a key and its label stay together."""
    lines: list[str] = []
    for key in keys.split(GAP):
        if lines and cell_width(lines[-1] + GAP + key) <= cells:
            lines[-1] += GAP + key
        else:
            lines.append(key)
    return lines


def _key_and_label(text: str) -> Content:
    key, _, label = text.partition("  ")
    return Content.assemble((key, _KEY), f"  {label}")


class Dialog(ModalScreen[R], inherit_bindings=False):
    """A screen over the mailbox; what it shows is in a ``DialogBox``."""

    APPEARS_BY_ITSELF: ClassVar[bool] = False
    """Whether it opens without a key. Then keys typed for something else must not answer it."""
    MAX_TYPED_AHEAD_KEYS: ClassVar[int | None] = None
    """Its answer may delete something, or be regretted: it takes one from a packet of at most so
    many keys, because more are a pasted text."""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog #text { height: auto; }
    """

    _last_input_at = float("inf")
    _was_read = False

    def _on_mount(self, event: events.Mount) -> None:
        """Note when the dialog appeared."""
        self._last_input_at = event.time

    def accepts(self, event: events.Event) -> bool:
        """Whether the user can have read the dialog before this key or click.

        If not, the pause starts again.
        """
        pause_s, self._last_input_at = event.time - self._last_input_at, event.time
        self._was_read = self._was_read or pause_s >= PAUSE_S
        return self._was_read or not self.APPEARS_BY_ITSELF

    def say_unknown(self, key: str) -> None:
        """Show on the lower border that ``key``, which is printable, does nothing here."""
        self.say(f"{key!r} does nothing here")

    def say(self, sentence: str) -> None:
        """Show ``sentence``, which is printable, on the lower border until the next key."""
        self._subtitle(sentence)

    def notice_arrived(self, sentence: str) -> None:
        """Called with each sentence that the bottom line of the mailbox shows, printable."""

    def on_key(self, event: events.Key) -> None:
        """Clear the sentence on the lower border."""
        self._subtitle("")

    def _subtitle(self, text: str) -> None:
        try:
            self.query_one(DialogBox).say(text)
        except NoMatches:
            return


class TextPane(VerticalScroll, inherit_bindings=False):
    """Text in a ``ScrollDialog``."""

    DEFAULT_CSS = """
    TextPane {
        height: auto; background: $surface;
        scrollbar-size: 1 1; scrollbar-background: $surface; scrollbar-color: $border-blurred;
        scrollbar-color-hover: $border; scrollbar-color-active: $border;
        scrollbar-background-hover: $surface; scrollbar-background-active: $surface;
    }
    """


class LogPane(Log, inherit_bindings=False):
    """Many lines in a ``ScrollDialog``."""

    DEFAULT_CSS = """
    LogPane {
        height: 1fr; background: $surface; color: $foreground; overflow-x: hidden;
        scrollbar-size: 1 1; scrollbar-background: $surface; scrollbar-color: $border-blurred;
        scrollbar-color-hover: $border; scrollbar-color-active: $border;
        scrollbar-background-hover: $surface; scrollbar-background-active: $surface;
        &:focus { background-tint: $background 0%; }
    }
    """


class ScrollDialog(Dialog[R]):
    """A dialog with one pane of text, and keys that scroll it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home,g", "top", show=False),
        Binding("end,G", "bottom", show=False),
    ]

    @property
    def pane(self) -> Widget:
        """The pane that scrolls."""
        raise NotImplementedError

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.pane.scroll_relative(y=lines, animate=False)

    def action_page(self, direction: int) -> None:
        """Scroll by a page."""
        height = max(1, self.pane.scrollable_content_region.height)
        self.pane.scroll_relative(y=direction * height, animate=False)

    def action_top(self) -> None:
        """Scroll to the beginning."""
        self.pane.scroll_home(animate=False)

    def action_bottom(self) -> None:
        """Scroll to the end."""
        self.pane.scroll_end(animate=False)


class PaneScreen(Dialog[R]):
    """A screen that covers the mailbox, and shows the notices that its bottom line would show."""

    DEFAULT_CSS = """
    PaneScreen #box { max-width: 100%; height: 100%; padding: 0; }
    PaneScreen KeyHint { padding: 0 1; }
    PaneScreen.-small #box { border: none; }
    PaneScreen.-small KeyHint { display: none; }
    PaneScreen.-small.-notice KeyHint { display: block; }
    """

    _sentence = ""

    def show_title(self, *parts: str) -> None:
        """Show printable texts in the upper border."""
        self.query_one(DialogBox).rename(" · ".join(filter(None, parts)))

    def say(self, sentence: str) -> None:
        """Show ``sentence``, which is printable, above the keys until the next key."""
        self._sentence = sentence
        self.set_class(bool(sentence), "-notice")
        for hint in self.query(KeyHint):
            hint.say(sentence)

    def notice_arrived(self, sentence: str) -> None:
        """Show the sentence here."""
        self.say(sentence)

    def offer(self, keys: str) -> None:
        """Show other keys."""
        for hint in self.query(KeyHint):
            hint.offer(keys)
            hint.say(self._sentence)

    def on_key(self, event: events.Key) -> None:
        """Clear the sentence."""
        self.say("")

    def on_resize(self, event: events.Resize) -> None:
        """Leave out frame and keys in a small terminal."""
        self.set_class(event.size.height < SMALL_LINES, "-small")
