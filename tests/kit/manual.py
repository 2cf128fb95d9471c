"""The man page and the shell completions, made from the parsers of the command line.

``python -m tests.kit.manual`` (``make reference``) writes them into ``poptui/share``; a test
compares them. poptui needs neither shtab nor this module to print them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from poptui import __version__
from poptui.cli import arguments
from poptui.cli.command import CliCommand, CommandGroup, CommandParser
from poptui.cli.completion import FILES
from poptui.environment import VARIABLES
from poptui.storage.settings import SETTINGS
from poptui.tui.actions.registry import ACTIONS

SHARE = Path(__file__).parents[2] / "poptui" / "share"
SHARED = ("connection", "general")
"""Groups of options that many commands have; the man page describes them once."""

SUMMARY = "browse and clean up a POP3 mailbox without downloading it"


def commands() -> Iterator[tuple[str, CliCommand | CommandGroup]]:
    """Yield each word of the command line with its command, first the one without a word."""
    for word in sorted(arguments.COMMANDS):
        yield word, arguments.load_command(word)


def whole_parser() -> argparse.ArgumentParser:
    """Return one parser for the whole command line, only for descriptions, not for parsing."""
    root = CommandParser("poptui", SUMMARY)
    root.add_argument("--version", action="store_true", help="print the version")
    arguments.load_command("").add_arguments(root)
    (target,) = [action for action in root._actions if action.dest == "target"]
    root._remove_action(target)
    below = root.add_subparsers(dest="command", metavar="COMMAND")
    for word, command in commands():
        if word:
            command.add_arguments(below.add_parser(word, help=_first_sentence(command.summary)))
    topics = below.add_parser("help", help="help on a command or a topic")
    topics.add_argument(
        "topic", nargs="?", choices=sorted([*arguments.TOPICS, *filter(None, arguments.COMMANDS)])
    )
    _complete_files(root)
    return root


def _complete_files(parser: argparse.ArgumentParser) -> None:
    """Tell shtab which arguments are files and folders, by their placeholders in the help."""
    import shtab

    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                _complete_files(below)
        elif action.metavar in ("FILE", "DIR"):
            complete = shtab.FILE if action.metavar == "FILE" else shtab.DIRECTORY
            action.complete = complete  # type: ignore[attr-defined]


def completion(shell: str) -> str:
    """Return the completion script for ``shell``."""
    import shtab

    return str(shtab.complete(whole_parser(), shell)).rstrip("\n") + "\n"


def _first_sentence(text: str) -> str:
    first = " ".join(text.split()).partition(". ")[0].rstrip(".")
    return first[:1].lower() + first[1:] if not first[:2].isupper() else first


def man_page() -> str:
    """Return ``poptui(1)`` in the macros of man(7)."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield f'.TH POPTUI 1 "" "poptui {__version__}" "User Commands"'
    yield from (".SH NAME", f"poptui \\- {SUMMARY}", ".SH SYNOPSIS")
    yield ".nf"
    for word, command in commands():
        yield _escaped(_synopsis(word, command))
    yield ".fi"
    yield from (".SH DESCRIPTION", _escaped(DESCRIPTION))
    yield ".SH COMMANDS"
    for word, command in commands():
        yield f".SS {_escaped(f'poptui {word}'.strip())}"
        yield _escaped(" ".join(command.summary.split()))
        yield from _options(_own_actions(_parser(word, command)))
    yield from (".SH OPTIONS", "The options that several commands share:")
    yield from _options(_shared_actions(_parser("triage", arguments.load_command("triage"))))
    yield from (".SH KEYS", "The keys of the default keymap. Press ? for help.")
    for action in ACTIONS:
        if action.keys:
            yield from (".TP", f"\\fB{_escaped(' '.join(action.keys))}\\fR", _escaped(action.help))
    for topic in PAGES:
        # Their lines may be as wide as a terminal, so they begin at its left edge.
        yield from (f".SH {topic.upper()}", ".in 0", ".nf")
        yield from (_escaped(arguments.topic_text(topic).rstrip()), ".fi", ".in")
    yield from (".SH CONFIGURATION", _escaped(CONFIGURATION))
    for setting in SETTINGS.values():
        text = f"{setting.help} Allowed: {setting.kind.allowed}."
        yield from (".TP", f"\\fB{_escaped(setting.name)}\\fR", _escaped(text.replace("`", "")))
    yield ".SH ENVIRONMENT"
    for variable in VARIABLES:
        yield from (".TP", f"\\fB{variable.name}\\fR", _escaped(variable.help.replace("`", "")))
    yield from (".SH SEE ALSO", _escaped(SEE_ALSO))


