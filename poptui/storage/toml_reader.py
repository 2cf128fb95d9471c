"""Read a TOML file, and report mistakes in it by line and key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from typing import Any

from poptui.errors import UsageError
from poptui.patterns import lazy_pattern
from poptui.printable import printable_line

MAX_SENTENCES = 50
MAX_KEY_CHARACTERS = 80
"""Longer keys are cut in error messages: a damaged file may have very long ones."""

Keys = tuple[str, ...]
"""The keys that lead to a value; in an array of tables, the table's number (from 1) is a key."""


MAX_FILE_BYTES = 4_000_000
"""A larger file can't be a configuration file, and would take long to read."""


class ConfigError(UsageError):
    """All mistakes in a configuration file, a sentence each."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__(" ".join(sentences))
        self._sentences = sentences

    @property
    def sentences(self) -> tuple[str, ...]:
        return self._sentences


class ConfigReport:
    """Collects the mistakes in a file that is valid TOML."""

    def __init__(self, path: Path, text: str = "") -> None:
        self.path, self._text = path, text
        self._found: dict[tuple[Keys, str], None] = {}

    def add(self, keys: Keys, problem: str) -> None:
        """Add a ``problem`` about the value at ``keys``, such as ``must be true or false``."""
        self._found[keys, problem.rstrip(".")] = None

    def has(self, keys: Keys) -> bool:
        """Whether there is a problem about the value at ``keys``."""
        return any(found == keys for found, _ in self._found)

    def raise_any(self) -> None:
        """Raise ConfigError with all problems, in the order of the file, if there are any."""
        if not self._found:
            return
        lines: dict[Keys, int] = {}
        for keys, line in _lines(self._text):
            lines.setdefault(keys, line)
        found = [(_line(keys, lines), keys, problem) for keys, problem in self._found]
        found.sort(key=lambda problem: problem[0])
        sentences = [self._sentence(*problem) for problem in found[:MAX_SENTENCES]]
        if (more := len(found) - MAX_SENTENCES) > 0:
            sentences.append(f"{shown(self.path)} has {more:,} more mistakes.")
        raise ConfigError(tuple(sentences))

    def _sentence(self, line: int, keys: Keys, problem: str) -> str:
        where = f"{shown(self.path)}:{line}" if line else shown(self.path)
        return printable_line(f"{where}: {_dotted(keys)} {problem}.")


def table_headers(text: str) -> Iterator[tuple[Keys, int]]:
    """Yield the keys and the line of each ``[table]`` and ``[[table]]`` in valid TOML."""
    for line, statement in _statements(text):
        if statement.startswith("["):
            yield _keys(statement.strip("[] \t")), line


def account_lines(text: str) -> dict[str, int]:
    """Return the line on which each account begins, also in a file that isn't valid TOML."""
    lines: dict[str, int] = {}
    with suppress(ValueError, IndexError):
        for keys, line in _lines(text.replace("\r\n", "\n")):
            if len(keys) > 1 and keys[0] == "accounts":
                lines.setdefault(keys[1], line)
    return lines


def _line(keys: Keys, lines: Mapping[Keys, int]) -> int:
    """Return the line of the value or of what contains it; 0 if neither is known."""
    while keys and keys not in lines:
        keys = keys[:-1]
    return lines.get(keys, 0)


def read_text(path: Path) -> str:
    """Return the file's text, ``""`` without a file. Raises ConfigError."""
    try:
        if not S_ISREG(path.stat().st_mode):  # a pipe or a device may never end
            raise ValueError(f"it is {'a folder' if path.is_dir() else 'not a regular file'}")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise ValueError(f"it is larger than {MAX_FILE_BYTES // 1_000_000} MB")
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise ConfigError((f"{shown(path)} cannot be read: {_why_not(error)}.",)) from None


def parse_toml(path: Path, text: str) -> tuple[dict[str, Any], ConfigReport]:
    """Return the tables in ``text``, and a report of mistakes in ``path``. Raises ConfigError."""
    if not text:
        return {}, ConfigReport(path, text)
    import tomllib

    text = text.replace("\r\n", "\n")
    try:
        return tomllib.loads(text), ConfigReport(path, text)
    except RecursionError:
        raise ConfigError((f"{shown(path)}: this is nested too deeply.",)) from None
    except ValueError as error:
        raise ConfigError((_syntax_error(path, text, str(error)),)) from None


