"""``poptui rescue``: what was deleted and kept in safety copies, read and taken out again.

It needs no server: the copies are files on this machine.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from poptui.cli import options
from poptui.cli.command import CliCommand
from poptui.cli.printing import print_raw, print_reading, print_text
from poptui.cli.rescue_rows import kept_days, matches, print_copies, told
from poptui.cli.rows import print_json
from poptui.cli.streams import say
from poptui.errors import ExitCode, NotFoundError, PoptuiError, UsageError, quoted
from poptui.mailbox.messages.retrieve import header_lines
from poptui.pop3.limits import MAX_HEADER_BYTES
from poptui.printable import printable_line
from poptui.storage.config import load_config
from poptui.storage.safety_copies import CHUNK
from poptui.storage.safety_copy_index import SafetyCopy, copies, rescue_path

SHORTEST = 4
"""Letters of an id that may stand for it."""


class RescueError(PoptuiError):
    """A copy cannot be read."""

    exit_code = ExitCode.NO
    may_pass = False


async def list_copies(given: Namespace) -> int:
    """Print what is kept. Raises PoptuiError; NotFoundError where that is nothing."""
    found = (copy for copy in _found(given.account) if matches(copy, given.search))
    shown = list(islice(found, given.limit))
    if not shown:
        raise NotFoundError(f"No safety copy has {quoted(given.search)} in its sender or subject.")
    form = options.form_of(given)
    if form == "table":
        print_copies(shown)
    else:
        days = kept_days()
        print_json([told(copy, days(copy.account)) for copy in shown], one_array=form == "json")
    sys.stdout.flush()
    return ExitCode.DONE


async def show_copy(given: Namespace) -> int:
    """Print one copy. Raises PoptuiError."""
    copy = _named(_found(None), given.id)
    with closing(_message(copy)) as message:
        if given.headers:
            print_text(header_lines(message.read(MAX_HEADER_BYTES)))
        elif given.raw:
            print_raw(message)
        else:
            await print_reading(message, complete=copy.whole)
    _tell_what_is_missing(copy)
    sys.stdout.flush()
    return ExitCode.DONE


async def export_copies(given: Namespace) -> int:
    """Write copies as new files, and print where they are. Raises PoptuiError."""
    found = _found(given.account)
    if given.all == bool(given.ids):
        raise UsageError("Name the copies to export by their ids, or say --all.")
    chosen = found if given.all else [_named(found, text) for text in given.ids]
    for copy in dict.fromkeys(chosen):
        print(printable_line(str(_export(copy, given.folder))), flush=True)
        _tell_what_is_missing(copy)
    return ExitCode.DONE


def _export(copy: SafetyCopy, path: Path) -> Path:
    from poptui.mail.headers.decode import decode_header
    from poptui.mailbox.messages.saving import letter_name
    from poptui.storage.saving import folder

    with closing(_message(copy)) as message:
        name = letter_name(decode_header(message.read(MAX_HEADER_BYTES)))
        message.seek(0)
        with folder(path) as place:
            return path / place.save(name, iter(lambda: message.read(CHUNK), b""))


def _found(account: str | None) -> Sequence[SafetyCopy]:
    """What is kept, of an account or of all; NotFoundError where nothing is."""
    found = copies() if account is None else copies(_account(account))
    if found:
        return found
    where = "" if account is None else f" of {quoted(account)}"
    raise NotFoundError(
        f"There are no safety copies{where} in {printable_line(str(rescue_path()))}. "
        'safety_copy = "full" in the configuration file has them made.'
    )


def _account(text: str) -> str:
    """As copies are kept under: an account's name, a URL, or what the list shows."""
    if any(copy.account == text for copy in copies()):
        return text
    return load_config().for_target(text).server.account


def _named(found: Sequence[SafetyCopy], text: str) -> SafetyCopy:
    """The copy whose id begins so. Raises NotFoundError where there is none, or are several."""
    wanted = text.lower()
    matching = [copy for copy in found if copy.id.startswith(wanted)]
    if len(matching) == 1 and len(wanted) >= SHORTEST:
        return matching[0]
    if not matching:
        raise NotFoundError(
            f"There is no safety copy {quoted(text)}; poptui rescue list tells them."
        )
    raise NotFoundError(f"Several safety copies begin with {quoted(text)}: write more of the id.")


def _tell_what_is_missing(copy: SafetyCopy) -> None:
    if not copy.whole:
        say(f"poptui: {copy.id[:8]} is the header alone; its text was not kept.")


def _message(copy: SafetyCopy) -> BinaryIO:
    try:
        return copy.restored()
    except OSError as error:
        why = error.strerror or "the system refused"
        path = printable_line(str(copy.path))
        raise RescueError(f"The safety copy {path} cannot be read: {why}.") from None


NOTES = """\
With safety_copy = "full" (or "headers") in the configuration file, what a commit
deletes is first kept here. What is older than safety_copy_days (30) is dropped when
something is deleted next. The folder is a plain Maildir for each account, which any
mail program reads; where safety_copy_limit is reached, delete in it what you like.
Exported files have the line ends (CRLF) that the message had on the wire.

examples:
  poptui rescue list                     what is kept, the last deleted first
  poptui rescue list work --limit 20
  poptui rescue list --search invoice
  poptui rescue show 3f9a                the beginning of an id is enough
  poptui rescue export 3f9a 77c0 .       as .eml files in this folder
  poptui rescue export --all ~/rescued
"""


def _options(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="list | show | export", required=True)
    listing = actions.add_parser("list", help="print what is kept")
    listing.add_argument("account", nargs="?", metavar="TARGET", help="an account or a URL")
    listing.add_argument(
        "--limit", metavar="N", type=options.a_count, help="print at most N copies"
    )
    listing.add_argument(
        "--search", metavar="TEXT", default="", help="what has TEXT in its sender or subject"
    )
    options.form(listing)
    listing.set_defaults(run=list_copies)
    show = actions.add_parser("show", help="print one copy")
    show.add_argument("id", metavar="ID", help="as the list tells it, or how it begins")
    form = show.add_mutually_exclusive_group()
    form.add_argument("--headers", action="store_true", help="the header alone")
    form.add_argument("--raw", action="store_true", help="the message as it is")
    show.set_defaults(run=show_copy)
    export = actions.add_parser("export", help="write copies as .eml files")
    export.add_argument("ids", nargs="*", metavar="ID", help="which")
    export.add_argument("folder", metavar="DIR", type=Path, help="made if there is none")
    export.add_argument("--all", action="store_true", help="all that is kept")
    export.add_argument("--account", metavar="TARGET", help="of this account alone")
    export.set_defaults(run=export_copies)
    for action in (listing, show, export):
        options.debug(action)


COMMAND = CliCommand(
    "poptui rescue", "Read and take out what was deleted.", _options, list_copies, NOTES
)
