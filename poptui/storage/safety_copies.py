"""Safety copies of messages that will be deleted, in a Maildir that any mail program can read.

Guarantees: a copy is written to ``tmp``, flushed to the disk and read back; it goes to
``cur``, by a rename, only when all that one deletion needs is there. So ``cur`` holds only
complete copies, and what a crash left in ``tmp`` is removed later. A file's name holds the time of
deletion by the system clock and (after a ``T``) by the usage clock; it ends in ``,headers`` if only
the header was copied. A copy expires only if both clocks agree. Lines end in LF, as in every
Maildir; files and folders are readable by the user only. Calls block.
"""

from __future__ import annotations

import filecmp
import itertools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from poptui.patterns import lazy_pattern
from poptui.storage.locks import make_folder
from poptui.storage.unproved_copies import WAIT_S, UnprovedCopies, UnprovedCopy
from poptui.storage.usage_clock import DAY_S, read_usage_clock

FOLDERS = ("cur", "new", "tmp")
HEADERS_ONLY = ",headers"
"""The end of a file's unique name if it holds only a header."""

STALE_S = 36 * 3600.0
"""A file in ``tmp`` that is older than this is abandoned (Maildir's rule)."""
SPARE_BYTES = 32_000_000
"""Disk space to leave free for other programs."""
MAX_PRUNED_COUNT = 5000
"""Maximum number of files removed at a time, so that many don't delay the commit."""
CHUNK_BYTES = 1 << 20

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_numbers = itertools.count(1)
_USAGE = lazy_pattern(r"\A\d+\.M\d+P\d+Q\d+T(\d{1,12})\.")


class CopyFailedError(Exception):
    """A message cannot be copied; the text is the reason, for use after a colon."""


class Quota:
    """The bytes that copies may still take."""

    def __init__(self, free_bytes: int, reason: str) -> None:
        """``reason``: why there are not more."""
        self._free_bytes, self._reason = free_bytes, reason
        self._mutex = threading.Lock()

    def reserve(self, size_bytes: int) -> None:
        """Reserve bytes. Raises CopyFailedError, without reserving any, if too few are left."""
        with self._mutex:
            if size_bytes > self._free_bytes:
                raise CopyFailedError(self._reason)
            self._free_bytes -= size_bytes

    def release(self, size_bytes: int) -> None:
        """Return reserved bytes."""
        with self._mutex:
            self._free_bytes += size_bytes


