"""Private folders, and locks between processes that end with the process that holds them."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

MAX_WAIT_S = 0.4
"""The longest wait for another process."""

SHARED, EXCLUSIVE = fcntl.LOCK_SH, fcntl.LOCK_EX


class FileUnavailableError(Exception):
    """A file cannot be used; the text is the reason, for use after a colon."""


def make_folder(folder: Path) -> None:
    """Create a folder that only the user can read; an existing one is left unchanged."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        return
    folder.chmod(0o700)


def open_lock(path: Path) -> int:
    """Open a lock file, which is created if missing; return its descriptor. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    lock = os.open(path, flags, 0o600)
    os.fchmod(lock, 0o600)
    return lock


def acquire(lock: int, *kinds: int, max_wait_s: float = MAX_WAIT_S) -> int:
    """Take the first available of ``kinds`` of lock, waiting a while.

    Raises FileUnavailableError if none becomes available.
    """
    end = time.monotonic() + max_wait_s
    while True:
        for kind in kinds:
            if try_acquire(lock, kind):
                return kind
        if time.monotonic() > end:
            raise FileUnavailableError("another poptui keeps it locked")
        time.sleep(0.01)


def try_acquire(lock: int, kind: int = EXCLUSIVE) -> bool:
    """Take the lock if it is available at once; return whether it was."""
    with suppress(BlockingIOError):
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
        return True
    return False
