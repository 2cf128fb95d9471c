"""Decides what gets a key, a click or a paste, and ignores those not meant for the screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

from textual import events
from textual.screen import Screen
from textual.widgets import Input

from poptui.printable import printable_line
from poptui.text.format import count
from poptui.tui.actions.action import Action
from poptui.tui.actions.bindings import KeySequence, SequenceStep, pressed_key
from poptui.tui.actions.keys import shown_key
from poptui.tui.host import Host
from poptui.tui.screens.mail.screen import MailScreen
from poptui.tui.serial_input import (
    WORD_MOVES,
    InputEvent,
    SerialInputApp,
    escape_key,
    split_escape,
)

if TYPE_CHECKING:
    from poptui.tui.screens.dialog import Dialog


class KeyRouter:
    """Takes keys one at a time, before Textual looks for bindings."""

    def __init__(
        self,
        app: SerialInputApp[Any],
        host: Host,
        mail: MailScreen,
        *,
        touch: Callable[[], None],
        act: Callable[[Action], Awaitable[None]],
        pass_on: Callable[[InputEvent], Awaitable[None]],
    ) -> None:
        """``app`` has the screens and the focus.

        ``touch`` is called with each input, ``act`` carries out the action of a sequence of keys,
        and ``pass_on`` gives a key to the widget that has the focus.
        """
        self._app, self._host, self._mail = app, host, mail
        self._touch, self._act, self._pass_on = touch, act, pass_on
        self.sequence = KeySequence(host.keymap)

    @property
    def _screen(self) -> Screen[Any] | None:
        """The screen that has the keys; None while the program starts or ends."""
        return self._app.screen if self._app.screen_stack else None

    @property
    def dialog(self) -> Dialog[Any] | None:
        """The dialog that has the keys; all screens but the mailbox's are dialogs."""
        screen = self._screen
        return None if screen is self._mail else cast("Dialog[Any] | None", screen)

    @property
    def _takes_keymap(self) -> bool:
        """Whether keys go to the list or the viewer, and not to a dialog or into a text."""
        return self._screen is self._mail and self._mail.takes_sequences

    async def answer(self, key: InputEvent) -> None:
        """Clear the last notice, then pass the key on."""
        if not self.accepts(key) or self._is_pasted_answer():
            return
        key = key if isinstance(key, events.Paste) else self._as_dialog_move(key)
        if isinstance(key, events.Key) and (letter := self._split_escape(key)):
            await self._escape_then(letter)
            return
        held_result = self._mail.is_mounted and self._mail.panes.key_bar.holds
        if self._mail.is_mounted:
            self._mail.panes.key_bar.release()
        if isinstance(key, events.Paste):
            key = self._cut_to_field(key)
        if not await self._follow_sequence(key):
            await self._pass_on(key)
        if held_result:
            self._host.dialogs.run_next()

    def accepts(self, event: events.Event) -> bool:
        """Note that the user is active; return whether they can have read the screen."""
        self._touch()
        dialog = self.dialog
        return dialog is None or dialog.accepts(event)

    # Text that was pasted

    @property
    def needs_whole_packet(self) -> bool:
        """Whether to wait for the whole packet, to see if the answer is pasted text."""
        return self.dialog is not None and self.dialog.MAX_TYPED_AHEAD_KEYS is not None

    def _is_pasted_answer(self) -> bool:
        """Whether a question would be answered by text that was pasted into the terminal.

        A terminal without bracketed paste sends it like keys, and “please quit, come back” has
        both the q and the c. A few keys typed ahead over a slow connection are an answer.
        """
        dialog = self.dialog
        if dialog is None or dialog.MAX_TYPED_AHEAD_KEYS is None:
            return False
        if self._app.packet_key_count <= dialog.MAX_TYPED_AHEAD_KEYS:
            return False
        dialog.say("Pasted text is no answer")
        return True

    def _cut_to_field(self, paste: events.Paste) -> events.Paste:
        """Cut pasted text to what the field takes, which would drop all of it, and say so."""
        field = self._app.focused
        if not isinstance(field, Input) or not field.max_length or hasattr(field, "on_paste"):
            return paste  # the last one cuts it itself
        line, room = paste.text.partition("\n")[0], max(0, field.max_length - len(field.value))
        if len(line) <= room:
            return paste
        sentence = f"The pasted text is cut to {count(room)} characters."
        (self.dialog or self._host).say(sentence)
        return events.Paste(line[:room])

    # Keys of the keymap

    def _as_dialog_move(self, key: events.Key) -> events.Key:
        """In a dialog, translate the keymap's moving keys with Ctrl or Alt."""
        screen = self._screen
        if screen is None or screen is self._mail:
            return key
        plain = self._host.keymap.dialog_moves.get(key.key)
        return (
            key if plain is None or key.key in screen.active_bindings else events.Key(plain, None)
        )

    async def _follow_sequence(self, key: InputEvent) -> bool:
        """Act when a sequence of keys is complete; return whether ``key`` is part of one."""
        if isinstance(key, events.Paste) or not self._takes_keymap:
            self.end_sequence()
            return False
        step, shown = self.sequence.press(pressed_key(key))
        if step is SequenceStep.NONE:
            return False
        self._mail.panes.key_bar.show_sequence(self.sequence.pressed)
        if step is SequenceStep.COMPLETE and self.sequence.action is not None:
            await self._act(self.sequence.action)
        elif step is SequenceStep.UNKNOWN:
            self._mail.say_unknown(printable_line(shown))
        return True

    def end_sequence(self) -> None:
        """Forget the keys of a sequence that is not complete."""
        if self.sequence.cancel() and self._mail.is_mounted:
            self._mail.panes.key_bar.show_sequence(())

    def _split_escape(self, key: events.Key) -> events.Key | None:
        """Return the letter if a key with Alt stands for Escape and a letter."""
        is_own = self._takes_keymap and self._host.keymap.uses(pressed_key(key))
        is_own = is_own or (key.key in WORD_MOVES and isinstance(self._app.focused, Input))
        return None if is_own else split_escape(key)

    async def _escape_then(self, letter: events.Key) -> None:
        """Answer Escape, then ``letter``; in a dialog Escape only, which closes it."""
        if self._screen is self._mail:
            if self.sequence.pressed:
                self.end_sequence()
            elif self._mail.is_mounted:  # there is no screen yet
                self._mail.back()
            await self.answer(letter)
        else:
            await self.answer(escape_key())

    def say_unanswered(self, key: events.Key) -> None:
        """Show a notice that a key does nothing, unless a widget handles it."""
        screen = self._screen
        if screen is None or key.key in screen.active_bindings:
            return
        character = key.character if key.is_printable else None
        shown = printable_line(character or shown_key(key.key))
        (self.dialog or self._mail).say_unknown(shown)
