"""Saves and copies messages, attachments and links, opens them in other programs, and replies."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poptui.errors import PoptuiError
from poptui.mailbox.entry import MessageEntry
from poptui.pop3.limits import MAX_HEADER_BYTES
from poptui.printable import printable_line
from poptui.text.format import count
from poptui.threads import run_detached
from poptui.tui.host import Host
from poptui.tui.programs import run_program, with_argument
from poptui.tui.reading.handing_over import OpenedFiles, reply_url, show_in_pager
from poptui.tui.reading.links import (
    command_for,
    link_of,
    target_of,
)
from poptui.tui.reading.opened_messages import OpenedMessage
from poptui.tui.reading.saving import default_folder, folder_of, save_attachments, save_message
from poptui.tui.screens.mail.panes import Handlers, Panes
from poptui.tui.screens.mail.reader import DOWNLOADS, ReaderController

if TYPE_CHECKING:
    from poptui.mail.link import Link
    from poptui.mail.parsed_message import Part

NO_REPLY_COMMAND = "Set reply_command in config.toml to reply with a mail program."
NO_LINKS = "This message has no links."
NO_LINKS_YET = "No links in the part that is here. {open} downloads the rest."
NO_COMMAND = "Set open_link in config.toml to open links; {copy_link} copies."


class ExportController:
    """Saves the message in the viewer, copies from it, or passes it to other programs."""

    def __init__(self, panes: Panes, host: Host, reader: ReaderController) -> None:
        self._panes, self._host, self._reader = panes, host, reader
        self.opened_files = OpenedFiles()
        self._folder: Path | None = None
        """The folder of the last saved file."""

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
            "copy_text": self.copy_text,
            "reply": self.reply,
        }

    async def run_flow(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run ``work``, which asks the user something; show errors on the bottom line.

        Return once the question gets the keys: further keys that were typed at once belong to it,
        and in the list they could mark a message.
        """
        await self._host.dialogs.run_dialog(lambda: self._reporting(work()))

    async def _reporting(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except PoptuiError as error:
            self._host.say(str(error), is_error=True)

    # Files

    async def save(self) -> None:
        """Save the message under the cursor, byte for byte."""
        if (entry := self._panes.messages.entry) is not None:
            await self.run_flow(partial(self._save, entry))

    async def _save(self, entry: MessageEntry) -> None:
        answer = await self._panes.ask("Save to folder:", str(self.folder))
        if not (answer and answer.strip()):
            return
        folder = self._folder = folder_of(answer)
        work = self._reporting(self._save_in(entry, folder))
        self._host.background(work, group=DOWNLOADS)

    async def _save_in(self, entry: MessageEntry, folder: Path) -> None:
        if (opened := await self._reader.whole(entry)) is not None:
            self._host.say(await save_message(opened, folder))

    async def list_attachments(self) -> None:
        """List the attachments; the message is downloaded if it is not here."""
        if (entry := self._panes.messages.entry) is None:
            return
        if (opened := self._reader.whole_if_downloaded(entry)) is not None:
            await self._list_if_any(opened)
            return
        # Meanwhile the list has the keys, and those typed for the dialog could mark a message.
        self._host.drop_keys_typed_ahead()
        self._host.background(self._fetch_and_list(entry), group=DOWNLOADS)

    async def _fetch_and_list(self, entry: MessageEntry) -> None:
        opened = await self._reader.whole(entry)
        if opened is not None and entry is self._panes.messages.entry:
            await self._list_if_any(opened)

    async def _list_if_any(self, opened: OpenedMessage) -> None:
        if opened.parsed.attachments:
            await self.run_flow(partial(self._list_attachments, opened))
        else:
            self._host.say("This message has no attachments.")

    async def _list_attachments(self, opened: OpenedMessage) -> None:
        async def save(parts: Sequence[Part], folder: Path) -> str:
            self._folder = folder
            return await save_attachments(opened, parts, folder)

        opener = self._host.settings.open_attachment
        from poptui.tui.screens.attachments import AttachmentsScreen

        screen = AttachmentsScreen(opened.parsed.attachments, self.folder, save, opener=opener)
        choice = await self._host.dialog(screen)
        if choice is None:
            return
        if choice.outside:
            await self._open_outside(opened, choice.part)
        else:
            self._panes.focus_viewer()
            await self._reader.loader.open_enclosed(choice.part)

    async def _open_outside(self, opened: OpenedMessage, part: Part) -> None:
        """Write an attachment to a private folder and open it; ask first if there are warnings."""
        settings = self._host.settings
        command = settings.open_attachment
        name = printable_line(part.name) or "the attachment"
        if part.warnings:
            text = "\n".join(printable_line(warning) for warning in part.warnings)
            opens = f"Open it with {printable_line(command)}"
            if not await self._confirmed(f"Open {name}?", opens, text):
                return
        message = opened.message.reader()
        path = await run_detached(lambda: self.opened_files.write(message, part))
        words = with_argument(command, str(path))
        if not settings.attachment_in_terminal:
            self._host.say(f"Opening {name}; its file is removed when poptui ends")
        await self._run(words, in_terminal=settings.attachment_in_terminal)

    async def show_in_pager(self) -> None:
        """Show the viewer's text in the user's pager."""
        if self._reader.ready() is not None:
            document = self._panes.viewer.page_shown.document
            await self.run_flow(partial(show_in_pager, document, self._host.lend_terminal))

    # Links

    async def copy_link(self) -> None:
        """Copy the selected text, or the target of a link, which is asked for by its number."""
        if text := self._panes.viewer.selected:
            await self.run_flow(partial(self._copy_selected, text))
        elif self._has_links():
            await self.run_flow(self._copy_link)

    async def _copy_link(self) -> None:
        from poptui.tui.flows.clipboard import copy_text

        if (link := await self._ask_link("Copy link number:")) is not None:
            target = target_of(link)
            if await copy_text(self._host, target):
                self._host.say(f"Copied: {target}")
            else:
                self._host.say(f"If it is not on the clipboard, select it: {target}")

    async def _copy_selected(self, text: str) -> None:
        """Copy what the mouse selected, which is printable."""
        from poptui.tui.flows.clipboard import MAX_COPIED_CHARACTERS, copy_text

        surely = await copy_text(self._host, text[:MAX_COPIED_CHARACTERS])
        some = (
            f" Only {count(MAX_COPIED_CHARACTERS)} characters of it."
            if len(text) > MAX_COPIED_CHARACTERS
            else ""
        )
        doubt = "" if surely else " This terminal may not take it; copy_command names a program."
        self._host.say(f"Copied the selected text.{some}{doubt}")

    async def copy_text(self) -> None:
        """Copy all of the text that the viewer shows."""
        if self._reader.ready() is not None:
            await self.run_flow(self._copy_text)

    async def _copy_text(self) -> None:
        from poptui.tui.flows.clipboard import MAX_COPIED_CHARACTERS, copy_text

        document = self._panes.viewer.page_shown.document
        lines, length = list[str](), 0
        for index in range(len(document)):
            line = document.line(index).text
            length += len(line) + 1
            if length > MAX_COPIED_CHARACTERS:
                break
            lines.append(line)
        surely = await copy_text(self._host, "\n".join(lines))
        some = "" if len(lines) == len(document) else f" The first {len(lines):,} lines only."
        doubt = "" if surely else " This terminal may not take it; copy_command names a program."
        self._host.say(f"Copied the text.{some}{doubt}")

    # Replies

    async def reply(self) -> None:
        """Start a reply in the user's mail program, after showing its recipient."""
        if not self._host.settings.reply_command:
            self._host.say(NO_REPLY_COMMAND)
        elif (opened := self._reader.ready()) is not None:
            await self.run_flow(partial(self._reply, opened))

    async def _reply(self, opened: OpenedMessage) -> None:
        settings = self._host.settings
        header = opened.message.reader()
        block = await run_detached(lambda: header.read(MAX_HEADER_BYTES))
        address, url = reply_url(block, opened.body)
        if not address:
            self._host.say("This message names no address to reply to.")
            return
        writes = f"Write it with {printable_line(settings.reply_command)}"
        if not await self._confirmed(f"Reply to {printable_line(address)}?", writes):
            return
        words = with_argument(settings.reply_command, url)
        await self._run(words, in_terminal=settings.reply_in_terminal)

    async def open_link(self) -> None:
        """Open a link with the user's command, after showing its target."""
        if not self._host.settings.open_link:
            self._host.say(self._host.keymap.filled(NO_COMMAND))
        elif self._has_links():
            await self.run_flow(self._open_link)

    async def _open_link(self) -> None:
        if (link := await self._ask_link("Open link number:")) is None:
            return
        settings = self._host.settings
        target, command = target_of(link), settings.open_link
        words = command_for(command, target)
        text = "\n".join(filter(None, (target, printable_line(link.warning))))
        opens = f"Open it with {printable_line(command)}"
        if not await self._confirmed("Open this link?", opens, text):
            return
        if not settings.link_in_terminal:
            self._host.say(f"Opening: {target}")
        await self._run(words, in_terminal=settings.link_in_terminal)

    async def _run(self, words: list[str], *, in_terminal: bool) -> None:
        """Run a program of the user's: in the terminal until it ends, otherwise beside poptui.

        Raises UsageError if it can't be started in the terminal.
        """
        if in_terminal:
            with self._host.lend_terminal():
                await run_program(words, in_terminal=True)
        else:
            self._host.background(self._reporting(run_program(words)), group="program")

    async def _confirmed(self, title: str, yes: str, text: str = "") -> bool:
        """Ask a question whose one answer but Cancel is ``yes``."""
        from poptui.tui.screens.choice import CANCEL, Choice, ChoiceScreen

        question = ChoiceScreen(title, (), (Choice("yes", "y", yes), CANCEL), text=text)
        return await self._host.dialog(question) == "yes"

    def _has_links(self) -> bool:
        opened = self._reader.ready()
        if opened is None:
            return False
        if not opened.body.links:
            none = NO_LINKS if opened.is_complete else NO_LINKS_YET
            self._host.say(self._host.keymap.filled(none))
        return bool(opened.body.links)

    async def _ask_link(self, label: str) -> Link | None:
        opened = self._reader.loader.opened
        only = "1" if opened and len(opened.body.links) == 1 else ""
        answer = await self._panes.ask(label, only)
        return link_of(opened.body, answer) if opened and answer and answer.strip() else None
