"""Change the configuration file as its owner would: comments, order and line ends are kept.

A file with mistakes is never overwritten, and neither is one that somebody changed meanwhile. What
is written has been read back and compared first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from poptui.errors import UsageError, quoted
from poptui.storage.atomic_write import replace_file
from poptui.storage.config import parse_config
from poptui.storage.toml_reader import parse_toml, read_text, shown

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Tables = dict[str, Any]
"""The content of a TOML file, as plain values."""


def save_account(path: Path, name: str, values: Mapping[str, Any]) -> None:
    """Add an account, or change settings of one that exists; None removes a setting.

    Raises ConfigError if the file has mistakes or would get some, UsageError if it can't be written.
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
            raise UsageError(f"There is no account {quoted(name)} in {shown(path)}.")
        del tables["accounts"][name]
        if not tables["accounts"]:
            del tables["accounts"]

    _rewrite(path, change, lambda text, _: _without_account(text, name))


def save_setting(path: Path, key: str | tuple[str, ...], value: Any) -> None:
    """Set a key at the top of the file, or in a table: ``("keys", "delete")``. None removes it.

    Raises ConfigError if the file has mistakes or would get some, UsageError if it can't be written.
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
    """Write the text that ``edit`` makes, if it holds what ``change`` makes of the old tables."""
    text = read_text(path)
    parse_config(path, text)
    tables, _ = parse_toml(path, text)
    wanted = deepcopy(tables)
    change(wanted)
    edited = _in_line_ends_of(text, edit(text, tables))
    if _without_empty(parse_toml(path, edited)[0]) != _without_empty(wanted):
        raise UsageError(
            f"{shown(path)} is written in a way that poptui cannot change safely: change it in an"
            " editor, with “poptui config edit”."
        )
    parse_config(path, edited)
    if edited == text:
        return
    if read_text(path) != text:
        raise UsageError(f"{shown(path)} was changed meanwhile, so it was not saved. Try again.")
    mark = BYTE_ORDER_MARK if _has_mark(path) else b""
    replace_file(path, mark + edited.encode())


def _has_mark(path: Path) -> bool:
    try:
        return path.read_bytes().startswith(BYTE_ORDER_MARK)
    except OSError:
        return False


def _without_empty(tables: Tables) -> Tables:
    """Return the tables without an empty table of accounts, which means nothing."""
    return {key: value for key, value in tables.items() if key != "accounts" or value}


def _in_line_ends_of(text: str, edited: str) -> str:
    if "\r\n" not in text:
        return edited
    return re.sub(r"(?<!\r)\n", "\r\n", edited)


def _update(table: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value


def _with_new_account(text: str, name: str, values: Mapping[str, Any]) -> str:
    """Append ``[accounts.NAME]``; where accounts are an inline table, put it in there."""
    import tomllib

    import tomlkit

    block = tomlkit.dumps({"accounts": {name: dict(values)}})
    separated = text.rstrip("\r\n") + "\n\n" if text.strip() else ""
    appended = separated + block
    try:
        tomllib.loads(appended.replace("\r\n", "\n"))
    except ValueError:
        document: Any = tomlkit.parse(text)
        document["accounts"][name] = dict(values)
        return document.as_string()  # type: ignore[no-any-return]
    return appended


def _with_changed(text: str, parents: tuple[str, ...], values: Mapping[str, Any]) -> str:
    import tomlkit

    document: Any = tomlkit.parse(text)
    table = document
    for parent in parents:
        if parent not in table:
            table[parent] = tomlkit.table()
        table = table[parent]
    for key, value in values.items():
        if value is None:
            table.pop(key, None)
        elif key in table:
            table[key] = value
    # Last, because tomlkit's index of a table doesn't know what is inserted.
    for key, value in values.items():
        if value is not None and key not in table:
            _insert(table, key, value)
    return document.as_string()  # type: ignore[no-any-return]


def _insert(table: Any, key: str, value: Any) -> None:
    """Insert a key after the last one, before the comments that belong to the next table."""
    import tomlkit
    from tomlkit.items import Comment, Table

    if not isinstance(table, Table | tomlkit.TOMLDocument):
        table[key] = value  # an inline table
        return
    body: list[Any] = table.value.body if isinstance(table, Table) else table.body
    is_header = [_is_table(name, item) for name, item in body]
    at = is_header.index(True) if True in is_header else len(body)
    is_followed = at < len(body)
    last = at
    while last and body[last - 1][0] is None:
        last -= 1
    if last:
        at = last
        trivia = body[at - 1][1].trivia
        trivia.trail = trivia.trail or "\n"
    elif is_followed:
        while at and isinstance(body[at - 1][1], Comment):
            at -= 1
        body.insert(at, (None, tomlkit.nl()))
    body.insert(at, (tomlkit.key(key), tomlkit.item(value)))


def _is_table(name: Any, item: Any) -> bool:
    """Whether an item is a table with a header, which ends the keys above it."""
    from tomlkit.items import AoT, Table

    return isinstance(item, AoT) or (isinstance(item, Table) and not name.is_dotted())


def _without_account(text: str, name: str) -> str:
    """Remove the account's header and settings; the comments before the next table stay."""
    import secrets

    import tomlkit
    from tomlkit.items import Table

    document: Any = tomlkit.parse(text)
    accounts = document["accounts"]
    table = accounts[name]
    if not isinstance(table, Table) or not _has_header(text, table):
        del accounts[name]
        return document.as_string()  # type: ignore[no-any-return]
    mark = f"# {secrets.token_hex(16)}"
    body = table.value.body
    at = len(body)
    while at and body[at - 1][0] is None:
        at -= 1
    tail = body[at:]
    for key in list(table):
        del table[key]
    del body[:]
    table.add(tomlkit.comment(mark.removeprefix("# ")))
    body.extend(tail)
    # What is left of the table are its header, the mark, and the comments after its settings.
    edited = re.sub(rf"^[^\n]*\n{mark}\n(?:\r?\n)?", "", document.as_string(), flags=re.MULTILINE)
    return edited if edited.strip() else ""


def _has_header(text: str, table: Any) -> bool:
    return bool(table.is_super_table() is False)