class PendingCopy:
    """One unfinished copy: a sink for what the server sends. ``write`` never raises."""

    def __init__(
        self, folder: Path, name: str, quota: Quota, size: int, on_written: Callable[[int], None]
    ) -> None:
        """``size``: the expected bytes; ``on_written`` is called with the bytes that came.

        Raises CopyFailedError if there is no room, and OSError.
        """
        self.octets = 0
        """The bytes received, with the original line ends."""
        self._folder, self._name, self._quota, self._on_written = folder, name, quota, on_written
        self._claimed, self._written, self._held = size, 0, b""
        self._problem = ""
        self._digest = blake2b()
        self._file = -1
        self._mutex = threading.Lock()
        """Held while it is finished or dropped: a closed descriptor's number is soon reused."""
        quota.reserve(size)
        try:
            self._file = os.open(self._path, _NEW, 0o600)
        except BaseException:
            quota.release(size)
            raise

    @property
    def _path(self) -> Path:
        return self._folder / "tmp" / self._name

    def write(self, data: bytes) -> None:
        """Write received data; ``finish`` reports failures."""
        self.octets += len(data)
        text = self._held + data
        self._held = b"\r" if text.endswith(b"\r") else b""
        self._put(text[: len(text) - len(self._held)].replace(b"\r\n", b"\n"))
        self._on_written(len(data))

    def _put(self, data: bytes) -> None:
        if self._problem or not data:
            return
        try:
            self._claim(self._written + len(data))
            _write(self._file, data)
        except (CopyFailedError, OSError) as problem:
            self._problem = reason(problem)
            return
        self._written += len(data)
        self._digest.update(data)

    def _claim(self, size_bytes: int) -> None:
        if size_bytes > self._claimed:
            self._quota.reserve(size_bytes - self._claimed)
            self._claimed = size_bytes

    def finish(self) -> None:
        """Flush the copy to the disk and read it back. Raises CopyFailedError."""
        with self._mutex:
            self._put(self._held)
            self._check()
            self._close()
            self._quota.release(self._claimed - self._written)
            self._claimed = self._written
        if self._problem:
            raise CopyFailedError(self._problem)

    def _check(self) -> None:
        try:
            if not self._problem and not self._is_intact():
                self._problem = "what was written is not what the disk gives back"
        except OSError as error:
            self._problem = reason(error)

    def _is_intact(self) -> bool:
        os.fsync(self._file)
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.lseek(self._file, 0, os.SEEK_SET)
        read = blake2b()
        for piece in iter(lambda: os.read(self._file, CHUNK_BYTES), b""):
            read.update(piece)
        length = os.fstat(self._file).st_size
        return length == self._written and read.digest() == self._digest.digest()

    def publish(self) -> Path:
        """Move the copy to ``cur``; return its path. Raises OSError."""
        path = self._folder / "cur" / f"{self._name}:2,"
        self._path.rename(path)
        return path

    def drop(self) -> None:
        """Remove the copy."""
        with self._mutex:
            self._close()
        with suppress(OSError):
            self._path.unlink()
        self._quota.release(self._claimed)
        self._claimed = 0

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class SafetyCopyStore:
    """The safety copies of one account."""

    def __init__(self, folder: Path, *, whole: bool, limit: int, days: int) -> None:
        """``limit``: bytes that all copies may take; ``days``: how long each is kept at least."""
        self.folder, self.whole, self.days = folder, whole, days
        self._limit = limit
        self._unproved = UnprovedCopies(folder / "unproved.json")
        self._usage_s = 0.0
        """The usage clock when the folder was last opened."""
        self._quota = Quota(0, "")

    def open(self) -> None:
        """Create the folders, remove old copies, measure the free room. Raises OSError."""
        for path in (self.folder.parent, self.folder, *(self.folder / name for name in FOLDERS)):
            make_folder(path)
        self._usage_s = self._read_clock()
        self.prune()
        self._quota = self._measure_free()

    def _read_clock(self) -> float:
        newest = max(map(_usage_of, files(self.folder)), default=0.0)
        return read_usage_clock(self.folder / "usage-clock", newest)

    def _measure_free(self) -> Quota:
        left = self._limit - sum(map(file_size, files(self.folder)))
        disk = os.statvfs(self.folder)
        free = disk.f_bavail * disk.f_frsize - SPARE_BYTES
        if free < left:
            return Quota(free, "the disk has no room for it")
        return Quota(left, f"safety copies have reached their limit of {self._limit / 1e6:,g} MB")

    def begin_copy(self, size: int, on_written: Callable[[int], None]) -> PendingCopy:
        """Begin a copy of about ``size`` bytes. Raises CopyFailedError."""
        name = _unique(self._usage_s) + ("" if self.whole else HEADERS_ONLY)
        try:
            return PendingCopy(
                self.folder, name, self._quota, size if self.whole else 0, on_written
            )
        except OSError as error:
            raise CopyFailedError(reason(error)) from None

    def publish(self, drafts: Iterable[PendingCopy]) -> list[Path]:
        """Move all of ``drafts`` to ``cur``; return their paths. On OSError, none is moved."""
        paths: list[Path] = []
        try:
            for draft in drafts:
                paths.append(draft.publish())
            for name in ("cur", "tmp"):
                _sync_folder(self.folder / name)
        except BaseException:
            remove_files(paths)
            raise
        return paths

    def prune(self) -> None:
        """Remove expired copies and what a crash left behind. Never raises."""
        now, kept_s = time.time(), self.days * DAY_S
        old = [
            file
            for file in files(self.folder)
            if self._older(file, now - deletion_time_s(file), kept_s)
        ]
        left = [file for file in files(self.folder, "tmp") if now - _modified_s(file) > STALE_S]
        remove_files(itertools.islice((*old, *left), MAX_PRUNED_COUNT))

    def _older(self, file: Path, age_s: float, limit_s: float) -> bool:
        """Whether a file is older by both clocks; ``age_s`` is its age by the system clock.

        Files in ``tmp`` may be removed sooner: a commit whose drafts are gone deletes nothing.
        """
        return age_s > limit_s and self._usage_s - _usage_of(file) > limit_s

    def add_unproved(self, copies: Mapping[Path, str]) -> None:
        """Record copies whose messages may still be on the server: a later session decides."""
        now = self._read_clock()
        self._unproved.add(UnprovedCopy(_unflagged(path), uid, now) for path, uid in copies.items())

    def find_decidable(self, session_age_s: float) -> dict[str, list[Path]]:
        """Return the unproved copies, by UID, that a session of this age can decide.

        Their messages were deleted long enough before that session began.
        """
        begun_s = self._usage_s - session_age_s
        there = {_unflagged(file): file for file in files(self.folder)}
        due: dict[str, list[Path]] = {}
        for copy in self._unproved.load():
            if copy.name in there and begun_s - copy.since_s >= WAIT_S:
                due.setdefault(copy.uid, []).append(there[copy.name])
        return due

    def resolve(self, needless: Iterable[Path], needed: Iterable[Path]) -> None:
        """Remove the needless copies; forget that these and the needed ones were unproved.

        A needed copy is removed too if there is a second one with the same content.
        """
        needed = list(needed)
        needless = [*needless, *filter(self._has_proved_duplicate, needed)]
        remove_files(needless)
        decided = {_unflagged(path) for path in (*needless, *needed)}
        self._unproved.save([copy for copy in self._unproved.load() if copy.name not in decided])
        self._quota = self._measure_free()

    def _has_proved_duplicate(self, path: Path) -> bool:
        """Whether there is another, proved copy with the same content."""
        unproved = {copy.name for copy in self._unproved.load()}
        size = file_size(path)
        duplicates = [
            file
            for file in files(self.folder)
            if file_size(file) == size and _unflagged(file) not in unproved
        ]
        return any(_same(path, file) for file in duplicates)


