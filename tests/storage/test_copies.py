"""Safety copies as files: complete or absent, removed in time, and a valid Maildir."""

from __future__ import annotations

import mailbox
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.storage import safety_copies as module
from poptui.storage import usage_clock
from poptui.storage.safety_copies import (
    HEADERS_ONLY,
    CopyFailedError,
    SafetyCopyStore,
    deletion_time_s,
    files,
)
from poptui.storage.usage_clock import DAY_S

MESSAGE = b"Subject: one\r\n\r\nbody\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "rescue" / "me@example.com:995"


def opened(
    folder: Path, *, whole: bool = True, limit: int = 10**9, days: int = 30
) -> SafetyCopyStore:
    copies = SafetyCopyStore(folder, whole=whole, limit=limit, days=days)
    copies.open()
    return copies


def kept(copies: SafetyCopyStore, *messages: bytes) -> list[Path]:
    drafts = []
    for message in messages:
        draft = copies.begin_copy(len(message), lambda octets: None)
        draft.write(message)
        draft.finish()
        drafts.append(draft)
    return copies.publish(drafts)


def names(folder: Path, subfolder: str) -> list[str]:
    return sorted(os.listdir(folder / subfolder))


@given(cuts=st.lists(st.integers(0, 40), max_size=6), data=st.binary(max_size=40))
def test_pieces_make_no_difference(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], data: bytes
) -> None:
    message = data + b"\r\n\r\r\n\n\r"
    copies = opened(tmp_path_factory.mktemp("copies"))
    draft = copies.begin_copy(0, lambda octets: None)
    bounds = [0, *sorted(cuts), len(message)]
    for start, end in pairwise(bounds):
        draft.write(message[start:end])
    draft.finish()
    (path,) = copies.publish([draft])
    assert path.read_bytes() == message.replace(b"\r\n", b"\n")
    assert draft.octets == len(message)


def test_other_programs_read_it_as_a_maildir(folder: Path) -> None:
    (path,) = kept(opened(folder), MESSAGE)
    (message,) = mailbox.Maildir(str(folder), create=False)
    assert message["Subject"] == "one"
    assert message.get_payload() == "body\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_draft_is_in_tmp_until_all_are_published(folder: Path) -> None:
    copies = opened(folder)
    draft = copies.begin_copy(10, lambda octets: None)
    draft.write(MESSAGE)
    draft.finish()
    assert len(names(folder, "tmp")) == 1
    assert names(folder, "cur") == []
    draft.drop()
    assert names(folder, "tmp") == []


def test_the_name_of_a_header_copy_says_so(folder: Path) -> None:
    (path,) = kept(opened(folder, whole=False), MESSAGE)
    assert path.name.endswith(f"{HEADERS_ONLY}:2,")


def test_the_limit_counts_existing_copies(folder: Path) -> None:
    kept(opened(folder), b"x" * 600)
    copies = opened(folder, limit=1000)
    with pytest.raises(CopyFailedError, match="safety copies have reached"):
        copies.begin_copy(500, lambda octets: None)
    kept(copies, b"y" * 400)


def test_a_message_longer_than_announced_still_respects_the_limit(folder: Path) -> None:
    copies = opened(folder, limit=1000)
    draft = copies.begin_copy(10, lambda octets: None)
    for _ in range(3):
        draft.write(b"z" * 500)
    with pytest.raises(CopyFailedError, match="have reached"):
        draft.finish()
    draft.drop()
    kept(copies, b"y" * 1000)


def test_room_on_the_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SPARE_BYTES", 1 << 62)
    with pytest.raises(CopyFailedError, match="the disk has no room"):
        opened(folder).begin_copy(1, lambda octets: None)


