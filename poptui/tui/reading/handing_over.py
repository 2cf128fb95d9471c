"""Give a message to other programs: a reply to the mail program, attachments to a viewer, the text
to a pager.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

from poptui.environment import without_own
from poptui.errors import PoptuiError
from poptui.mail.encodings.encoded_words import decode_text
from poptui.mail.headers.from_address import decode_mailbox
from poptui.pop3.limits import MAX_HEADER_BYTES
from poptui.printable import printable, printable_line
from poptui.tui.reading.document import Document

if TYPE_CHECKING:
    from poptui.mail.parsed_message import Body, Part

MAX_QUOTED_LINES, MAX_QUOTED_CHARACTERS = 200, 8000
"""Limits for the quoted text of a reply: Linux allows 128 kB in one argument, and a character can
take 12 bytes of a URL."""
MAX_FIELD_CHARACTERS = 1000
"""Longer subjects and Message-IDs are cut."""
MAX_ADDRESS_CHARACTERS = 254
"""RFC 5321 section 4.5.3.1.3."""
DEFAULT_PAGER = "less"
_FOLDER = "poptui-open-"


def reply_url(header: bytes, body: Body) -> tuple[str, str]:
    """Return the address that a reply goes to, and a ``mailto:`` URL (RFC 6068) for the reply.

    Reply-To comes before From. The URL has subject, In-Reply-To and the quoted text; every
    character that could mean something is encoded. Without an address both are "".
    """
    from poptui.mail.headers.view import all_fields

    fields: dict[str, str] = {}
    for name, value in all_fields(header[:MAX_HEADER_BYTES]):
        fields.setdefault(name.lower(), value[:MAX_FIELD_CHARACTERS])
    address = _address(fields.get("reply-to", "")) or _address(fields.get("from", ""))
    if not address:
        return "", ""
    subject = fields.get("subject", "")
    if not subject.lower().startswith("re:"):
        subject = f"Re: {subject}".strip()
    values = {
        "subject": subject,
        "in-reply-to": fields.get("message-id", ""),
        "body": "\r\n".join(_quoted(fields, body)),
    }
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in values.items() if value)
    return address, f"mailto:{quote(address, safe='@')}?{query}"


def _address(value: str) -> str:
    found = decode_mailbox(value.encode("utf-8", "replace")).address
    usable = "@" in found and len(found) <= MAX_ADDRESS_CHARACTERS and not set(found) & set(' <>,"')
    return found if usable and found == printable_line(found) else ""


def _quoted(fields: dict[str, str], body: Body) -> Iterator[str]:
    """Yield a line with the author's name, then the text with ``>`` before each line."""
    lines = [line.text for line in body.lines]
    if not any(line.strip() for line in lines):
        return
    author = decode_text(fields.get("from", "").encode("utf-8", "replace"))
    yield f"{printable_line(author)} wrote:"
    room = MAX_QUOTED_CHARACTERS
    for line in lines[:MAX_QUOTED_LINES]:
        text = printable(line)[:room]
        room -= len(text)
        yield f">{text}" if text.startswith(">") else f"> {text}".rstrip()
        if not room:
            break
    if not room or len(lines) > MAX_QUOTED_LINES:
        yield "> [...]"


class OpenedFiles:
    """Attachments opened in other programs, in private folders that are removed with the program's
    end."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def write(self, message: BinaryIO, part: Part) -> Path:
        """Write ``part`` of ``message`` as a file that only the user can read. Raises SavingError.

        It blocks.
        """
        from poptui.mailbox.messages.saving import save_parts

        if self._folder is None:
            _remove_left_behind()
            self._folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
        # A folder for each, so that attachments of the same name keep it.
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        (saved,) = save_parts(message, [part], folder)
        return saved.path

    def remove(self) -> None:
        """Remove all files."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def _remove_left_behind() -> None:
    """Remove the files of runs that were killed; those of other users can't be removed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*-*"):
        with suppress(ValueError, OSError):
            owner = int(folder.name.removeprefix(_FOLDER).partition("-")[0])
            if folder.stat().st_uid == os.getuid() and not _is_running(owner):
                shutil.rmtree(folder, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class PagerError(PoptuiError):
    """The pager did not start."""


async def show_in_pager(
    document: Document, lend_terminal: Callable[[], AbstractContextManager[None]]
) -> None:
    """Show ``document`` in $PAGER until the pager ends. Raises PagerError.

    Only the user can read the file, and it is removed afterwards. The event loop goes on: the
    connection is kept, and nothing is painted.
    """
    command = _pager_command(os.environ)
    with tempfile.TemporaryDirectory(prefix="poptui-") as folder:
        file = Path(folder) / "message.txt"
        _write(document, file)
        with lend_terminal():
            try:
                pager = await asyncio.create_subprocess_exec(
                    *command, str(file), env=without_own(os.environ)
                )
            except OSError as error:
                sentence = f"{printable_line(command[0])} cannot be started: {error.strerror}."
                raise PagerError(f"{sentence} PAGER names another pager.") from None
            await pager.wait()


def _pager_command(environment: Mapping[str, str]) -> list[str]:
    try:
        words = shlex.split(environment.get("PAGER", ""))
    except ValueError:
        raise PagerError("The quotes in PAGER do not match.") from None
    return words or [DEFAULT_PAGER]


def _write(document: Document, file: Path) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    terminal = sys.__stdout__
    encoding, errors = (terminal.encoding, terminal.errors) if terminal else ("utf-8", None)
    with os.fdopen(descriptor, "w", encoding=encoding, errors=errors) as out:
        for index in range(len(document)):
            out.write(f"{document.line(index).text}\n")
