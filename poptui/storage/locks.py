"""Folders for the user alone, and locks between processes that end with their holder."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 0.4
"""Seconds that any wait for another process may take."""

SHARED, ALONE = fcntl.LOCK_SH, fcntl.LOCK_EX


class LockUnavailableError(Exception):
    """A file cannot be used; the text is the reason, to stand after a colon."""


def make_folder(folder: Path) -> None:
    """A folder for the user alone; one that exists stays as it is."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        return
    folder.chmod(0o700)


def open_lock(path: Path) -> int:
    """A descriptor of the lock file, made where there is none. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    lock = os.open(path, flags, 0o600)
    os.fchmod(lock, 0o600)
    return lock


def hold(lock: int, *kinds: int) -> int:
    """Hold the lock, the first of ``kinds`` that can be had; :class:`Unavailable` if none."""
    end = time.monotonic() + PATIENCE
    while True:
        for kind in kinds:
            if try_hold(lock, kind):
                return kind
        if time.monotonic() > end:
            raise LockUnavailableError("another poptui keeps it locked")
        time.sleep(0.01)


def try_hold(lock: int, kind: int = ALONE) -> bool:
    """Hold the lock if that can be had at once."""
    with suppress(BlockingIOError):
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
        return True
    return False