def aged(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


class Clocks:
    """A settable system clock and boot clock."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.system_s, self.since_boot_s, self.boot = 1_800_000_000.0, 1000.0, "one"
        patch.setattr(usage_clock, "_now", self._reading)
        patch.setattr(time, "time", lambda: self.system_s)

    def _reading(self) -> usage_clock._Reading:
        return usage_clock._Reading(self.system_s, self.boot, self.since_boot_s)

    def advance(self, seconds: float) -> None:
        """Let real time pass."""
        self.system_s += seconds
        self.since_boot_s += seconds

    def jump(self, system_s: float) -> None:
        """Set the system clock."""
        self.system_s = system_s

    def reboot(self) -> None:
        """Reboot."""
        self.boot, self.since_boot_s = f"{self.boot}+", 5.0


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


def test_copies_expire_after_their_days(folder: Path, clocks: Clocks) -> None:
    kept(opened(folder, days=3), MESSAGE)
    clocks.advance(3 * DAY_S - 10)
    assert len(list(files(opened(folder, days=3).folder))) == 1
    clocks.advance(20)
    assert not list(files(opened(folder, days=3).folder))


@pytest.mark.parametrize("year", [1970, 2036, 2100])
def test_a_jumping_clock_expires_no_copy(folder: Path, clocks: Clocks, year: int) -> None:
    right = clocks.system_s
    kept(opened(folder, days=3), MESSAGE)
    clocks.jump((year - 1970) * 365.25 * DAY_S)
    kept(opened(folder, days=3), MESSAGE)
    clocks.advance(60)
    kept(opened(folder, days=3), MESSAGE)
    clocks.jump(right + 120)
    assert len(list(files(opened(folder, days=3).folder))) == 3


def test_a_clock_that_starts_in_1970_at_each_boot_expires_no_copy(
    folder: Path, clocks: Clocks
) -> None:
    for day in range(20):
        clocks.reboot()
        clocks.jump(60.0)
        kept(opened(folder, days=30), MESSAGE)
        clocks.advance(60)
        clocks.jump(1_800_000_000 + day * DAY_S)
        kept(opened(folder, days=30), MESSAGE)
    assert len(list(files(folder))) == 40


def test_a_reboot_counts_as_a_day_at_most(folder: Path, clocks: Clocks) -> None:
    kept(opened(folder, days=3), MESSAGE)
    for reboots in range(1, 5):
        clocks.reboot()
        clocks.advance(400 * DAY_S)
        clocks.since_boot_s = 5.0
        assert len(list(files(opened(folder, days=3).folder))) == (reboots < 4)


@pytest.mark.parametrize("damage", [b"", b"9999999999 5 5 one 0000000000000000\n", b"\xff\x00"])
def test_a_damaged_usage_clock_expires_no_copy(folder: Path, clocks: Clocks, damage: bytes) -> None:
    kept(opened(folder, days=3), MESSAGE)
    clocks.advance(2 * DAY_S)
    opened(folder, days=3)
    (folder / "usage-clock").write_bytes(damage)
    clocks.advance(2 * DAY_S)
    assert len(list(files(opened(folder, days=3).folder))) == 1


def test_expired_copies_and_files_left_by_a_crash_are_removed(folder: Path, clocks: Clocks) -> None:
    copies = opened(folder, days=3)
    clocks.advance(5 * DAY_S)
    kept(copies, MESSAGE)
    old = folder / "cur" / f"{int(time.time() - 4 * DAY_S)}.M1P1Q1.host:2,S"
    young = folder / "new" / f"{int(time.time() - 2 * DAY_S)}.M1P1Q2.host"
    left, unfinished = folder / "tmp" / "1.left", folder / "tmp" / "2.coming"
    for path in (old, young, left, unfinished):
        path.write_bytes(MESSAGE)
    aged(left, 37 * 3600)
    aged(unfinished, 35 * 3600)
    copies.open()
    assert not old.exists()
    assert young.exists()
    assert names(folder, "tmp") == ["2.coming"]
    assert len(list(files(folder))) == 2


def test_without_a_time_in_the_name_the_modification_time_counts(folder: Path) -> None:
    opened(folder)
    foreign = folder / "cur" / "foreign"
    foreign.write_bytes(MESSAGE)
    aged(foreign, 5 * DAY_S)
    assert deletion_time_s(foreign) == pytest.approx(time.time() - 5 * DAY_S, abs=60)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder.parent.mkdir(parents=True), folder.write_text("a file")),
        lambda folder: (folder.mkdir(parents=True), (folder / "tmp").write_text("a file")),
    ],
)
def test_an_impossible_folder(folder: Path, damage: Callable[[Path], object]) -> None:
    damage(folder)
    with pytest.raises((OSError, CopyFailedError)):
        opened(folder).begin_copy(1, lambda octets: None)


def test_a_link_instead_of_a_draft_is_not_followed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copies = opened(folder)
    monkeypatch.setattr(module, "_unique", lambda usage_s: "1.known")
    (folder / "tmp" / "1.known").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CopyFailedError, match="cannot be written here"):
        copies.begin_copy(1, lambda octets: None)
    assert not (tmp_path / "elsewhere").exists()


def test_two_poptui_at_once(folder: Path) -> None:
    def work(number: int) -> int:
        return len(kept(opened(folder), *[b"%d" % number] * 20))

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(work, range(4))) == 80
    assert len(names(folder, "cur")) == 80
    assert names(folder, "tmp") == []
