"""``poptui config``: find, check and edit the configuration file."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from poptui.cli.command import CliCommand, CommandGroup, GroupMember, add_common
from poptui.cli.prompts import confirm, inform
from poptui.cli.session import check_settings
from poptui.cli.streams import note
from poptui.environment import config_path, without_own
from poptui.errors import ExitCode, UsageError
from poptui.printable import printable_line
from poptui.storage.config import Config, load_config
from poptui.storage.setting_kinds import nearest
from poptui.storage.settings import Settings
from poptui.storage.toml_reader import ConfigError, ConfigReport, shown

DEFAULT_EDITORS = ("sensible-editor", "nano", "vi")
"""The editors that are tried if VISUAL and EDITOR are not set."""

GO_TO_LINE = ("emacs", "emacsclient", "joe", "kak", "mg", "micro", "nano", "nvim", "vi", "vim")
"""Editors that open a file at a line given as ``+N``."""


def checked_config() -> Config:
    """Return the configuration; filters, rules and theme are checked too. Raises ConfigError."""
    return load_config(further=_check_all)


def _check_all(settings: Settings, report: ConfigReport) -> None:
    check_settings(settings, report)
    if settings.theme == Settings().theme:
        return
    # Checking a theme loads Textual, so only these commands do it; the interface does it itself.
    from poptui.tui.themes import ThemeCatalogue, user_folder

    themes = ThemeCatalogue(user_folder(settings.path))
    if themes.find(settings.theme) is None:
        file = f"{settings.theme}.toml: "
        wrong = [line for line in themes.notice.split("\n") if line.startswith(file)]
        hint = nearest(settings.theme, themes.names())
        known = f"must be a theme, such as {', '.join(themes.names()[:4])}{hint}"
        report.add(("theme",), f"can't be used: {wrong[0]}" if wrong else known)


async def print_path(_: Namespace) -> int:
    """Print the path of the configuration file, whether or not it exists."""
    path = config_path()
    print(shown(path))
    sys.stdout.flush()
    if not path.exists():
        note("This file doesn't exist yet. “poptui account add” creates it.")
    return ExitCode.DONE


async def check(_: Namespace) -> int:
    """Check the file, and print that it is valid. Raises ConfigError, with all mistakes."""
    path = config_path()
    accounts = len(checked_config().accounts)
    if path.exists():
        print(f"{shown(path)}: OK, {accounts} account{'' if accounts == 1 else 's'}.")
    else:
        print(f"{shown(path)}: there is no such file, so the defaults apply.")
    sys.stdout.flush()
    return ExitCode.DONE


async def edit(_: Namespace) -> int:
    """Open the file in the user's editor. Raises PoptuiError."""
    return await edit_config(config_path())


async def edit_config(path: Path, line: int = 0) -> int:
    """Open ``path`` in the editor, at ``line`` if it can; check it afterwards, and again.

    Raises UsageError if there is no terminal or no editor, ConfigError if mistakes remain.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(f"Can't start an editor without a terminal. The file is {shown(path)}.")
    command = _editor()
    if line and Path(command[0]).name in GO_TO_LINE:
        command = [*command, f"+{line}"]
    while True:
        with _private_if_new(path):
            await _run_editor(command, path)
        try:
            checked_config()
        except ConfigError as error:
            for sentence in error.sentences:
                inform(f"poptui: {sentence}")
            if not await confirm("Edit it again?", default=True):
                return error.exit_code
        else:
            note(f"{shown(path)}: OK.")
            return ExitCode.DONE


def _editor() -> list[str]:
    from shutil import which

    for name in ("VISUAL", "EDITOR"):
        try:
            if words := shlex.split(os.environ.get(name, "")):
                return words
        except ValueError:
            raise UsageError(f"The quotes in {name} do not match.") from None
    found = next(filter(which, DEFAULT_EDITORS), None)
    if found is None:
        raise UsageError("There is no editor: set the variable EDITOR to the name of one.")
    return [found]


@contextmanager
def _private_if_new(path: Path) -> Iterator[None]:
    """Create the file first, because an editor would let others read it; remove an empty one."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:  # it exists, or the editor will report the error
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):
            if not path.stat().st_size:
                path.unlink()


async def _run_editor(command: list[str], path: Path) -> None:
    try:
        editor = await asyncio.create_subprocess_exec(
            *command, str(path), env=without_own(os.environ)
        )
    except OSError as error:
        sentence = f"{printable_line(command[0])} cannot be started: {error.strerror}."
        raise UsageError(f"{sentence} EDITOR names another editor.") from None
    if await editor.wait():
        raise UsageError(f"{printable_line(command[0])} ended with an error; nothing was checked.")


def _add_arguments(parser: ArgumentParser) -> None:
    add_common(parser)


def _add_edit_arguments(parser: ArgumentParser) -> None:
    add_common(parser)
    parser.set_defaults(makes_config=True)


PATH = CliCommand(
    "poptui config path",
    "Print where the configuration file is, or would be.",
    _add_arguments,
    print_path,
)
CHECK = CliCommand(
    "poptui config check",
    "Print OK, or every mistake in the configuration file with its line.",
    _add_arguments,
    check,
    "Exit codes: 0 the file is valid, or there is none; 2 it has mistakes.",
)
EDIT = CliCommand(
    "poptui config edit",
    "Open the configuration file in $VISUAL or $EDITOR, and check it afterwards.",
    _add_edit_arguments,
    edit,
)
CONFIG = CommandGroup(
    "poptui config",
    "Find, check and edit the configuration file.",
    {
        "path": GroupMember("config:PATH", "path", "print where the file is"),
        "check": GroupMember("config:CHECK", "check", "print OK, or every mistake in it"),
        "edit": GroupMember("config:EDIT", "edit", "open it in your editor, and check it"),
    },
)
