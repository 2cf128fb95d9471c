"""Actions on what speaks for and against a message, and on its sender."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from poptui.faults import Fault
from poptui.mail.lines import Line
from poptui.maildrop.entry import Entry
from poptui.maildrop.known_senders import Roll
from poptui.tui.screens.mail.panes import MailPanes
from poptui.tui.screens.why import WhyScreen, card

_ROLLS = {"friend": Roll.FRIENDS, "block": Roll.BLOCKLIST}


class Judging(MailPanes):
    """Keys that explain a score, and put senders on lists."""

    def notes(self, entry: Entry, brief: bool) -> Sequence[Line]:
        """What the card of a message says of its score; ``brief`` above its text."""
        appraisal = self._maildrop.appraisal
        reasons = appraisal.reasons(entry)
        return tuple(card(entry, reasons, appraisal.threshold, brief=brief))

    async def action_why(self) -> None:
        """Why its score is what it is."""
        if (entry := self.messages.entry) is not None:
            await self.poptui.ask(partial(self._explain, entry))

    async def _explain(self, entry: Entry) -> None:
        appraisal = self._maildrop.appraisal
        screen = WhyScreen(entry, appraisal.reasons(entry), appraisal.threshold)
        if roll := _ROLLS.get(await self.app.push_screen_wait(screen) or ""):
            self._turn_sender(roll, entry)

    def action_friend(self) -> None:
        """The sender to the friends, or off them."""
        self._turn_sender(Roll.FRIENDS, self.messages.entry)

    def action_block(self) -> None:
        """The sender to the blocklist, or off it."""
        self._turn_sender(Roll.BLOCKLIST, self.messages.entry)

    def _turn_sender(self, roll: Roll, entry: Entry | None) -> None:
        if entry is not None:
            self.poptui.background(self._turned(roll, entry), group="senders")

    async def _turned(self, roll: Roll, entry: Entry) -> None:
        try:
            self.say(await self._maildrop.turn_sender(roll, entry))
        except Fault as fault:
            self.say(str(fault), fault=True)
