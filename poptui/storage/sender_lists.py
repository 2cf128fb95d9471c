"""Files of senders, one address a line, that the program writes and the user may edit.

``friends.txt`` and ``blocklist.txt`` beside the configuration file. What is not understood, and
all comments, stay as they are.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from poptui.errors import UsageError
from poptui.storage.toml_reader import shown

LARGEST = 4 * 1024 * 1024
"""Octets of a file that are read: some hundred thousand addresses."""


class SendersFile:
    """One such file. Its calls block."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> list[str]:
        """The entries, without comments and blank lines. Raises UsageError."""
        return [entry for line in self._lines() if (entry := _entry(line))]

    def add(self, entries: Iterable[str]) -> list[str]:
        """Append the entries that are not in it yet, and return those. Raises UsageError."""
        lines = self._lines()
        there = {_entry(line).lower() for line in lines}
        new = [entry for entry in dict.fromkeys(entries) if entry.lower() not in there]
        if new:
            self._write([*lines, *new])
        return new

    def remove(self, entries: Iterable[str]) -> list[str]:
        """Remove entries, and return those that were in it. Raises UsageError."""
        lines, unwanted = self._lines(), {entry.lower() for entry in entries}
        kept = [line for line in lines if _entry(line).lower() not in unwanted]
        if len(kept) < len(lines):
            self._write(kept)
        gone = {_entry(line).lower() for line in lines} & unwanted
        return sorted(gone)

    def _lines(self) -> list[str]:
        try:
            with self.path.open("rb") as file:
                octets = file.read(LARGEST + 1)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UsageError(f"{shown(self.path)} cannot be read: {error.strerror}.") from None
        if len(octets) > LARGEST:
            raise UsageError(f"{shown(self.path)} is too large for a list of addresses.")
        try:
            return octets.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise UsageError(f"{shown(self.path)} is not UTF-8 text.") from None

    def _write(self, lines: list[str]) -> None:
        """All or nothing: beside the old file, then in its place."""
        import tempfile

        target = self.path.resolve()
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.writelines(f"{line}\n" for line in lines)
                    file.flush()
                    os.fsync(file.fileno())
                Path(draft).replace(target)
            except BaseException:
                with suppress(OSError):
                    Path(draft).unlink()
                raise
        except OSError as error:
            raise UsageError(f"{shown(self.path)} cannot be written: {error.strerror}.") from None


def _entry(line: str) -> str:
    """The address on a line, without the comment behind it."""
    return line.partition("#")[0].strip()


def friends_file(config_path: Path) -> SendersFile:
    """The friends, beside the configuration."""
    return SendersFile(config_path.parent / "friends.txt")


def blocklist_file(config_path: Path) -> SendersFile:
    """Who is blocked, beside the configuration."""
    return SendersFile(config_path.parent / "blocklist.txt")
