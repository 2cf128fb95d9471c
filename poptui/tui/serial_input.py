"""Handles keys one at a time, so that each acts on the result of the one before it."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from contextlib import ExitStack
from typing import NamedTuple, TypeVar

from textual import events, on
from textual._time import get_time
from textual.dom import DOMNode
from textual.message import Message
from textual.widgets import Input

from poptui.tui.input.flood import KeysDropped
from poptui.tui.input.parser import plain_key
from poptui.tui.painting.app import PaintedApp

KEY_TIMEOUT_S = 0.5
"""A key counts as handled after this time, even if its widget hasn't finished."""
POLL_INTERVAL_S = 0.001
"""Time between checks whether a key has been answered."""
REPAINT_INTERVAL_S = 0.25
"""While keys are queued, repaint at most this often: a packet of keys is painted once."""
REPAINT_TIME_S = 0.03
"""Time given to a repaint while keys are queued."""

PACKET_GAP_S = 0.05
"""Keys closer together than this came in one packet, even if a busy machine is slow to read it.

Fast typing counts as a packet too; that matters only to questions, which ignore long ones."""

WORD_MOVES = {"alt+b": "ctrl+left", "alt+f": "ctrl+right"}
"""Keys that move by a word in most programs, and the keys of Textual's fields for that."""

R = TypeVar("R")
InputEvent = events.Key | events.Paste


class Packet:
    """Keys that arrived together: typed over a slow connection, or pasted as if they were typed."""

    def __init__(self) -> None:
        self.key_count = 0
        self.last_at = -math.inf
        """The time of its last key, as in ``events.Event.time``."""


class QueuedKey(NamedTuple):
    """A key that waits for its turn, and its packet."""

    event: InputEvent
    packet: Packet


