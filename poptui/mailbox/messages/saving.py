"""Save messages and attachments to files, for ``S``, ``a`` and ``poptui save``. All calls block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from poptui.mail.headers.header import Header
from poptui.mail.mime.transfer_decoding import CHUNK_BYTES, contents
from poptui.mail.parsed_message import Part
from poptui.mailbox.messages.spool import SpooledMessage
from poptui.storage.saving import file_name, folder, split

_ENDINGS = {
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "text/csv": ".csv",
}
"""The ending of a part without a name, by type; ``.bin`` for all other types."""


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file that was written."""

    path: Path
    octets: int
    warnings: tuple[str, ...] = ()
    """Sentences that say why it may be dangerous to open."""


def save_eml(spooled: SpooledMessage, header: Header | None, path: Path) -> SavedFile:
    """Save a message byte for byte as a new ``.eml`` file in the folder ``path``.

    Raises SavingError.
    """
    with folder(path) as target:
        name = target.save(eml_name(header), _pieces(spooled.reader()))
    return SavedFile(path / name, spooled.octets)


def save_parts(message: BinaryIO, parts: Iterable[Part], path: Path) -> list[SavedFile]:
    """Save ``parts`` of ``message``, decoded, as new files in the folder ``path``.

    Raises SavingError at the first that can't be written; the files before it stay.
    """
    with folder(path) as target:
        return [
            SavedFile(
                path / target.save(part_name(part, number), contents(message, part)),
                part.octets,
                part.warnings,
            )
            for number, part in enumerate(parts, start=1)
        ]


def eml_name(header: Header | None) -> str:
    """Return the name of a message's file, such as ``2024-05-17 The subject.eml``."""
    date = f"{header.date:%Y-%m-%d} " if header and header.date else ""
    subject = header.subject if header else ""
    return file_name(f"{date}{subject.strip() or 'message'}.eml", "message.eml")


def part_name(part: Part, number: int) -> str:
    """Return the name of a part's file: the sender's, sanitized, with an ending if it has none."""
    ending = _ENDINGS.get(part.declared) or _ENDINGS.get(part.actual, ".bin")
    name = file_name(part.name, f"part-{number}")
    whole = part.is_message and not name.lower().endswith(".eml")
    return file_name(name + ending, name) if whole or not split(name)[1] else name


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK_BYTES), b"")
