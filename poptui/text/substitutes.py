"""Characters that the terminal's encoding lacks, replaced cell by cell so that columns stay."""

from __future__ import annotations

import codecs

SUBSTITUTES = "poptui.substitutes"
"""The name of the error handler, for ``open`` and ``reconfigure``."""

_ALIKE = {
    **dict.fromkeys("‐‑‒–—―─━", "-"),
    **dict.fromkeys("‘’‚‹›´", "'"),
    **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("│┃▏▐▕", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯", "+"),
    **dict.fromkeys("█▇▆▅▓", "#"),
    **dict.fromkeys("▉▊▋▌▍▎", "="),
    **dict.fromkeys("▁▂▃▄▔▀", "_"),
    **dict.fromkeys("▾▼↓", "v"),
    **dict.fromkeys("▸▶→", ">"),
    **dict.fromkeys("▴▲↑", "^"),
    **dict.fromkeys("◂◀←", "<"),
    **dict.fromkeys("•·×", "*"),
    "…": ".",
    "\u00a0": " ",
}
"""What the interface draws with, and letters that every message has."""


def register() -> None:
    """Make the handler known to Python's codecs."""
    codecs.register_error(SUBSTITUTES, _substituted)


def _substituted(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(map(_substitute, lacking)), error.end


def _substitute(character: str) -> str:
    """One of our own signs as its nearest relative, else a question mark for each cell."""
    from poptui.text.cells import cell_width

    return _ALIKE.get(character) or "?" * cell_width(character)
