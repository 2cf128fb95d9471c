"""The bottom line: the keys of the pane that has the focus, or a notice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, takewhile
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from poptui.printable import printable
from poptui.text.cells import cell_width
from poptui.tui.actions.action import NOW, Action, Contexts, KeyContext
from poptui.tui.actions.keymaps import Keymap, Keys
from poptui.tui.actions.keys import shown_key
from poptui.tui.actions.registry import LAST, in_bar

NOTICE_LINES = 3
"""Maximum number of lines for a long sentence; the smallest terminal has ten lines."""
NOTICE_S = 8.0
"""A notice stays this long if no key is pressed."""
GAP = "  "


class KeyBar(Widget, can_focus=False):
    """Shows keys, or a notice until the next key or for some seconds."""

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

    class Pressed(Message):
        """An action was clicked."""

        def __init__(self, action: Action) -> None:
            self.action = action
            super().__init__()

    def __init__(self, keymap: Keymap) -> None:
        super().__init__()
        self._keymap = keymap
        self._pressed: Keys = ()
        self._contexts: Contexts = frozenset((KeyContext.LIST,))
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
        text = printable(sentence)
        self._notice, self._is_error = f"{self._result} {text}".strip(), is_error
        if sentence and not is_error:
            self._timer = self.set_timer(NOTICE_S, self.clear)
        self._redraw()

    def hold(self, result: str) -> None:
        """Show the result of a commit, and other notices after it, until ``release``."""
        self._result = ""
        self.say(result)
        self._stop_timer()
        self._result = self._notice

    @property
    def holds(self) -> bool:
        """Whether a result is shown that no key has dismissed yet."""
        return bool(self._result)

    def release(self) -> None:
        """Clear notice and result, because a key was pressed."""
        self._result = ""
        self.clear()

    def add(self, sentence: str) -> None:
        """Show ``sentence`` after the notice, which the user may not have read yet."""
        notice = self._notice.removeprefix(self._result)
        self.say(f"{notice} {printable(sentence)}".strip(), is_error=self._is_error)

    def clear(self) -> None:
        """Show the keys again, or the result that hasn't been read yet."""
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
            Content.assemble((key, key_style), f" {label}") for key, label in self._shown()
        )

    def _shown(self) -> Iterator[tuple[str, str]]:
        """Yield keys and labels: those that continue a sequence, or those of the pane."""
        if not self._pressed:
            yield from ((self._key(action), self._label(action)) for action in self._fitting())
            return
        yield shown_key(" ".join(self._pressed)), "…"
        for rest, action in self._keymap.following(self._pressed):
            yield shown_key(" ".join(rest)), action.label
        yield "Esc", "cancel"

    def show_sequence(self, pressed: Keys) -> None:
        """Show the keys that continue a sequence; () shows the usual keys again."""
        if pressed != self._pressed:
            self._pressed = pressed
            self._redraw()

    def keymap_changed(self) -> None:
        """Show other keys."""
        self._redraw()

    def show_contexts(self, contexts: Contexts) -> None:
        """Show the keys for other contexts."""
        if contexts != self._contexts:
            self._contexts = contexts
            self._redraw()

    def _fitting(self) -> list[Action]:
        """The actions for which there is room.

        Room goes first to the last two, then to going back, to actions of the moment, and to
        others.
        """
        actions = [action for action in in_bar(self._contexts) if self._keymap.keys[action.id]]
        last = [action for action in actions if action.id in LAST]
        first = [action for action in actions if action not in last]
        now = NOW & self._contexts
        first.sort(key=lambda action: (action.id != "back", not now & set(action.bar)))
        room = self.content_size.width + len(GAP) - sum(map(self._cells, last))
        ends = accumulate(map(self._cells, first))
        fitting = first[: len(list(takewhile(lambda end: end <= room, ends)))]
        return [action for action in actions if action in fitting or action in last]

    def _key(self, action: Action) -> str:
        return self._keymap.first(action.id)

    def _label(self, action: Action) -> str:
        return action.label_in(self._contexts)

    def on_click(self, event: events.Click) -> None:
        """A click on a key does what the key does; on a notice, it shows the keys again."""
        offset = event.get_content_offset(self)
        if self._notice:
            self.clear()
            return
        if self._pressed or offset is None:
            return
        actions = self._fitting()
        ends = accumulate(map(self._cells, actions))
        for action, end in zip(actions, ends, strict=True):
            if offset.x < end:
                self.post_message(self.Pressed(action))
                return

    def _cells(self, action: Action) -> int:
        """The cells an action takes in the bar, the gap after it included."""
        return cell_width(f"{self._key(action)} {self._label(action)}{GAP}")
