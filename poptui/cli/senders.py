"""``poptui friends`` and ``poptui blocklist``: lists of senders, kept in files of their own."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from poptui.cli import options
from poptui.cli.command import CliCommand
from poptui.cli.streams import say
from poptui.errors import ExitCode, UsageError, quoted
from poptui.printable import printable_line
from poptui.storage.config import load_config
from poptui.storage.sender_lists import SendersFile, blocklist_file, friends_file
from poptui.storage.settings import Settings
from poptui.storage.toml_reader import shown
from poptui.triage.policy.senders import sender_entry

NOTES = """\
A sender is an address, ann@example.com, or a domain with those below it, @example.com.
The list is a text file beside the configuration, one sender a line, # begins a comment.

examples:
  poptui {name} add ann@example.com @example.org
  poptui {name} import addresses.txt        (- reads standard input)
"""


def _senders_command(
    name: str,
    tells: str,
    file_of: Callable[[Path], SendersFile],
    configured: Callable[[Settings], tuple[str, ...]],
) -> CliCommand:
    """The command of one such list; ``configured`` are those that the configuration names."""

    async def run(given: Namespace) -> int:
        settings = load_config().settings
        file = file_of(settings.path)
        match given.what:
            case "add":
                return _tell("added to", file.add(map(_entry, given.senders)), file)
            case "remove":
                return _tell("removed from", file.remove(map(_entry, given.senders)), file)
            case "import":
                return _import(given.file, file)
            case _:
                return _list([*configured(settings), *file.entries()])

    return CliCommand(f"poptui {name}", tells, _options, run, NOTES.format(name=name))


def _options(parser: ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", metavar="list | add | remove | import", required=True)
    what.add_parser("list", help="print them")
    for word in ("add", "remove"):
        adds = what.add_parser(word, help=f"{word} senders")
        adds.add_argument("senders", metavar="SENDER", nargs="+", help="an address or @domain")
    imports = what.add_parser("import", help="add all that a file names")
    imports.add_argument("file", metavar="FILE", help="a text file, one address a line")
    options.debug(parser)


def _entry(text: str) -> str:
    try:
        return sender_entry(text)
    except ValueError as error:
        raise UsageError(f"{quoted(text)} must be {error}.") from None


def _list(entries: list[str]) -> int:
    for entry in dict.fromkeys(entries):
        print(printable_line(entry))
    sys.stdout.flush()
    return ExitCode.DONE if entries else ExitCode.NO


def _tell(done: str, entries: list[str], file: SendersFile) -> int:
    for entry in entries:
        print(printable_line(entry))
    sys.stdout.flush()
    say(f"{len(entries):,} {done} {shown(file.path)}.")
    return ExitCode.DONE if entries else ExitCode.NO


def _import(source: str, file: SendersFile) -> int:
    """What is no sender is told by its line and left out; then the answer is no."""
    good, bad = [], 0
    for number, line in enumerate(_lines(source), 1):
        text = line.partition("#")[0].strip().rstrip(",;")
        try:
            good += [sender_entry(text)] if text else []
        except ValueError:
            bad += 1
            say(f"Line {number:,} is left out: {quoted(text)} is no sender.")
    code = _tell("added to", file.add(good), file)
    return ExitCode.NO if bad else code


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
