"""Taking a message, or parts of it, elsewhere: files, attachments, the pager, links."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poptui.errors import PoptuiError
from poptui.mailbox.entry import MessageEntry
from poptui.printable import printable_line
from poptui.tui.host import Host
from poptui.tui.programs import copy_by_command, run_program
from poptui.tui.reading.links import (
    command_for,
    link_of,
    takes_clipboard,
    target_of,
    to_clipboard,
)
from poptui.tui.reading.opened_messages import OpenedMessage
from poptui.tui.reading.pager import show_in_pager
from poptui.tui.reading.saving import default_folder, folder_of, save_attachments, save_message
from poptui.tui.screens.attachments import AttachmentsScreen
from poptui.tui.screens.choice import CANCEL, Choice, ChoiceScreen
from poptui.tui.screens.mail.panes import Handlers, Panes
from poptui.tui.screens.mail.reader import DOWNLOADS, NOT_OPEN, ReaderController

if TYPE_CHECKING:
    from poptui.mail.link import Link
    from poptui.mail.parsed_message import Part

NO_COMMAND = "Set open_link in config.toml to open links; y copies."


class ExportController:
    """Saves, copies and hands over what the reader shows."""

    def __init__(self, panes: Panes, host: Host, reader: ReaderController) -> None:
        self._panes, self._host, self._reader = panes, host, reader
        self._folder: Path | None = None
        """Where something was saved last."""

    @property
    def folder(self) -> Path:
        """The folder that is offered for the next file."""
        return self._folder or default_folder(self._host.settings.save_dir)

    @property
    def handlers(self) -> Handlers:
        """The actions that are answered here."""
        return {
            "save": self.save,
            "attachments": self.list_attachments,
            "pager": self.show_in_pager,
            "copy_link": self.copy_link,
            "open_link": self.open_link,
        }

    def run_flow(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run ``work``, which asks the user something; an error is told on the bottom line."""
        self._host.dialogs.run_exclusive(lambda: self._reporting(work()))

    async def _reporting(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except PoptuiError as error:
            self._host.say(str(error), is_error=True)

    # Files

    def save(self) -> None:
        """Save the message under the cursor, byte for byte."""
        if (entry := self._panes.messages.entry) is not None:
            self.run_flow(partial(self._save, entry))

    async def _save(self, entry: MessageEntry) -> None:
        answer = await self._panes.question.ask("Save to folder:", str(self.folder))
        if not (answer and answer.strip()):
            return
        folder = self._folder = folder_of(answer)
        work = self._reporting(self._save_in(entry, folder))
        self._host.background(work, group=DOWNLOADS)

    async def _save_in(self, entry: MessageEntry, folder: Path) -> None:
        if (opened := await self._reader.whole(entry)) is not None:
            self._host.say(await save_message(opened, folder))

    def list_attachments(self) -> None:
        """List the attachments; the message is downloaded if it is not here."""
        if (entry := self._panes.messages.entry) is not None:
            self._host.background(self._fetch_and_list(entry), group=DOWNLOADS)

    async def _fetch_and_list(self, entry: MessageEntry) -> None:
        opened = await self._reader.whole(entry)
        if opened is None or entry is not self._panes.messages.entry:
            return
        if opened.parsed.attachments:
            self.run_flow(partial(self._list_attachments, opened))
        else:
            self._host.say("This message has no attachments.")

    async def _list_attachments(self, opened: OpenedMessage) -> None:
        async def save(parts: Sequence[Part], folder: Path) -> str:
            self._folder = folder
            return await save_attachments(opened, parts, folder)

        screen = AttachmentsScreen(opened.parsed.attachments, self.folder, save)
        if (part := await self._host.dialog(screen)) is not None:
            self._panes.focus_viewer()
            await self._reader.loader.enter(part)

    def show_in_pager(self) -> None:
        """Show what the viewer shows in the user's pager."""
        if self._reader.loader.opened is None:
            self._host.say(NOT_OPEN)
        else:
            document = self._panes.viewer.page_shown.document
            self.run_flow(partial(show_in_pager, document, self._host.lend_terminal))

    # Links

    def copy_link(self) -> None:
        """Copy the target of a link, which is asked for by its number."""
        if self._has_links():
            self.run_flow(self._copy_link)

    async def _copy_link(self) -> None:
        if (link := await self._ask_link("Copy link number:")) is not None:
            target = target_of(link)
            command = self._host.settings.copy_command
            knows_osc_52 = takes_clipboard(os.environ)
            if knows_osc_52 or not command:
                self._host.write_control(to_clipboard(target))
            else:
                await copy_by_command(command, target)
            if knows_osc_52 or command:
                self._host.say(f"copied: {target}")
            else:
                self._host.say(f"if it is not on the clipboard, select it: {target}")

    def open_link(self) -> None:
        """Open a link with the user's command, after showing its target."""
        if not self._host.settings.open_link:
            self._host.say(NO_COMMAND)
        elif self._has_links():
            self.run_flow(self._open_link)

    async def _open_link(self) -> None:
        if (link := await self._ask_link("Open link number:")) is None:
            return
        target, command = target_of(link), self._host.settings.open_link
        words = command_for(command, target)
        said = "\n".join(filter(None, (target, printable_line(link.warning))))
        choices = (Choice("yes", "y", f"Open it with {printable_line(command)}"), CANCEL)
        if (
            await self._host.dialog(ChoiceScreen("Open this link?", (), choices, said=said))
            == "yes"
        ):
            self._host.say(f"opening: {target}")
            self._host.background(self._reporting(run_program(words)), group="browser")

    def _has_links(self) -> bool:
        opened = self._reader.loader.opened
        if opened is None:
            self._host.say(NOT_OPEN)
        elif not opened.body.links:
            self._host.say("This message has no links.")
        return opened is not None and bool(opened.body.links)

    async def _ask_link(self, label: str) -> Link | None:
        opened = self._reader.loader.opened
        only = "1" if opened and len(opened.body.links) == 1 else ""
        answer = await self._panes.question.ask(label, only)
        return link_of(opened.body, answer) if opened and answer and answer.strip() else None
