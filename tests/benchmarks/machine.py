"""Describe the machine and its load, without identifying it."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version


def kind() -> str:
    """Return cores, processor, system, Python and Textual in a line."""
    release = platform.freedesktop_os_release() if platform.system() == "Linux" else {}
    system = release.get("PRETTY_NAME") or f"{platform.system()} {platform.release()}"
    return (
        f"{os.cpu_count()} cores {platform.machine()}, {system},"
        f" Python {platform.python_version()}, Textual {version('textual')}"
    )


def today() -> str:
    """Return the date in UTC."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def load() -> str:
    """Return the load average of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"
