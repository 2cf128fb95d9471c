"""Replace small files as a whole: a crash leaves the old content or the new one.

They are the user's files, and JSON files beside the header cache, on which nothing depends.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from poptui.errors import UsageError
from poptui.storage.locks import EXCLUSIVE, FileUnavailableError, acquire, make_folder
from poptui.storage.toml_reader import shown

MAX_WAIT_S = 5.0
"""Maximum wait for another poptui that changes the same file."""

MAX_JSON_BYTES = 262_144
"""A larger file was not written by poptui."""


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Keep other poptui processes from changing ``path`` during the block. Raises UsageError.

    The folder is locked, so that no lock file stays in it.
    """
    try:
        folder = path.resolve().parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (OSError, RuntimeError) as error:
        raise _cannot_write(path, error) from None
    try:
        with suppress(OSError):  # some network file systems have no locks
            acquire(lock, EXCLUSIVE, max_wait_s=MAX_WAIT_S)
        yield
    except FileUnavailableError:
        raise UsageError(f"{shown(path)} is being changed by another poptui. Try again.") from None
    finally:
        os.close(lock)


def replace_file(path: Path, octets: bytes) -> None:
    """Write ``octets`` to ``path``, readable only by the user. Raises UsageError.

    A symbolic link stays, and the file it points to is replaced. Missing folders are made.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            raise UsageError(f"{shown(path)} is not a regular file, so it was not replaced.")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_octets(target, octets, synced=True)
    except (OSError, RuntimeError) as error:
        raise _cannot_write(path, error) from None


def replace_octets(path: Path, octets: bytes, *, synced: bool = False) -> None:
    """Replace the file in one step, so that another poptui never reads half of it. Raises OSError.

    With ``synced`` the content survives a failure of the system too.
    """
    import tempfile

    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
            if synced:
                file.flush()
                os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in the file; an empty one if it can't be read."""
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(MAX_JSON_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def replace_json(path: Path, content: dict[str, Any]) -> None:
    """Replace the file as ``replace_octets`` does, in a folder that is made if necessary."""
    make_folder(path.parent)
    replace_octets(path, json.dumps(content).encode())


def _cannot_write(path: Path, error: Exception) -> UsageError:
    # Path.resolve raises RuntimeError for a loop of links.
    reason = getattr(error, "strerror", None) or "its links form a loop"
    return UsageError(f"{shown(path)} cannot be written: {reason}.")
