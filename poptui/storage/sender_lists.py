"""Lists of senders, one address per line, that poptui writes and the user may edit.

``friends.txt`` and ``blocklist.txt`` lie beside the configuration file. Comments and lines that
poptui doesn't understand are preserved.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from poptui.errors import UsageError
from poptui.storage.atomic_write import only_writer, replace_file
from poptui.storage.toml_reader import shown

MAX_FILE_BYTES = 4 * 1024 * 1024
"""A larger file is refused; this is enough for about 100,000 addresses."""


class SendersFile:
    """One list in its file. Calls block."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> list[str]:
        """The entries, without comments and blank lines. Raises UsageError."""
        return [entry for line in self._lines() if (entry := _entry(line))]

    def add(self, entries: Iterable[str]) -> list[str]:
        """Append the entries that are not in it yet, and return those. Raises UsageError."""
        with only_writer(self.path):
            lines = self._lines()
            existing = {_entry(line).lower() for line in lines}
            new = [entry for entry in dict.fromkeys(entries) if entry.lower() not in existing]
            if new:
                self._write([*lines, *new])
        return new

    def remove(self, entries: Iterable[str]) -> list[str]:
        """Remove entries, and return those that were in it. Raises UsageError."""
        unwanted = {entry.lower() for entry in entries}
        with only_writer(self.path):
            lines = self._lines()
            kept = [line for line in lines if _entry(line).lower() not in unwanted]
            if len(kept) < len(lines):
                self._write(kept)
        gone = {_entry(line).lower() for line in lines} & unwanted
        return sorted(gone)

    def _lines(self) -> list[str]:
        try:
            with self.path.open("rb") as file:
                octets = file.read(MAX_FILE_BYTES + 1)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UsageError(f"{shown(self.path)} cannot be read: {error.strerror}.") from None
        if len(octets) > MAX_FILE_BYTES:
            raise UsageError(f"{shown(self.path)} is too large for a list of addresses.")
        try:
            return octets.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise UsageError(f"{shown(self.path)} is not UTF-8 text.") from None

    def _write(self, lines: list[str]) -> None:
        replace_file(self.path, "".join(f"{line}\n" for line in lines).encode())


def _entry(line: str) -> str:
    """Return the address on a line, without a comment."""
    return line.partition("#")[0].strip()


def friends_file(config_path: Path) -> SendersFile:
    """Return the list of friends beside the configuration file."""
    return SendersFile(config_path.parent / "friends.txt")


def blocklist_file(config_path: Path) -> SendersFile:
    """Return the list of blocked senders beside the configuration file."""
    return SendersFile(config_path.parent / "blocklist.txt")
