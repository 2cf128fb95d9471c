"""``poptui friends`` and ``poptui blocklist``: lists of senders, kept in separate files."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from poptui.cli.command import CliCommand, add_common
from poptui.cli.streams import note, say
from poptui.errors import ExitCode, UsageError, quoted
from poptui.printable import printable_line
from poptui.storage.config import load_config
from poptui.storage.sender_lists import SendersFile, blocklist_file, friends_file
from poptui.storage.settings import Settings
from poptui.storage.toml_reader import shown
from poptui.triage.policy.policy import sender_entry

NOTES = """\
A sender is an address, such as ann@example.com, or a domain with all below it,
such as @example.com. The list is a text file beside the configuration file: one
sender per line; # begins a comment.

examples:
  poptui {name} add ann@example.com @example.org
  poptui {name} import addresses.txt        (- reads standard input)
"""


def _senders_command(
    name: str,
    summary: str,
    file_of: Callable[[Path], SendersFile],
    configured: Callable[[Settings], tuple[str, ...]],
) -> CliCommand:
    """Make the command for one list; ``configured`` returns the senders that the settings name."""

    async def run(options: Namespace) -> int:
        settings = load_config().settings
        file = file_of(settings.path)
        match options.action:
            case "add":
                return _report("added to", file.add(map(_parse, options.senders)), file)
            case "remove":
                return _report("removed from", file.remove(map(_parse, options.senders)), file)
            case "import":
                return _import(options.file, file)
            case _:
                return _list([*configured(settings), *file.entries()])

    return CliCommand(f"poptui {name}", summary, _add_arguments, run, NOTES.format(name=name))


def _add_arguments(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(
        dest="action", metavar="list | add | remove | import", required=True
    )
    listing = actions.add_parser("list", help="print the senders")
    imports = actions.add_parser("import", help="add all senders in a file")
    imports.add_argument("file", metavar="FILE", help="a text file, one sender per line")
    add = actions.add_parser("add", help="add senders")
    remove = actions.add_parser("remove", help="remove senders")
    for action in (add, remove):
        action.add_argument("senders", metavar="SENDER", nargs="+", help="an address or @domain")
    for action in (listing, add, remove, imports):
        add_common(action)


def _parse(text: str) -> str:
    try:
        return sender_entry(text)
    except ValueError as error:
        raise UsageError(f"{quoted(text)} must be {error}.") from None


def _list(entries: list[str]) -> int:
    for entry in dict.fromkeys(entries):
        print(printable_line(entry))
    sys.stdout.flush()
    return ExitCode.DONE if entries else ExitCode.FAILURE


def _report(action: str, entries: list[str], file: SendersFile) -> int:
    for entry in entries:
        print(printable_line(entry))
    sys.stdout.flush()
    note(f"{len(entries):,} {action} {shown(file.path)}.")
    return ExitCode.DONE if entries else ExitCode.FAILURE


def _import(source: str, file: SendersFile) -> int:
    """Add the senders in a file; report invalid lines, and return FAILURE if there are any."""
    good, bad = [], 0
    for number, line in enumerate(_lines(source), 1):
        text = line.partition("#")[0].strip().rstrip(",;")
        try:
            good += [sender_entry(text)] if text else []
        except ValueError:
            bad += 1
            say(f"Line {number:,} skipped: {quoted(text)} is not an address or @domain.")
    code = _report("added to", file.add(good), file)
    return ExitCode.FAILURE if bad else code


def _lines(source: str) -> list[str]:
    try:
        octets = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return octets.decode("utf-8-sig").splitlines()
    except OSError as error:
        raise UsageError(f"{quoted(source)} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{quoted(source)} is not UTF-8 text.") from None


FRIENDS = _senders_command(
    "friends",
    "Manage trusted senders.",
    friends_file,
    lambda settings: settings.friends,
)
BLOCKLIST = _senders_command(
    "blocklist", "Manage blocked senders.", blocklist_file, lambda settings: settings.blocklist
)