class SerialInputApp(PaintedApp[R]):
    """Queues keys: over a slow connection they come in packets.

    Textual hands all keys of a packet to the widget that has the focus then: of ``/dinner`` it
    would take the ``d`` for the key that deletes, and a letter would overtake Backspace. Textual
    delivers input to ``App.on_event``, so this has to be a subclass.
    """

    class Answered(Message):
        """Follows a key through the queue of its widget: when it arrives, the key was answered."""

        def __init__(self, turn: int) -> None:
            super().__init__()
            self.turn = turn

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._typed: deque[QueuedKey] = deque()
        """The key that is being answered, and those that wait."""
        self._packet = Packet()
        """The one that the last key came in."""
        self._turn = 0
        """Number of the key that is being answered; messages of earlier ones are ignored."""
        self._target: DOMNode = self
        self._timeout: asyncio.TimerHandle | None = None
        self._unpainted = ExitStack()
        self._painted_at = 0.0
        """The time of the last paint between keys, or of the first key."""

    async def answer(self, key: InputEvent) -> None:
        """Hand ``key`` to the widget that has the focus, as long as there is a screen."""
        if not self.screen_stack:
            return
        move = WORD_MOVES.get(key.key) if isinstance(key, events.Key) else None
        if move is not None and isinstance(self.focused, Input):
            key = events.Key(move, None)
        await super().on_event(key)

    async def on_event(self, event: events.Event) -> None:
        """Queue a key until the one before it is answered.

        One that is still on its way while the program ends has no screen left, and is dropped.
        """
        if isinstance(event, InputEvent) and not self.screen_stack:
            return
        if not isinstance(event, InputEvent) or event.is_forwarded:
            await super().on_event(event)
            return
        # On a busy machine a packet is read in parts; then its first keys are still waiting.
        if not self._typed and event.time - self._packet.last_at > PACKET_GAP_S:
            self._packet = Packet()
        self._packet.key_count += 1
        self._packet.last_at = event.time
        self._typed.append(QueuedKey(event, self._packet))
        if len(self._typed) == 1:
            await self._go_on()

    @property
    def needs_whole_packet(self) -> bool:
        """Whether the next key must wait until all keys that came with it are counted."""
        return False

    @property
    def packet_key_count(self) -> int:
        """The number of keys in the packet of the one that is being answered."""
        return self._typed[0].packet.key_count if self._typed else 1

    def drop_keys_typed_ahead(self) -> None:
        """Ignore the keys that came together with the one that is being answered."""
        if self._typed:
            first, *others = self._typed
            kept = [key for key in others if key.packet is not first.packet]
            self._typed = deque([first, *kept])

    @on(KeysDropped)
    def _on_keys_dropped(self, event: KeysDropped) -> None:
        """Ignore what came with the dropped keys and still waits."""
        waiting = list(self._typed)[1:]
        self._typed = deque(list(self._typed)[:1])
        self.say_dropped(event.number + len(waiting))

    def say_dropped(self, number: int) -> None:
        """Show a notice that this many keys were ignored."""

    @property
    def _next_receiver(self) -> DOMNode:
        """The widget that gets the next key."""
        if not self.screen_stack:
            return self  # before the first screen, and while the program ends
        return self.focused or self.screen

    async def _go_on(self) -> None:
        self._painted_at = asyncio.get_running_loop().time()
        await self._answer_next()

    async def _answer_next(self) -> None:
        if self._is_put_off():
            return
        if not self._batch_count:
            # What one key changes in several widgets is painted at once, which takes fewer bytes.
            self._unpainted.enter_context(self.batch_update())
        self._target = target = self._next_receiver
        self._turn += 1
        self._timeout = self._check_later(KEY_TIMEOUT_S, self._turn, timed_out=True)
        await self.answer(self._typed[0].event)
        target.post_message(self.Answered(self._turn))

    def _is_put_off(self) -> bool:
        """Delay the next key until its packet is complete, if ``needs_whole_packet``."""
        rest_s = self._typed[0].packet.last_at + PACKET_GAP_S - get_time()
        if rest_s <= 0 or not self.needs_whole_packet:
            return False
        self._unpainted.close()
        asyncio.get_running_loop().call_later(rest_s, self.call_later, self._go_on)
        return True

    def _check_later(
        self, seconds: float, turn: int, *, timed_out: bool = False
    ) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        return loop.call_later(seconds, self.call_later, self._check_answered, turn, timed_out)

    @on(Answered)
    def _on_answered(self, event: Answered) -> None:
        """Check after what the key scheduled by ``call_later``, such as moving the focus."""
        self.call_later(self._check_answered, event.turn)

    async def _check_answered(self, turn: int, timed_out: bool = False) -> None:
        if turn != self._turn:
            return
        if self._is_busy() and not timed_out:
            self._check_later(POLL_INTERVAL_S, turn)
            return
        if self._timeout is not None:
            self._timeout.cancel()
        self._turn += 1
        self._typed.popleft()
        now = asyncio.get_running_loop().time()
        # If the focus has moved, the panes may have too; an action needs its row on the screen.
        is_laid_out = self._target is self._next_receiver
        if self._typed and is_laid_out and now - self._painted_at < REPAINT_INTERVAL_S:
            await self._answer_next()
        else:
            self._repaint()

    def _repaint(self) -> None:
        """Let the screen be painted, then continue with the keys that wait."""
        self._unpainted.close()
        if self.screen_stack:
            self.screen.check_idle()
        if self._typed:
            loop = asyncio.get_running_loop()
            loop.call_later(REPAINT_TIME_S, self.call_later, self._go_on)

    def _is_busy(self) -> bool:
        """Whether widgets still handle messages because of the key, as after Enter in a field."""
        return any(node.message_queue_size for node in self._target.ancestors_with_self[:-1])


def escape_key() -> events.Key:
    """The Escape key."""
    return events.Key("escape", "\x1b")


def split_escape(key: events.Key) -> events.Key | None:
    """Return the letter of a key with Alt, which may be Escape and a letter.

    Terminals send the same for both, and over a slow connection Escape and the next key often
    arrive together.
    """
    letter = key.character or ""
    is_alt = key.key.startswith("alt+") and letter.isprintable() and len(letter) == 1
    return plain_key(letter) if is_alt else None
