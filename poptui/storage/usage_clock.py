"""The usage clock counts the time in which poptui was in use, even if the system clock is wrong.

The system clock may start in 1970 or jump by years. Data therefore expires only if this second
clock agrees. It is stored in a file and advances each time it is read: within one
boot by the smaller of the system clock's and the boot clock's advance, over a reboot by at most a
day. So it is never ahead of real time by more than a day, but it may lag behind.
"""

from __future__ import annotations

import time
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from poptui.storage.atomic_write import replace_octets

DAY_S = 24 * 3600.0

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class _Reading(NamedTuple):
    """The clocks at one moment."""

    system_s: float
    boot: str
    """The boot's id; empty if the system has none."""
    since_boot_s: float


def read_usage_clock(path: Path, at_least_s: float) -> float:
    """Advance the clock in the file ``path`` and return it; ``at_least_s`` without such a file.

    Never raises: a clock that can't be stored doesn't advance.
    """
    now = _now()
    kept = _load(path)
    seconds = at_least_s if kept is None else max(at_least_s, kept[0] + _elapsed(kept[1], now))
    with suppress(OSError):
        _save(path, seconds, now)
    return seconds


def _elapsed(then: _Reading, now: _Reading) -> float:
    system = now.system_s - then.system_s
    same_boot = bool(now.boot) and now.boot == then.boot
    return max(0.0, min(system, now.since_boot_s - then.since_boot_s if same_boot else DAY_S))


def _now() -> _Reading:
    boot = ""
    with suppress(OSError):
        boot = _BOOT_ID.read_text("ascii").strip()
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    ticks = time.monotonic() if clock is None else time.clock_gettime(clock)
    return _Reading(time.time(), boot, ticks)


def _load(path: Path) -> tuple[float, _Reading] | None:
    """Return the stored clock and reading; None if the file is missing or damaged."""
    try:
        line, _, check = path.read_text("ascii").strip().rpartition(" ")
        seconds, system, since_boot, *boot = line.split(" ")
        if check != _check(line):
            return None
        return float(seconds), _Reading(float(system), "".join(boot), float(since_boot))
    except (OSError, ValueError):
        return None


def _save(path: Path, seconds: float, now: _Reading) -> None:
    line = f"{seconds:.0f} {now.system_s:.0f} {now.since_boot_s:.0f} {now.boot}".rstrip()
    replace_octets(path, f"{line} {_check(line)}\n".encode("ascii"))


def _check(line: str) -> str:
    return blake2b(line.encode("ascii"), digest_size=8).hexdigest()
