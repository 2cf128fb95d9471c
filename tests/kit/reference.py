"""Generate ``poptui help settings`` and the table of login methods from the program's own tables.

``python -m tests.kit.reference`` (``make reference``) writes them; tests compare them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby, zip_longest
from pathlib import Path
from textwrap import fill, indent, wrap

from poptui.environment import VARIABLES
from poptui.net.login_methods import METHODS
from poptui.storage.settings import SETTINGS, Setting

HELP = Path(__file__).parents[2] / "poptui" / "share" / "help"
PAGE = HELP / "settings.txt"
SERVERS_PAGE = HELP / "servers.txt"
COLUMNS = 78

EXAMPLE = """\
theme = "poptui-light"
keymap = "vim"
timeout = 30                    # seconds
safety_copy = "full"
body_cache = "200 MB"
save_dir = "~/Mail"
open_link = "firefox '%s'"

friends = ["ann@example.com", "@example.org"]
blocklist = ["@spam.example"]
duplicates = "newest"           # the copy that is:dup leaves out
threshold = 5

[accounts.work]
url = "pops://me@mail.example.com"
password_command = "pass mail/work"     # the first line it prints
readonly = true
verify = "always"

[[rules]]
match = "from:boss@example.com"
action = "protect"              # or "mark", "tag", "score" with score = 3

[keys]                          # instead of the keymap's
mark = ["d d", "m"]
discard = []

[filters]                       # instead of poptui's own, keys 1-9
"big and old" = "size:>5M older:1y"

[weights]
subject-emoji = 0
"""
"""An example of a configuration file; a test loads it."""

INTRODUCTION = """\
The configuration file

  It is config.toml in the folder poptui of your configuration folder
  (~/.config on Linux); 'poptui config path' prints where, 'poptui config
  check' finds its mistakes, 'poptui config edit' opens it. Every line is
  optional. If lines are wrong, all of them are reported at once, each with
  its number, its key, what is allowed and the nearest name. The command line
  overrides the file, and an account's table what is at the top.

Example
"""


def page() -> str:
    """Return the page: introduction, settings for all accounts, settings of an account,
    variables."""
    top = [setting for setting in SETTINGS.values() if setting.scope.at_top]
    account = [
        setting
        for setting in SETTINGS.values()
        if setting.scope.in_account and not setting.scope.at_top
    ]
    both = ", ".join(setting.name for setting in top if setting.scope.in_account)
    parts = (
        f"{INTRODUCTION}{indent(EXAMPLE, '    ')}",
        "At the top of the file\n" + "".join(_entry(variable) for variable in top),
        "Under [accounts.NAME]\n" + "".join(_entry(variable) for variable in account),
        _paragraph(f"An account may also have its own {both}."),
        "Environment variables\n"
        + "".join(f"  {setting.name}\n{_paragraph(setting.help, 6)}" for setting in VARIABLES),
    )
    return "\n".join(parts)


def _entry(setting: Setting) -> str:
    """Return a setting with its default, description and allowed values."""
    default = _default(setting)
    head = f"  {setting.name} = {default}" if default else f"  {setting.name}"
    return "\n".join((head, _paragraph(setting.help, 6) + _paragraph(_allowed(setting), 6)))


def _allowed(setting: Setting) -> str:
    return f"Allowed: {setting.kind.allowed}."


def _paragraph(text: str, spaces: int = 2) -> str:
    left = " " * spaces
    text = re.sub(r"`([^`]*)`", lambda code: f"'{code[1]}'" if " " in code[1] else code[1], text)
    return (
        fill(
            text,
            COLUMNS,
            initial_indent=left,
            subsequent_indent=left,
            break_long_words=False,
            break_on_hyphens=False,
        )
        + "\n"
    )


def _default(setting: Setting) -> str:
    """Return the default as it is written in the file; empty if there is none."""
    value = setting.default
    if value is True or value is False:
        return str(value).lower()
    if setting.kind.unit == "bytes":
        return '"1 GB"' if value == 10**9 else '"off"' if value == 0 else str(value)
    if isinstance(value, (int, float)):
        return f"{value:g}"
    return f'"{value}"' if value and isinstance(value, str) else ""


_METHODS_HEAD = ("method", "needs", "what the server gets")
_METHODS_CELLS = (21, 15, 36)


def methods_table() -> str:
    """Return the table of login methods; similar ones share a row."""
    rows = groupby(
        METHODS, key=lambda method: (method.credential.value, method.binds, method.shows)
    )
    lines = _table_row(_METHODS_HEAD)
    for (needs, binds, shows), methods in rows:
        names = ", ".join(method.name for method in methods)
        lines += _table_row((names, f"{needs}, TLS" if binds else needs, shows))
    return "\n".join(lines) + "\n"


def _table_row(texts: Iterable[str]) -> list[str]:
    """Return the lines of a row, with each text wrapped in its column."""
    columns = [
        wrap(text, cells, break_on_hyphens=False)
        for text, cells in zip(texts, _METHODS_CELLS, strict=True)
    ]
    lines = zip_longest(*columns, fillvalue="")
    return ["  " + " ".join(map(str.ljust, line, _METHODS_CELLS)).rstrip() for line in lines]


def with_methods(page: str) -> str:
    """Return the page on servers with the current table of login methods."""
    return re.sub(r"(?m)^  method  .*?\n(?=\n)", lambda _: methods_table(), page, flags=re.DOTALL)


def write() -> None:
    """Write the pages."""
    PAGE.write_text(page(), "utf-8")
    SERVERS_PAGE.write_text(with_methods(SERVERS_PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    write()
