"""The environment of tests and of the programs they start, without the developer's settings."""

from __future__ import annotations

import os
from pathlib import Path

SCRUBBED = (
    *("TEXTUAL_", "POPTUI_", "XDG_", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS"),
    *("ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"),
)
"""Prefixes of variables that would change the program's behaviour."""


def scrub() -> None:
    """Remove them from this process, before Textual reads them on import."""
    for name in [name for name in os.environ if name.startswith(SCRUBBED)]:
        del os.environ[name]


def home_environment(home: Path) -> dict[str, str]:
    """Return variables that keep a program's files under ``home`` and disable the keyring."""
    folders = {"CONFIG": ".config", "DATA": ".data", "CACHE": ".cache", "STATE": ".state"}
    return {
        "HOME": str(home),
        **{f"XDG_{name}_HOME": str(home / folder) for name, folder in folders.items()},
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def terminal_environment(home: Path) -> dict[str, str]:
    """Return the complete environment of a program in a modern terminal."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        **home_environment(home),
    }
