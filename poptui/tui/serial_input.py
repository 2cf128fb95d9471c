"""Keys, answered one at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import ExitStack
from typing import TypeVar

from textual import events, on
from textual.dom import DOMNode
from textual.message import Message

from poptui.tui.painting.app import PaintedApp

LONGEST = 0.5
"""Seconds after which a key counts as answered, whatever became of the widget it went to."""
MOMENT = 0.001
"""Seconds between two looks at what a key has begun."""
UNSEEN = 0.25
"""Seconds of keys without a picture: what comes in one packet is painted once, at its end."""
PICTURE = 0.03
"""Seconds for a picture amid them."""

R = TypeVar("R")
Struck = events.Key | events.Paste
"""What is typed."""


class SerialInputApp(PaintedApp[R]):
    """Each key finds what the one before it has done: over a slow line they come in packets.

    Textual hands all that came together to the widget that has the focus then: of ``/dinner`` it
    would take the ``d`` for the key that deletes, and a letter would overtake Backspace.
    """

    class Answered(Message):
        """Goes the way of a key, behind it: once it is here, so was the key."""

        def __init__(self, turn: int) -> None:
            super().__init__()
            self.turn = turn

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._struck: deque[Struck] = deque()
        """The key that is being answered, and those that wait."""
        self._turn = 0
        """Of the key that is being answered; what is heard of an earlier one comes too late."""
        self._target: DOMNode = self
        self._overdue: asyncio.TimerHandle | None = None
        self._unseen = ExitStack()
        self._seen = 0.0
        """When the last picture was made amid keys, or the first of them came."""

    async def answer(self, key: Struck) -> None:
        """Hand ``key`` to whoever has the focus."""
        await super().on_event(key)

    async def on_event(self, event: events.Event) -> None:
        """A key waits until the one before it is answered."""
        if not isinstance(event, Struck) or event.is_forwarded:
            await super().on_event(event)
            return
        self._struck.append(event)
        if len(self._struck) == 1:
            await self._go_on()

    async def _go_on(self) -> None:
        self._seen = asyncio.get_running_loop().time()
        await self._answer_next()

    async def _answer_next(self) -> None:
        if len(self._struck) > 1 and not self._batch_count:
            self._unseen.enter_context(self.batch_update())
        self._target = target = self.focused or (self.screen if self.screen_stack else self)
        self._turn += 1
        self._overdue = self._soon(LONGEST, self._turn, overdue=True)
        await self.answer(self._struck[0])
        target.post_message(self.Answered(self._turn))

    def _soon(self, seconds: float, turn: int, *, overdue: bool = False) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        return loop.call_later(seconds, self.call_later, self._answered, turn, overdue)

    @on(Answered)
    def _arrived(self, event: Answered) -> None:
        """Behind what the key had put off until later, such as to move the focus."""
        self.call_later(self._answered, event.turn)

    async def _answered(self, turn: int, overdue: bool = False) -> None:
        if turn != self._turn:
            return
        if self._stirs() and not overdue:
            self._soon(MOMENT, turn)
            return
        if self._overdue is not None:
            self._overdue.cancel()
        self._turn += 1
        self._struck.popleft()
        if self._struck and asyncio.get_running_loop().time() - self._seen < UNSEEN:
            await self._answer_next()
        else:
            self._show()

    def _show(self) -> None:
        """Let a picture be made; then go on, if there are more."""
        self._unseen.close()
        if self.screen_stack:
            self.screen.check_idle()
        if self._struck:
            loop = asyncio.get_running_loop()
            loop.call_later(PICTURE, self.call_later, self._go_on)

    def _stirs(self) -> bool:
        """Whether what the key began goes on among the widgets, as Enter in a field does."""
        return any(node.message_queue_size for node in self._target.ancestors_with_self[:-1])
