"""Set up the standard streams: in the terminal's encoding, and so that writing never fails."""

from __future__ import annotations

import codecs
import io
import locale
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

_COERCED_LOCALES = ("C.UTF-8", "C.utf8", "UTF-8")
"""Python sets LC_CTYPE to one of these if the locale is C or isn't installed (PEP 538)."""

SUBSTITUTES = "poptui.substitutes"
"""The name of the codec error handler that replaces characters which the encoding lacks."""

_SIMILAR = {
    **dict.fromkeys("‐‑‒–—―─━", "-"),
    **dict.fromkeys("‘’‚‹›´", "'"),
    **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("│┃▏▐▕", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯", "+"),
    **dict.fromkeys("█▇▆▅▄▓", "#"),
    **dict.fromkeys("▉▊▋▌▍▎", "="),
    **dict.fromkeys("▁▂▃▔▀", "_"),
    **dict.fromkeys("▾▼↓", "v"),
    **dict.fromkeys("▸▶→", ">"),
    **dict.fromkeys("▴▲↑", "^"),
    **dict.fromkeys("◂◀←", "<"),
    **dict.fromkeys("•·×", "*"),
    "…": ".",
    "\u00a0": " ",
}
"""Characters that the interface draws, and common punctuation."""
USUAL_COLUMNS = 80
"""The width assumed if the terminal does not report one."""


def open_streams() -> None:
    """Set up stdin, stdout and stderr: open, and in the encoding that the locale names.

    A closed stream is opened on the null device, so that no socket gets its file descriptor.
    Characters that the encoding lacks are replaced, cell by cell, instead of raising.
    """
    codecs.register_error(SUBSTITUTES, _substituted)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(null, "w" if number else "r"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=_encoding(stream), errors=SUBSTITUTES)


def terminal_columns() -> int:
    """Return the width of the terminal, as ``shutil`` does, which would take longer to load."""
    with suppress(ValueError):
        if (columns := int(os.environ.get("COLUMNS", ""))) > 0:
            return columns
    with suppress(AttributeError, ValueError, OSError):
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or USUAL_COLUMNS  # type: ignore[union-attr]
    return USUAL_COLUMNS


def flush_streams() -> None:
    """Write what is buffered, so that the interpreter doesn't fail at its end (exit code 120).

    Raises OSError if standard output can't be written.
    """
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        _send_nowhere(sys.stderr)
    sys.stdout.flush()


def discard_stdout() -> None:
    """Send what is buffered for stdout to the null device, without errors."""
    _send_nowhere(sys.stdout)


_is_quiet = False


def be_quiet(quiet: bool) -> None:
    """Turn ``note`` off or on."""
    global _is_quiet
    _is_quiet = quiet


def note(text: str = "", end: str = "\n") -> None:
    """Write progress or a summary to stderr, unless ``--quiet`` was given."""
    if not _is_quiet:
        say(text, end)


def say(text: str = "", end: str = "\n") -> None:
    """Write to stderr. If that fails, go on, so that the command can finish its work."""
    with suppress(OSError, ValueError):
        print(text, end=end, file=sys.stderr, flush=True)


def stdout_is_utf8() -> bool:
    """Whether standard output can encode every character."""
    return _name(sys.stdout.encoding or "ascii") == "utf-8"


def _send_nowhere(stream: TextIO) -> None:
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def _encoding(stream: io.TextIOWrapper) -> str:
    """Return the encoding to write in: the locale's, unless the user set another for Python.

    For the locale C, and for one that isn't installed, Python takes UTF-8. A terminal started
    with such a locale may not: there the byte 0x9B, part of many characters, begins a command.
    """
    wanted = os.environ.get("PYTHONIOENCODING", "").partition(":")[0]
    if wanted or os.environ.get("PYTHONUTF8") == "1" or "utf8" in sys._xoptions:
        return stream.encoding
    if _name(stream.encoding) != "utf-8":
        return stream.encoding
    in_locale = _encoding_in_locale()
    if in_locale and in_locale != "utf-8":
        return in_locale
    return locale.getencoding() if sys.flags.utf8_mode else stream.encoding


def _encoding_in_locale() -> str:
    """Return the encoding in the locale's name (``de_DE.ISO-8859-1``), ``""`` if there is none."""
    environment = os.environ
    named = environment.get("LC_ALL", "")
    if not named:
        named = _original_ctype() or environment.get("LANG", "")
    _, dot, encoding = named.partition("@")[0].partition(".")
    if not dot:
        return ""
    name = _name(encoding)
    try:
        return name if "\x1b[m".encode(name) == b"\x1b[m" else "ascii"
    except LookupError:
        return "ascii"


def _original_ctype() -> str:
    """Return LC_CTYPE as the user set it, if the system still knows after Python changed it."""
    now = os.environ.get("LC_CTYPE", "")
    if now not in _COERCED_LOCALES:
        return now
    try:
        variables = Path("/proc/self/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    return next(
        (
            pair[9:].decode("ascii", "replace")
            for pair in variables
            if pair.startswith(b"LC_CTYPE=")
        ),
        "",
    )


def _name(encoding: str) -> str:
    """Return Python's name of an encoding."""
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return encoding


def _substituted(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(map(_substitute, missing)), error.end


def _substitute(character: str) -> str:
    """Return a similar ASCII character, else a question mark for each cell."""
    from poptui.text.cells import cell_width

    return _SIMILAR.get(character) or "?" * cell_width(character)
