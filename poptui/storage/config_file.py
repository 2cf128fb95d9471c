"""Change the configuration file as its owner would: comments, order and line ends are kept.

A file with mistakes is never overwritten, and neither is one that somebody changed meanwhile. What
is written has been read back and compared first.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

from poptui.errors import UsageError, quoted_input
from poptui.storage.atomic_write import only_writer, replace_file
from poptui.storage.config import parse_config
from poptui.storage.toml_reader import (
    ConfigError,
    Keys,
    parse_toml,
    read_text,
    shown,
    table_headers,
)

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Tables = dict[str, Any]
"""The content of a TOML file, as plain values."""


def save_account(path: Path, name: str, values: Mapping[str, Any]) -> None:
    """Add an account, or change settings of one that exists; None removes a setting.

    Raises ConfigError if the file has mistakes or would get some, UsageError if it can't be
    written.
    """

    def change(tables: Tables) -> None:
        account = tables.setdefault("accounts", {}).setdefault(name, {})
        _update(account, values)

    def edit(text: str, tables: Tables) -> str:
        if name in tables.get("accounts", {}):
            return _with_changed(text, ("accounts", name), values)
        return _with_new_account(text, name, {k: v for k, v in values.items() if v is not None})

    _rewrite(path, change, edit)


def remove_account(path: Path, name: str) -> None:
    """Remove an account with its settings. Raises ConfigError, and UsageError if there is none."""

    def change(tables: Tables) -> None:
        if name not in tables.get("accounts", {}):
            raise UsageError(f"There is no account {quoted_input(name)} in {shown(path)}.")
        del tables["accounts"][name]
        if not tables["accounts"]:
            del tables["accounts"]

    _rewrite(path, change, lambda text, _: _without_account(text, name))


def save_setting(path: Path, key: str | tuple[str, ...], value: Any) -> None:
    """Set a key at the top of the file, or in a table: ``("keys", "delete")``. None removes it.

    Raises ConfigError if the file has mistakes or would get some, UsageError if it can't be
    written.
    """
    *parents, last = (key,) if isinstance(key, str) else key

    def change(tables: Tables) -> None:
        for parent in parents:
            tables = tables.setdefault(parent, {})
        _update(tables, {last: value})

    _rewrite(path, change, lambda text, _: _with_changed(text, tuple(parents), {last: value}))


def _rewrite(
    path: Path, change: Callable[[Tables], None], edit: Callable[[str, Tables], str]
) -> None:
    """Write the text that ``edit`` returns, if it parses to the tables that ``change`` returns."""
    with only_writer(path):
        text = read_text(path)
        parse_config(path, text)
        tables, _ = parse_toml(path, text)
        wanted = deepcopy(tables)
        change(wanted)
        whole = text if not text or text.endswith("\n") else text + "\n"
        edited = _in_line_ends_of(text, edit(whole, tables))
        if not _holds(edited, wanted):
            raise UsageError(
                f"{shown(path)} is written in a way that poptui cannot change safely: change it in"
                " an editor, with “poptui config edit”."
            )
        parse_config(path, edited)
        if edited in (text, whole):
            return
        if read_text(path) != text:
            raise UsageError(
                f"{shown(path)} was changed meanwhile, so it was not saved. Try again."
            )
        mark = BYTE_ORDER_MARK if _has_mark(path) else b""
        replace_file(path, mark + edited.encode())


def _holds(text: str, tables: Tables) -> bool:
    try:
        found, _ = parse_toml(Path(), text)
    except ConfigError:
        return False
    return _without_empty(found) == _without_empty(tables)


def _has_mark(path: Path) -> bool:
    try:
        return path.read_bytes().startswith(BYTE_ORDER_MARK)
    except OSError:
        return False


def _without_empty(tables: Tables) -> Tables:
    """Return the tables without an empty table of accounts, which means nothing."""
    return {key: value for key, value in tables.items() if key != "accounts" or value}


def _in_line_ends_of(text: str, edited: str) -> str:
    """Return ``edited`` with the line ends of ``text``; new lines get what most lines have."""
    if "\r\n" not in text:
        return edited
    from difflib import SequenceMatcher

    usual = "\r" if 2 * text.count("\r\n") > text.count("\n") else ""
    old, new = text.split("\n"), [line.removesuffix("\r") for line in edited.split("\n")]
    old_ends = ["\r" if line.endswith("\r") else "" for line in old[:-1]] + [usual]
    ends = [usual] * len(new)
    matcher = SequenceMatcher(None, [line.removesuffix("\r") for line in old], new, autojunk=False)
    for _, old_start, old_stop, new_start, new_stop in matcher.get_opcodes():
        if old_stop - old_start == new_stop - new_start:  # equal lines, or changed ones
            ends[new_start:new_stop] = old_ends[old_start:old_stop]
    ends[-1] = ""  # what follows the last line end
    return "\n".join(map("".join, zip(new, ends, strict=True)))


def _update(table: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value


class _Section(NamedTuple):
    """A table's header and the text up to the next one; the first section has no header.

    tomlkit gets one section at a time: given a whole file, it may move tables that lie apart.
    """

    keys: Keys
    lines: list[str]
    """With their line ends."""

    @property
    def text(self) -> str:
        return "".join(self.lines)

    @property
    def settings_end(self) -> int:
        """The number of lines up to the last setting; comments after it may be the next table's."""
        end = len(self.lines)
        # No value ends with a line like these.
        while end and (not self.lines[end - 1].strip() or self.lines[end - 1].lstrip()[0] == "#"):
            end -= 1
        return end

    @property
    def own_end(self) -> int:
        """The number of lines up to the last that belongs to this table alone.

        Comments right below the last setting do, if a blank line follows them.
        """
        end = self.settings_end
        while end < len(self.lines) and self.lines[end].lstrip().startswith("#"):
            end += 1
        is_apart = end < len(self.lines) and not self.lines[end].strip()
        return end if is_apart else self.settings_end

    def holds(self, parents: Keys) -> bool:
        """Whether the table at ``parents`` begins in this section."""
        if self.keys == parents:
            return True
        if self.keys != parents[: len(self.keys)]:
            return False
        table: Any = parse_toml(Path(), self.text)[0]
        for parent in parents:
            if parent not in table:
                return False
            table = table[parent]
        return True