def _syntax_error(path: Path, text: str, message: str) -> str:
    """Return a sentence for a mistake that tomllib found, which names line and column only."""
    message = printable_line(message).rstrip(".")
    what, column, line = message, "", 0
    if found := re.fullmatch(r"(.*) \(at line (\d+), (column \d+)\)", message):
        what, column, line = found[1], f" ({found[3]})", int(found[2])
    if what.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate")):
        number, head = [
            statement for statement in _statements(text) if not line or statement[0] <= line
        ][-1]
        keys = _dotted(_keys(head.strip("[] \t")))
        return f"{shown(path)}:{number}: {keys} is there twice: it can be one value, or one table."
    where = f"{shown(path)}:{line}" if line else shown(path)
    return f"{where}: this is not TOML: {what}{column}."


def _dotted(keys: Keys) -> str:
    """Return keys as they are written, safe for a terminal; a long one is cut."""
    short = [key[:MAX_KEY_CHARACTERS] + "…" * (len(key) > MAX_KEY_CHARACTERS) for key in keys]
    return printable_line(".".join(key if _BARE.fullmatch(key) else f'"{key}"' for key in short))


def _why_not(error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 text (byte {error.start})"
    strerror = error.strerror if isinstance(error, OSError) else None
    return strerror or printable_line(str(error)) or type(error).__name__


def shown(path: Path) -> str:
    """Return the path, safe for a terminal."""
    return printable_line(str(path))


_BARE = lazy_pattern("[A-Za-z0-9_-]+")
_SKIPPED = lazy_pattern(
    r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'" r"|#[^\n]*",
    re.DOTALL,
)
"""Strings and comments, in which brackets, equals signs and line ends don't count."""

_KEY = lazy_pattern(r"""\s*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)\s*(\.?)""")


def _lines(text: str) -> Iterator[tuple[Keys, int]]:
    """Yield each table and key with its line; ``text`` must be valid TOML.

    tomllib doesn't report lines. Keys in inline tables are not searched.
    """
    table: Keys = ()
    counts: dict[Keys, int] = {}
    for line, statement in _statements(text):
        if statement.startswith("["):
            array = statement.startswith("[[")
            table = _numbered(_keys(statement.strip("[] \t")), counts)
            if array:
                counts[table] = counts.get(table, 0) + 1
                table = (*table, str(counts[table]))
            for depth in range(1, len(table) + 1):
                yield table[:depth], line
        else:
            keys = _keys(statement)
            for depth in range(1, len(keys) + 1):
                yield (*table, *keys[:depth]), line


def _numbered(keys: Keys, counts: Mapping[Keys, int]) -> Keys:
    """Insert the number of the current table after each array of tables except the last."""
    found: Keys = ()
    for key in keys[:-1]:
        found = (*found, key)
        found = (*found, str(counts[found])) if found in counts else found
    return (*found, *keys[-1:])


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield each statement's line and its text up to the value: a table header or ``key =``."""
    at, depth, line, start_line = 0, 0, 1, 0
    fresh = True
    while at < len(text):
        skipped = _SKIPPED.match(text, at)
        end = skipped.end() if skipped else at + 1
        piece = text[at:end]
        if piece == "\n" and depth == 0:
            fresh = True
        elif fresh and not piece.isspace() and not piece.startswith("#"):
            fresh, start_line = False, line
            head = _head(text, at)
            yield start_line, head
            at += len(head)
            line += head.count("\n")
            continue
        elif piece in ("[", "{"):
            depth += 1
        elif piece in ("]", "}"):
            depth -= 1
        line += piece.count("\n")
        at = end


def _head(text: str, at: int) -> str:
    """Return a table header, or a key up to its equals sign."""
    start, closing = at, "]" if text[at] == "[" else "="
    while at < len(text) and text[at] != closing:
        skipped = _SKIPPED.match(text, at)
        at = skipped.end() if skipped else at + 1
    while text[at : at + 1] == closing:
        at += 1
    return text[start:at]


def _keys(text: str) -> Keys:
    """Return the dotted key at the start of ``text``."""
    found: list[str] = []
    at = 0
    while match := _KEY.match(text, at):
        found.append(_unquoted(match[1]))
        at = match.end()
        if not match[2]:
            break
    return tuple(found)


def _unquoted(key: str) -> str:
    if not key.startswith(('"', "'")):
        return key
    import tomllib

    name: str = next(iter(tomllib.loads(f"{key} = 1")))
    return name
