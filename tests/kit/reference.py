"""README's reference of settings and environment variables, made from the program's own tables.

``python -m tests.kit.reference`` (``make reference``) writes it; a test compares it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from poptui.environment import VARIABLES
from poptui.storage.settings import SETTINGS, Setting

README = Path(__file__).parents[2] / "README.md"
_BEGIN, _END = "<!-- reference: begin (make reference) -->\n", "<!-- reference: end -->\n"


def reference() -> str:
    """Markdown tables of the keys at the top of the file, of an account's keys, of variables."""
    top = [one for one in SETTINGS.values() if one.scope.at_top]
    account = [one for one in SETTINGS.values() if one.scope.in_account and not one.scope.at_top]
    both = [f"`{one.name}`" for one in top if one.scope.in_account]
    lines = [
        "At the top of the file:",
        "",
        *_table(("key", "default", "allowed", "what it does"), map(_row, top)),
        "",
        "Under `[accounts.NAME]`:",
        "",
        *_table(("key", "default", "allowed", "what it does"), map(_row, account)),
        "",
        f"An account may also have its own {', '.join(both)}.",
        "The command line overrides both.",
        "",
        "Environment variables:",
        "",
        *_table(("variable", "what it sets"), ((f"`{v.name}`", v.help) for v in VARIABLES)),
    ]
    return "\n".join(lines) + "\n"


def _table(heads: tuple[str, ...], rows: Any) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _row(setting: Setting) -> tuple[str, ...]:
    return f"`{setting.name}`", _default(setting), setting.kind.allowed, setting.help


def _default(setting: Setting) -> str:
    value = setting.default
    if value is True or value is False:
        return str(value).lower()
    if setting.kind.unit == "bytes":
        return '"1 GB"' if value == 10**9 else '"off"' if value == 0 else str(value)
    if isinstance(value, (int, float)):
        return f"{value:g}"
    return f'"{value}"' if value and isinstance(value, str) else "–"


def readme_reference() -> str:
    """The reference as README has it now."""
    text = README.read_text("utf-8")
    return text.partition(_BEGIN)[2].partition(_END)[0]


def write() -> None:
    """Put the reference into README."""
    before, _, rest = README.read_text("utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    README.write_text(f"{before}{_BEGIN}{reference()}{_END}{after}", "utf-8")


if __name__ == "__main__":
    write()