PAGES = (
    *("safety", "screen", "filters", "spam", "accounts", "servers", "targets", "scripts"),
    "accessibility",
)
"""The topics that are sections of the man page; keys and settings have other sections."""

SEE_ALSO = f"""\
'poptui help keymap NAME' prints the other keymaps, 'poptui help oauth' says how to sign in to \
Google and Microsoft, and 'poptui help PROVIDER' what these providers need: \
{", ".join(arguments.PROVIDERS)}."""

DESCRIPTION = """\
poptui lists the messages of a POP3 mailbox from their headers, downloads a message only when you \
open it, lets you mark messages for deletion, and changes the server only after you confirm."""

CONFIGURATION = """\
The configuration file is TOML; "poptui config path" prints where it is. A setting at the top of \
the file is for all accounts, one under [accounts.NAME] for that account."""


def _parser(word: str, command: CliCommand | CommandGroup) -> argparse.ArgumentParser:
    parser = CommandParser(f"poptui {word}".strip())
    command.add_arguments(parser)
    return parser


def _synopsis(word: str, command: CliCommand | CommandGroup) -> str:
    needed = [
        _choices(action) if isinstance(action, argparse._SubParsersAction) else _head(action)
        for action in _own_actions(_parser(word, command))
        if not action.option_strings or action.required
    ]
    return " ".join(["poptui", *filter(None, [word]), *needed, "[options]"])


def _choices(group: argparse._SubParsersAction[argparse.ArgumentParser]) -> str:
    """Return the commands of a group, if they fit on a line."""
    words = " | ".join(group.choices)
    return words if len(words) < 50 else "COMMAND"


def _shared_actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """Return the options in the groups that many commands have: connection and general."""
    groups = parser._action_groups
    return [action for group in groups if group.title in SHARED for action in group._group_actions]


def _own_actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """Return the options that only this command has, without --help."""
    shared = _shared_actions(parser)
    return [action for action in parser._actions if action not in shared and action.dest != "help"]


def _options(actions: Iterable[argparse.Action]) -> Iterator[str]:
    for action in actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {action.dest: action.help for action in action._choices_actions}
            for name, below in action.choices.items():
                yield from (".TP", f"\\fB{_escaped(name)}\\fR", _escaped(helps.get(name) or ""))
                yield from (".RS", *_options(_own_actions(below)), ".RE")
        elif action.help is not argparse.SUPPRESS:
            yield from (".TP", f"\\fB{_escaped(_head(action))}\\fR", _escaped(action.help or ""))


def _head(action: argparse.Action) -> str:
    """Return an argument as the help shows it, such as ``--limit N`` or ``[TARGET]``."""
    formatter = CommandParser("poptui")._get_formatter()
    default = action.dest.upper()
    if not action.option_strings:
        return formatter._format_args(action, default)
    names = ", ".join(action.option_strings)
    return names if action.nargs == 0 else f"{names} {formatter._format_args(action, default)}"


def _escaped(text: str) -> str:
    """Return ``text`` escaped for roff: backslashes and hyphens stay, no line becomes a macro."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").splitlines()
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in lines)


def files() -> dict[Path, str]:
    """Return the text of each generated file."""
    made = {SHARE / "completions" / name: completion(shell) for shell, name in FILES.items()}
    return {SHARE / "man" / "poptui.1": man_page(), **made}


def write() -> None:
    """Write the files."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    write()
