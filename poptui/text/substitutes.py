"""Replace characters that the terminal's encoding lacks, without changing the width."""

from __future__ import annotations

import codecs

SUBSTITUTES = "poptui.substitutes"
"""The name of the codec error handler, for ``open`` and ``reconfigure``."""

_SIMILAR = {
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
"""Characters that the interface draws, and common punctuation."""


def register() -> None:
    """Register the codec error handler."""
    codecs.register_error(SUBSTITUTES, _substituted)


def _substituted(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(map(_substitute, missing)), error.end


def _substitute(character: str) -> str:
    """Return a similar ASCII character, else a question mark for each cell."""
    from poptui.text.cells import cell_width

    return _SIMILAR.get(character) or "?" * cell_width(character)
