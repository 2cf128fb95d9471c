"""The bottom line: the keys of the pane that has the focus, or a notice."""

from __future__ import annotations

from itertools import accumulate, takewhile
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from poptui.printable import printable
from poptui.tui.actions.action import Action, KeyContext, shown_key
from poptui.tui.actions.registry import in_bar

NOTICE_LINES = 3
"""The bar grows so far for a long sentence; the smallest terminal has ten lines."""
NOTICE_S = 8.0
"""How long a notice stays if no key is pressed."""
GAP = "  "


class KeyBar(Widget, can_focus=False):
    """One line of keys. A notice takes its place until the next key, or for some seconds."""

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
        height: auto;
        max-height: 3;
        padding: 0 1;
        background: $panel;
        color: $foreground;
    }
    KeyBar > .key-bar--key { text-style: bold; color: $accent; }
    KeyBar > .key-bar--notice { text-style: bold; }
    KeyBar > .key-bar--fault { text-style: bold; color: $text-error; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-bar--key", "key-bar--notice", "key-bar--fault"}

    place: reactive[KeyContext] = reactive(KeyContext.LIST)

    class Pressed(Message):
        """An action was clicked."""

        def __init__(self, action: Action) -> None:
            self.action = action
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._notice = ""
        self._result = ""
        self._is_error = False
        self._timer: Timer | None = None

    @property
    def notice(self) -> str:
        """The sentence that is shown now, or nothing."""
        return self._notice

    def say(self, sentence: str, *, is_error: bool = False) -> None:
        """Show ``sentence``; an error stays until a key is pressed."""
        self._stop_timer()
        said = printable(sentence)
        self._notice, self._is_error = f"{self._result} {said}".strip(), is_error
        if sentence and not is_error:
            self._timer = self.set_timer(NOTICE_S, self.clear)
        self._redraw()

    def hold(self, result: str) -> None:
        """Show what a commit did, with whatever else is said behind it, until ``release``."""
        self._result = ""
        self.say(result)
        self._stop_timer()
        self._result = self._notice

    @property
    def holds(self) -> bool:
        """Whether a result is shown that no key has dismissed yet."""
        return bool(self._result)

    def release(self) -> None:
        """Clear notice and result: a key was pressed, so they have been read."""
        self._result = ""
        self.clear()

    def add(self, sentence: str) -> None:
        """Show ``sentence`` behind the notice, which may not have been read yet."""
        said = self._notice.removeprefix(self._result)
        self.say(f"{said} {printable(sentence)}".strip(), is_error=self._is_error)

    def clear(self) -> None:
        """Show the keys again, or the result that has not been read yet."""
        if self._notice:
            self._stop_timer()
            self._notice, self._is_error = self._result, False
            self._redraw()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _redraw(self) -> None:
        height = self.get_content_height(self.size, self.screen.size, self.content_size.width)
        self.refresh(layout=height != self.content_size.height)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line for the keys, up to three for a notice that needs them."""
        if not self._notice:
            return 1
        return min(NOTICE_LINES, len(Content(self._notice).wrap(max(width, 1))))

    def render(self) -> Content:
        """The notice, or as many keys as fit; the last two always."""
        if self._notice:
            style = "key-bar--fault" if self._is_error else "key-bar--notice"
            return Content.styled(self._notice, self.get_visual_style(style))
        key_style = self.get_visual_style("key-bar--key")
        return Content(GAP).join(
            Content.assemble(
                (shown_key(action.keys[0]), key_style), f" {action.label_in(self.place)}"
            )
            for action in self._fitting()
        )

    def _fitting(self) -> list[Action]:
        actions = in_bar(self.place)
        first, last = actions[:-2], actions[-2:]
        room = self.content_size.width - sum(map(self._cells, last))
        ends = accumulate(map(self._cells, first))
        count = len(list(takewhile(lambda end: end <= room, ends)))
        return first[:count] + last

    def on_click(self, event: events.Click) -> None:
        """A click on a key does what the key does."""
        offset = event.get_content_offset(self)
        if self._notice or offset is None:
            return
        actions = self._fitting()
        ends = accumulate(map(self._cells, actions))
        for action, end in zip(actions, ends, strict=True):
            if offset.x < end:
                self.post_message(self.Pressed(action))
                return

    def _cells(self, action: Action) -> int:
        """The cells an action takes in the bar, the gap after it included."""
        label = action.label_in(self.place)
        return len(shown_key(action.keys[0])) + 1 + len(label) + len(GAP)
