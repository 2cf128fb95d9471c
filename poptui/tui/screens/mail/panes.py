"""The parts of the mailbox's screen that every group of its actions works with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container
from textual.getters import query_one
from textual.message import Message
from textual.screen import Screen

from poptui.mailbox.changes import Change
from poptui.tui.coalesce import Coalescer
from poptui.tui.reading.message_loader import MessageLoader
from poptui.tui.view import View
from poptui.tui.widgets.key_bar import KeyBar
from poptui.tui.widgets.message_list import MessageList
from poptui.tui.widgets.prompt import Prompt
from poptui.tui.widgets.question import Question
from poptui.tui.widgets.status_line import StatusLine
from poptui.tui.widgets.viewer import Viewer

if TYPE_CHECKING:
    from poptui.mailbox.mailbox import Mailbox
    from poptui.tui.app import PoptuiApp


class MailPanes(Screen[None]):
    """Status line, list, viewer and key bar on a mailbox; a base of the groups of actions."""

    AUTO_FOCUS = "MessageList"

    status = query_one(StatusLine)
    messages = query_one(MessageList)
    viewer = query_one(Viewer)
    prompt = query_one(Prompt)
    question = query_one(Question)
    key_bar = query_one(KeyBar)

    class Changed(Message):
        """What the mailbox told since the last batch."""

        def __init__(self, changes: list[Change]) -> None:
            self.changes = changes
            super().__init__()

    def __init__(self, mailbox: Mailbox, earlier: Sequence[Change] = ()) -> None:
        """``earlier``: what the mailbox told before there was a screen."""
        super().__init__()
        self._mailbox, self._earlier = mailbox, earlier
        self.view = View()
        self._changes = Coalescer(lambda changes: self.post_message(self.Changed(changes)))

    @cached_property
    def _opening(self) -> MessageLoader:
        """What keeps the viewer true to the list."""
        return MessageLoader(self._mailbox, self.viewer)

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

    def hold(self, result: str) -> None:
        """What a commit did, until a key is pressed."""
        self.key_bar.hold(result)

    @property
    def where_help_is(self) -> str:
        """Which key helps now, in a sentence; nothing while every character is text."""
        if self.question.open:
            return ""
        return f"Press {'F1' if self.prompt.open else '?'} for help."

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
