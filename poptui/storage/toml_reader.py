"""A TOML file read as tables, each key checked, each fault named by file and key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from poptui.errors import PoptuiError, UsageError, words
from poptui.printable import printable_line

T = TypeVar("T")

Check = Callable[[Any], Any]
"""Takes a value as TOML has it; returns what it means, or raises ValueError: what it must be."""


def parsed(path: Path) -> dict[str, Any]:
    """The file as TOML tables, an absent one as empty. Raises UsageFault."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{shown(path)} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{shown(path)} is not UTF-8 text (octet {error.start}).") from None
    import tomllib

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{shown(path)} is not TOML: {printable_line(str(error))}.") from None


class TableReader:
    """Checks tables of one file against the keys that may stand in them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def table(
        self,
        keys: tuple[str, ...],
        values: Mapping[str, Any],
        known: Mapping[str, Check],
    ) -> dict[str, Any]:
        """``values``, each passed through the check of its key."""
        for name in values:
            if name not in known:
                hint = nearest(name, known) or "; known are " + ", ".join(known)
                raise self.fault((*keys, name), "is not a key poptui knows" + hint)
        return {
            name: self.value((*keys, name), value, known[name]) for name, value in values.items()
        }

    def value(self, keys: tuple[str, ...], value: Any, check: Callable[[Any], T]) -> T:
        """What ``check`` makes of ``value``; raises UsageFault with its complaint."""
        try:
            return check(value)
        except PoptuiError as fault:
            raise self.fault(keys, "is refused: " + str(fault).rstrip(".")) from None
        except ValueError as error:
            raise self.fault(keys, f"must be {error}") from None

    def fault(self, keys: tuple[str, ...], complaint: str) -> UsageError:
        """``complaint`` about the key at ``keys``."""
        return UsageError(f"{shown(self.path)}: {printable_line('.'.join(keys))} {complaint}.")


def nearest(name: str, known: Mapping[str, Any]) -> str:
    """``; perhaps … is meant`` where one of ``known`` comes near."""
    from difflib import get_close_matches

    matches = get_close_matches(name, known, n=1)
    return f"; perhaps {words(matches[0])} is meant" if matches else ""


def shown(path: Path) -> str:
    """The path as it may stand on a terminal."""
    return printable_line(str(path))
