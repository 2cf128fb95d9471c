"""The ``POPTUI_…`` environment variables and the files they name; no other module uses them.

Variables of Textual that would break the program are unset here too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Variable(NamedTuple):
    """An environment variable and what setting it does."""

    name: str
    help: str

    def get(self) -> str:
        """Return its value, ``""`` if it isn't set."""
        return os.environ.get(self.name, "")


_TEXTUAL_COLOURS = "TEXTUAL_COLOR_SYSTEM"
_COLOUR_SYSTEMS = ("auto", "standard", "256", "truecolor")
_TEXTUAL_OWN = ("TEXTUAL_DRIVER", "TEXTUAL_THEME")
"""They would replace our driver and theme, by what may not exist."""

CONFIG = Variable(
    "POPTUI_CONFIG", "The configuration file, instead of `config.toml` in the configuration folder."
)
DATA = Variable(
    "POPTUI_DATA", "The folder for the journal of marks, learned words and safety copies."
)
CACHE = Variable(
    "POPTUI_CACHE",
    "The file for cached headers; message bodies and server profiles are kept beside it.",
)
PASSWORD = Variable(
    "POPTUI_PASSWORD",
    "The password of the one mailbox that the command opens, unless `--password-stdin` is given; no"
    " other program gets it.",
)
VARIABLES = (CONFIG, DATA, CACHE, PASSWORD)


def config_path() -> Path:
    """Return the configuration file, whether or not it exists."""
    if named := CONFIG.get():
        return Path(named)
    return _user_folder("config", "XDG_CONFIG_HOME", ".config") / "config.toml"


def use_config(path: str) -> None:
    """Use ``path`` as the configuration file, as if ``POPTUI_CONFIG`` were set to it."""
    os.environ[CONFIG.name] = path


def data_path(name: str) -> Path:
    """Return the path of ``name`` in the data folder, whether or not it exists."""
    if named := DATA.get():
        return Path(named) / name
    return _user_folder("data", "XDG_DATA_HOME", ".local/share") / name


def cache_path() -> Path:
    """Return the header cache's file, whether or not it exists; other caches lie beside it."""
    if named := CACHE.get():
        return Path(named)
    return _user_folder("cache", "XDG_CACHE_HOME", ".cache") / "headers.sqlite3"


def state_path(name: str) -> Path:
    """Return the path of ``name`` in the state folder, whether or not it exists."""
    return _user_folder("state", "XDG_STATE_HOME", ".local/state") / name


def _user_folder(kind: str, variable: str, below_home: str) -> Path:
    """Return the folder that platformdirs names, without loading it in the usual cases on Linux.

    It would take a tenth of the time of a short command.
    """
    if sys.platform == "linux":
        home = os.environ.get("HOME", "")
        folder = os.environ.get(variable, "")
        if not os.path.isabs(folder):
            folder = os.path.join(home, below_home)
        if os.path.isabs(folder):
            return Path(folder, "poptui")
    import platformdirs

    found: Path = getattr(platformdirs, f"user_{kind}_path")("poptui")
    return found


def drop_unusable() -> None:
    """Unset variables that would make Textual fail; it reads them when it is imported."""
    for name in _TEXTUAL_OWN:
        os.environ.pop(name, None)
    if os.environ.get(_TEXTUAL_COLOURS) not in _COLOUR_SYSTEMS:
        os.environ.pop(_TEXTUAL_COLOURS, None)


def without_own(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for other programs, without our variables: one is a password."""
    return {name: value for name, value in environment.items() if not name.startswith("POPTUI")}
