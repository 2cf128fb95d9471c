"""Actions that take the message, or parts of it, elsewhere: to files, to a pager."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poptui.errors import PoptuiError
from poptui.mailbox.entry import MessageEntry
from poptui.tui.reading.opened_messages import OpenedMessage
from poptui.tui.reading.pager import page_out
from poptui.tui.reading.saving import default_folder, folder_of, save_attachments, save_message
from poptui.tui.screens.mail.reader import NOTHING_OPEN, Reader

if TYPE_CHECKING:
    from poptui.mail.reading import Part


class Saving(Reader):
    """Keys that save, and the pager."""

    _folder: Path | None = None
    """Where something was saved last."""

    @property
    def folder(self) -> Path:
        """Where the next file goes if the user does not say otherwise."""
        return self._folder or default_folder(self.poptui.settings.save_dir)

    def in_flow(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run ``work``, which asks something; its fault is told on the bottom line."""
        self.poptui.alone(lambda: self.told(work()))

    async def told(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work``; its fault is told on the bottom line."""
        try:
            await work
        except PoptuiError as fault:
            self.say(str(fault), fault=True)

    def action_save(self) -> None:
        """Save the message, byte for byte."""
        if (entry := self.messages.entry) is not None:
            self.in_flow(partial(self._save, entry))

    async def _save(self, entry: MessageEntry) -> None:
        answer = await self.question.ask("Save to folder:", str(self.folder))
        if not (answer and answer.strip()):
            return
        self._folder = folder_of(answer)
        self.poptui.background(self.told(self._save_in(entry, self._folder)), group="open")

    async def _save_in(self, entry: MessageEntry, folder: Path) -> None:
        if (opened := await self.whole(entry)) is not None:
            self.say(await save_message(opened, folder))

    def action_attachments(self) -> None:
        """List what is attached; the message is fetched if it is not here."""
        if (entry := self.messages.entry) is not None:
            self.poptui.background(self._fetch_then_list(entry), group="open")

    async def _fetch_then_list(self, entry: MessageEntry) -> None:
        opened = await self.whole(entry)
        if opened is None or entry is not self.messages.entry:
            return
        if opened.reading.attachments:
            self.in_flow(partial(self._list, opened))
        else:
            self.say("This message has no attachments.")

    async def _list(self, opened: OpenedMessage) -> None:
        from poptui.tui.screens.attachments import AttachmentsScreen

        async def save(parts: Sequence[Part], folder: Path) -> str:
            self._folder = folder
            return await save_attachments(opened, parts, folder)

        screen = AttachmentsScreen(opened.reading.attachments, self.folder, save)
        part = await self.app.push_screen_wait(screen)
        if part is not None:
            self.focus_pane(self.viewer)
            await self._opening.enter(part)

    def action_pager(self) -> None:
        """What the viewer shows, in the user's pager."""
        if self._opening.opened is None:
            self.say(NOTHING_OPEN)
        else:
            document = self.viewer.page_shown.document
            self.in_flow(partial(page_out, document, self.poptui.suspending))
