"""The standard streams: in the encoding of the terminal, and never a reason to fail."""

from __future__ import annotations

import codecs
import io
import locale
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from poptui.text.substitutes import SUBSTITUTES, register

_COERCED = ("C.UTF-8", "C.utf8", "UTF-8")
"""What Python sets LC_CTYPE to where the locale is C, or is not installed (PEP 538)."""


def open_streams() -> None:
    """Set up stdin, stdout and stderr: open, and in the encoding that the locale names.

    Streams that were closed are empty ones, so that no socket takes their numbers. What an
    encoding lacks is replaced, cell by cell: writing never raises for a character.
    """
    register()
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, "w" if number else "r"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=_encoding(stream), errors=SUBSTITUTES)


def flush_streams() -> None:
    """Write what is still to be written, so that the interpreter's end finds no error (code 120).

    Raises OSError if standard output takes it no more.
    """
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        _drop(sys.stderr)
    sys.stdout.flush()


def discard_stdout() -> None:
    """Let what is still to be written to stdout go nowhere, without errors."""
    _drop(sys.stdout)


def say(text: str = "", end: str = "\n") -> None:
    """Write to stderr; a stderr that takes nothing does not end what the command does."""
    with suppress(OSError, ValueError):
        print(text, end=end, file=sys.stderr, flush=True)


def stdout_is_utf8() -> bool:
    """Whether standard output takes any character."""
    return _name(sys.stdout.encoding or "ascii") == "utf-8"


def _drop(stream: TextIO) -> None:
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _encoding(stream: io.TextIOWrapper) -> str:
    """The encoding to write in: the locale's, unless the user set another for Python.

    Python takes UTF-8 for the locale C and for one that is not installed. A terminal that was
    started with either need not, and then 0x9B, a byte of many letters, begins a command.
    """
    wanted = os.environ.get("PYTHONIOENCODING", "").partition(":")[0]
    if wanted or os.environ.get("PYTHONUTF8") == "1" or "utf8" in sys._xoptions:
        return stream.encoding
    if _name(stream.encoding) != "utf-8":
        return stream.encoding
    named = _named_by_locale()
    if named and named != "utf-8":
        return named
    return locale.getencoding() if sys.flags.utf8_mode else stream.encoding


def _named_by_locale() -> str:
    """The encoding in the locale's name (``de_DE.ISO-8859-1``), ``""`` where it names none."""
    environment = os.environ
    named = environment.get("LC_ALL", "")
    if not named:
        named = _own_ctype() or environment.get("LANG", "")
    _, dot, encoding = named.partition("@")[0].partition(".")
    if not dot:
        return ""
    name = _name(encoding)
    try:
        return name if "\x1b[m".encode(name) == b"\x1b[m" else "ascii"
    except LookupError:
        return "ascii"


def _own_ctype() -> str:
    """LC_CTYPE as the user set it, where the system can still tell once Python has coerced it."""
    now = os.environ.get("LC_CTYPE", "")
    if now not in _COERCED:
        return now
    try:
        variables = Path("/proc/self/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    return next(
        (one[9:].decode("ascii", "replace") for one in variables if one.startswith(b"LC_CTYPE=")),
        "",
    )


def _name(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return encoding
