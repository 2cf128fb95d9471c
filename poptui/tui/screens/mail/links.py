"""Actions on the links of the message: copied, or opened by a command that the user named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from poptui.printable import printable_line
from poptui.tui.reading.links import (
    command_for,
    link_of,
    run_command,
    takes_clipboard,
    target_of,
    to_clipboard,
)
from poptui.tui.screens.mail.reader import NOTHING_OPEN
from poptui.tui.screens.mail.saving import Saving

if TYPE_CHECKING:
    from poptui.mail.link import Link

NO_COMMAND = "Links open only by a command of yours: open_link in the configuration; y copies."


class Links(Saving):
    """Keys that ask for the number of a link."""

    def action_copy_link(self) -> None:
        """Copy where a link leads."""
        if self._has_links():
            self.in_flow(self._copy)

    async def _copy(self) -> None:
        if (link := await self._asked("Copy link number:")) is not None:
            target = target_of(link)
            self.poptui.send(to_clipboard(target))
            if takes_clipboard(os.environ):
                self.say(f"copied: {target}")
            else:
                self.say(f"if it is not on the clipboard, select it: {target}")

    def action_open_link(self) -> None:
        """Open a link, after its target was shown."""
        if not self.poptui.settings.open_link:
            self.say(NO_COMMAND)
        elif self._has_links():
            self.in_flow(self._open)

    async def _open(self) -> None:
        from poptui.tui.screens.choice import CANCEL, Choice, ChoiceScreen

        if (link := await self._asked("Open link number:")) is None:
            return
        target, wanted = target_of(link), self.poptui.settings.open_link
        words = command_for(wanted, target)
        title = "\n".join(filter(None, (target, printable_line(link.warning), "Open this link?")))
        choices = (Choice("yes", "y", f"Open it with {printable_line(wanted)}"), CANCEL)
        if await self.app.push_screen_wait(ChoiceScreen(title, (), choices)) == "yes":
            self.say(f"opening: {target}")
            self.poptui.background(self.told(run_command(words)), group="browser")

    def _has_links(self) -> bool:
        opened = self._opening.opened
        if opened is None:
            self.say(NOTHING_OPEN)
        elif not opened.body.links:
            self.say("This message has no links.")
        return opened is not None and bool(opened.body.links)

    async def _asked(self, label: str) -> Link | None:
        opened = self._opening.opened
        only = "1" if opened and len(opened.body.links) == 1 else ""
        answer = await self.question.ask(label, only)
        return link_of(opened.body, answer) if opened and answer and answer.strip() else None
