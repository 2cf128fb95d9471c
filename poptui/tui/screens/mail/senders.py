"""Actions on what speaks for and against a message, and on its sender."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from poptui.errors import PoptuiError
from poptui.mail.lines import Line
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.scoring.sender_lists import SenderList
from poptui.tui.screens.mail.panes import MailPanes
from poptui.tui.screens.why import WhyScreen, card

_ROLLS = {"friend": SenderList.FRIENDS, "block": SenderList.BLOCKLIST}


class SenderActions(MailPanes):
    """Keys that explain a score, and put senders on lists."""

    def notes(self, entry: MessageEntry, brief: bool) -> Sequence[Line]:
        """What the card of a message says of its score; ``brief`` above its text."""
        appraisal = self._mailbox.appraisal
        reasons = appraisal.reasons(entry)
        return tuple(card(entry, reasons, appraisal.threshold, brief=brief))

    async def action_why(self) -> None:
        """Why its score is what it is."""
        if (entry := self.messages.entry) is not None:
            await self.poptui.ask(partial(self._explain, entry))

    async def _explain(self, entry: MessageEntry) -> None:
        appraisal = self._mailbox.appraisal
        screen = WhyScreen(entry, appraisal.reasons(entry), appraisal.threshold)
        if roll := _ROLLS.get(await self.app.push_screen_wait(screen) or ""):
            self._turn_sender(roll, entry)

    def action_friend(self) -> None:
        """The sender to the friends, or off them."""
        self._turn_sender(SenderList.FRIENDS, self.messages.entry)

    def action_block(self) -> None:
        """The sender to the blocklist, or off it."""
        self._turn_sender(SenderList.BLOCKLIST, self.messages.entry)

    def _turn_sender(self, roll: SenderList, entry: MessageEntry | None) -> None:
        if entry is not None:
            self.poptui.background(self._turned(roll, entry), group="senders")

    async def _turned(self, roll: SenderList, entry: MessageEntry) -> None:
        try:
            self.say(await self._mailbox.turn_sender(roll, entry))
        except PoptuiError as fault:
            self.say(str(fault), fault=True)

    def action_teach_spam(self) -> None:
        """Learn that the message under the cursor is spam."""
        self._teach(self.messages.entry, spam=True)

    def action_teach_wanted(self) -> None:
        """Learn that the message under the cursor is not spam."""
        self._teach(self.messages.entry, spam=False)

    def _teach(self, entry: MessageEntry | None, *, spam: bool) -> None:
        if entry is not None:
            self.poptui.background(self._taught(entry, spam), group="senders")

    async def _taught(self, entry: MessageEntry, spam: bool) -> None:
        """Say what was learned, and what takes it back."""
        if not await self._mailbox.teach([entry], spam):
            self.say("Nothing was learned: the message has no header or UID, or this is the demo.")
        elif trouble := self._mailbox.appraisal.trouble:
            self.say(trouble, fault=True)
        else:
            kind, other = ("spam", "H") if spam else ("not spam", "J")
            self.say(f"Learned as {kind}. {other} takes that back.")