def remove_files(paths: Iterable[Path]) -> None:
    """Remove files: nothing was deleted, or they have expired. Never raises."""
    for path in paths:
        with suppress(OSError):
            path.unlink()


def files(folder: Path, *names: str) -> Iterator[Path]:
    """Yield the files in a Maildir; a mail program may have moved them between its folders."""
    for name in names or ("cur", "new"):
        with suppress(OSError):
            yield from (file for file in (folder / name).iterdir() if file.is_file())


def deletion_time_s(file: Path) -> float:
    """Return the time in a file's name, or else its modification time, in seconds since 1970."""
    seconds = file.name.partition(".")[0]
    known = seconds.isascii() and seconds.isdigit() and len(seconds) < 12
    return float(seconds) if known else _modified_s(file)


def file_size(file: Path) -> int:
    """Return the size of a file; 0 if it is gone."""
    with suppress(OSError):
        return file.stat().st_size
    return 0


def reason(problem: Exception) -> str:
    """Return why something cannot be stored, for use after a colon."""
    if not isinstance(problem, OSError):
        return str(problem)
    return f"it cannot be written here ({problem.strerror or 'the system refused'})"


def _modified_s(file: Path) -> float:
    with suppress(OSError):
        return file.stat().st_mtime
    return time.time()


def _usage_of(file: Path) -> float:
    """Return the usage clock when the copy was made; 0 if its name has none."""
    found = _USAGE.match(file.name)
    return float(found[1]) if found else 0.0


def _unflagged(file: Path) -> str:
    return file.name.partition(":")[0]


def _same(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return filecmp.cmp(one, other, shallow=False)
    return False


def _unique(usage_s: float) -> str:
    """Return a unique file name, as Maildir recommends: time, process, number, host."""
    now = time.time()
    host = socket.gethostname().replace("/", r"\057").replace(":", r"\072").replace(",", ".")
    seconds, parts = int(now), int(now % 1 * 1e6)
    marks = f"M{parts:06}P{os.getpid()}Q{next(_numbers)}T{usage_s:.0f}"
    return f"{seconds}.{marks}.{host[:64]}"


def _write(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
