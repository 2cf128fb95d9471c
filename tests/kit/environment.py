"""The environment that tests and the programs they start run in: none of the developer's own."""

from __future__ import annotations

import os
from pathlib import Path

SCRUBBED = ("TEXTUAL_", "POPTUI_", "XDG_", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS")
"""Beginnings of the variables that would change what the program does or shows."""


def scrub() -> None:
    """Take them out of this process: before Textual is imported, which reads them then."""
    for name in [name for name in os.environ if name.startswith(SCRUBBED)]:
        del os.environ[name]


def home_environment(home: Path) -> dict[str, str]:
    """Variables that keep a program's files under ``home`` and the system's keyring out."""
    folders = {"CONFIG": ".config", "DATA": ".data", "CACHE": ".cache", "STATE": ".state"}
    return {
        "HOME": str(home),
        **{f"XDG_{name}_HOME": str(home / folder) for name, folder in folders.items()},
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def terminal_environment(home: Path) -> dict[str, str]:
    """The whole environment of a program in a modern terminal."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        **home_environment(home),
    }