def _sections(text: str) -> list[_Section]:
    lines = re.findall(
        r"[^\n]*\n|[^\n]+", text
    )  # str.splitlines would split at more characters than TOML does
    starts = [((), 1), *table_headers(text), ((), len(lines) + 1)]
    return [
        _Section(keys, lines[start - 1 : end - 1])
        for (keys, start), (_, end) in itertools.pairwise(starts)
    ]


def _joined(sections: Iterable[_Section]) -> str:
    return "".join(section.text for section in sections)


def _with_new_account(text: str, name: str, values: Mapping[str, Any]) -> str:
    """Add ``[accounts.NAME]`` after the others; where they are in an inline table, put it there."""
    import tomllib

    import tomlkit

    sections = _sections(text)
    others = [at for at, section in enumerate(sections) if section.keys[:1] == ("accounts",)]
    at = others[-1] if others else len(sections) - 1
    before = _joined(sections[:at])
    last = sections[at]
    end = last.own_end if at + 1 < len(sections) else len(last.lines)
    before += "".join(last.lines[:end])
    after = "".join(last.lines[end:]) + _joined(sections[at + 1 :])
    gap = before.rstrip("\r\n") + "\n\n" if before.strip() else ""
    after = "\n" + after if after.startswith("[") else after
    edited = gap + tomlkit.dumps({"accounts": {name: dict(values)}}) + after
    try:
        tomllib.loads(edited.replace("\r\n", "\n"))
    except ValueError:
        return _with_changed(text, ("accounts",), {name: dict(values)})
    return edited


def _with_changed(text: str, parents: Keys, values: Mapping[str, Any]) -> str:
    """Set and remove keys in the table at ``parents``, which is appended if it is missing."""
    import tomlkit

    sections = _sections(text)
    index = next((at for at, section in enumerate(sections) if section.holds(parents)), None)
    if index is None:
        if all(value is None for value in values.values()):
            return text
        gap = text.rstrip("\r\n") + "\n\n" if text.strip() else ""
        return f"{gap}[{tomlkit.key(parents).as_string()}]\n{tomlkit.dumps(dict(values))}"
    document: Any = tomlkit.parse(sections[index].text)
    table = document
    for parent in parents:
        table = table[parent]
    for key, value in values.items():
        if value is None:
            table.pop(key, None)
        elif key in table:
            table[key] = value
    # Do this last, because tomlkit's index of a table doesn't include inserted keys.
    for key, value in values.items():
        if value is not None and key not in table:
            _insert(table, key, value, is_followed=index + 1 < len(sections))
    sections[index] = _Section(parents, [document.as_string()])
    return _joined(sections)


def _insert(table: Any, key: str, value: Any, *, is_followed: bool) -> None:
    """Insert a key after the last one, before the comments that belong to the next table."""
    import tomlkit
    from tomlkit.items import Comment, Table

    if not isinstance(table, Table | tomlkit.TOMLDocument):
        table[key] = value  # an inline table
        return
    body: list[Any] = table.value.body if isinstance(table, Table) else table.body
    at = len(body)
    while at and body[at - 1][0] is None:
        at -= 1
    if at:
        trivia = body[at - 1][1].trivia
        trivia.trail = trivia.trail or "\n"
    elif is_followed and isinstance(table, tomlkit.TOMLDocument):
        at = len(body)
        while at and isinstance(body[at - 1][1], Comment):
            at -= 1
        body.insert(at, (None, tomlkit.nl()))
    body.insert(at, (tomlkit.key(key), tomlkit.item(value)))


def _without_account(text: str, name: str) -> str:
    """Remove the account's header and settings; the comments before the next table stay."""
    sections = _sections(text)
    for at, section in enumerate(sections):
        if section.keys == ("accounts", name):
            end = section.settings_end
            end += end < len(section.lines) and not section.lines[end].strip()
            sections[at] = _Section((), section.lines[end:])
            return _joined(sections)
    return _with_changed(text, ("accounts",), {name: None})
