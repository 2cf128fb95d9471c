"""Saves messages and attachments in a folder of the user's, and reports the result."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from poptui.printable import printable_line
from poptui.storage.saving import SavingError
from poptui.text.format import count, size
from poptui.threads import run_detached

if TYPE_CHECKING:
    from poptui.mail.parsed_message import Part
    from poptui.mailbox.messages.saving import SavedFile
    from poptui.tui.reading.opened_messages import OpenedMessage

NOT_SEPARATE = "It is encoded together with other parts and cannot be saved by itself."


def default_folder(wanted: str) -> Path:
    """Return the folder to save in: the folder ``wanted``, else Downloads, else home."""
    if wanted:
        return folder_of(wanted)
    downloads = Path.home() / "Downloads"
    return downloads if downloads.is_dir() else Path.home()


def folder_of(words: str) -> Path:
    """Return the folder that the user typed; ``~`` is home."""
    path = Path(words.strip())
    with suppress(RuntimeError):
        path = path.expanduser()
    return path.absolute()


async def save_message(opened: OpenedMessage, folder: Path) -> str:
    """Save the message byte for byte; return a sentence about it. Raises SavingError."""
    from poptui.mailbox.messages.saving import save_eml

    saved = await run_detached(lambda: save_eml(opened.message, opened.parsed.header, folder))
    incomplete = opened.message.incomplete
    warning = f" ! The message is incomplete: {incomplete}." if incomplete else ""
    return _saved_sentence([saved]) + warning


async def save_attachments(opened: OpenedMessage, parts: Sequence[Part], folder: Path) -> str:
    """Save these parts; return a sentence about it, even if it failed."""
    from poptui.mailbox.messages.saving import save_parts

    within = [part for part in parts if part.reachable]
    if not within:
        return NOT_SEPARATE
    message = opened.message.reader()
    try:
        saved = await run_detached(lambda: save_parts(message, within, folder))
    except SavingError as fault:
        return str(fault)
    left = len(parts) - len(within)
    unsaved = f"{count(left)} could not be saved. {NOT_SEPARATE}" if left else ""
    return f"{_saved_sentence(saved)} {unsaved}"


def _saved_sentence(saved: Sequence[SavedFile]) -> str:
    """Return a sentence: where the files are, and warnings about opening them."""
    octets = size(sum(file.octets for file in saved))
    if len(saved) == 1:
        warnings = " ".join(f"! {warning}" for warning in saved[0].warnings)
        return f"Saved {octets} as {printable_line(str(saved[0].path))}. {warnings}".rstrip()
    doubtful = sum(bool(file.warnings) for file in saved)
    where = printable_line(str(saved[0].path.parent))
    warned = f" {count(doubtful)} of them with a warning." if doubtful else ""
    return f"Saved {count(len(saved))} files, {octets}, in {where}.{warned}"
