"""Read the package's tables of names, phrases and domains, in ``data/``.

A line that is not understood is left out: a damaged installation must not keep mail from being
listed. The tests read every table and allow no such line.
"""

from __future__ import annotations

from collections.abc import Iterator

MAX_LINE_CHARACTERS = 400
"""Longer lines are left out."""

MAX_LINES = 10_000


def table_lines(name: str) -> list[str]:
    """The lines of ``data/NAME``, without comments and blank ones."""
    read = getattr(getattr(__spec__, "loader", None), "get_data", None)
    folder = __file__.rpartition("tables.py")[0]
    try:
        text = read(f"{folder}data/{name}").decode("utf-8", "replace") if read else ""
    except OSError:
        return []
    return content_lines(text)


def content_lines(text: str) -> list[str]:
    """Return the lines of a table that are neither empty nor comments."""
    lines = (line.partition("#")[0].strip() for line in text.split("\n", MAX_LINES)[:MAX_LINES])
    return [line for line in lines if 0 < len(line) <= MAX_LINE_CHARACTERS]


def sections(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each line with the name of its ``[section]``."""
    section = ""
    for line in lines:
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
        elif section:
            yield section, line
