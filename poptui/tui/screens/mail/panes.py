"""The parts of the maildrop's screen that every group of its actions works with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container
from textual.getters import query_one
from textual.message import Message
from textual.screen import Screen

from poptui.maildrop.changes import Change
from poptui.tui.coalesce import Coalescer
from poptui.tui.opening import Opening
from poptui.tui.view import View
from poptui.tui.widgets.key_bar import KeyBar
from poptui.tui.widgets.message_list import MessageList
from poptui.tui.widgets.prompt import Prompt
from poptui.tui.widgets.question import Question
from poptui.tui.widgets.status_line import StatusLine
from poptui.tui.widgets.viewer import Viewer

if TYPE_CHECKING:
    from poptui.maildrop.maildrop import Maildrop
    from poptui.tui.app import PoptuiApp


class MailPanes(Screen[None]):
    """Status line, list, viewer and key bar on a maildrop; a base of the groups of actions."""

    AUTO_FOCUS = "MessageList"

    status = query_one(StatusLine)
    messages = query_one(MessageList)
    viewer = query_one(Viewer)
    prompt = query_one(Prompt)
    question = query_one(Question)
    key_bar = query_one(KeyBar)

    class Changed(Message):
        """What the maildrop told since the last batch."""

        def __init__(self, changes: list[Change]) -> None:
            self.changes = changes
            super().__init__()

    def __init__(self, maildrop: Maildrop, earlier: Sequence[Change] = ()) -> None:
        """``earlier``: what the maildrop told before there was a screen."""
        super().__init__()
        self._maildrop, self._earlier = maildrop, earlier
        self.view = View()
        self._changes = Coalescer(lambda changes: self.post_message(self.Changed(changes)))

    @cached_property
    def _opening(self) -> Opening:
        """What keeps the viewer true to the list."""
        return Opening(self._maildrop, self.viewer)

    @property
    def poptui(self) -> PoptuiApp:
        """The app, as what it is."""
        from poptui.tui.app import PoptuiApp

        assert isinstance(self.app, PoptuiApp)
        return self.app

    def compose(self) -> ComposeResult:
        """Status line, the two panes, key bar."""
        yield StatusLine()
        with Container(id="panes"):
            yield MessageList()
            with Container(id="frame"):
                yield Viewer()
        yield Prompt()
        yield Question()
        yield KeyBar()

    def say(self, sentence: str, *, fault: bool = False) -> None:
        """Show a clean sentence in the place of the keys; nothing for no sentence."""
        if sentence:
            self.key_bar.say(sentence, fault=fault)

    def hush(self) -> None:
        """A key was pressed: what was said has been seen."""
        self.key_bar.hush()

    @property
    def reading(self) -> bool:
        """The viewer has the focus."""
        return self.focused is self.viewer

    def focus_pane(self, pane: MessageList | Viewer) -> None:
        """Give ``pane`` the focus, and the room that comes with it."""
        self.set_class(pane is self.viewer, "-reading")
        self.set_focus(pane)
