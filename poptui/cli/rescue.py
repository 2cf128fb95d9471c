"""``poptui rescue``: list, show and export safety copies of deleted messages.

It needs no server: the copies are files on this machine.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from poptui.cli.command import (
    CliCommand,
    add_common,
    add_output_form,
    output_form,
    positive_number,
)
from poptui.cli.message_page import print_message, print_raw, print_text
from poptui.cli.rows import MAX_COLUMNS, print_json
from poptui.cli.streams import say, terminal_columns
from poptui.errors import ExitCode, NotFoundError, PoptuiError, UsageError, quoted_input
from poptui.mail.headers.decode import decode_header
from poptui.mail.headers.header import Header
from poptui.mailbox.messages.spool import header_lines
from poptui.pop3.limits import MAX_HEADER_BYTES
from poptui.printable import printable_line
from poptui.storage.config import load_config
from poptui.storage.safety_copies import CHUNK_BYTES
from poptui.storage.safety_copy_index import SafetyCopy, copies, rescue_path

MIN_ID_CHARACTERS = 4
"""The shortest prefix of an id that may stand for it."""

ID_CHARACTERS = 8
"""The list shows only this much of an id; even among thousands it is probably unique."""


class RescueError(PoptuiError):
    """A copy cannot be read."""

    exit_code = ExitCode.FAILURE
    is_temporary = False


async def list_copies(options: Namespace) -> int:
    """Print the copies. Raises PoptuiError; NotFoundError if there are none."""
    found = (copy for copy in _copies_of(options.account) if _matches(copy, options.search))
    shown = list(islice(found, options.limit))
    if not shown:
        raise NotFoundError(
            f"No safety copy has {quoted_input(options.search)} in its sender or subject."
        )
    form = output_form(options)
    if form == "table":
        _print_table(shown)
    else:
        days = _days_kept()
        print_json([_json(copy, days(copy.account)) for copy in shown], one_array=form == "json")
    sys.stdout.flush()
    return ExitCode.DONE


async def show_copy(options: Namespace) -> int:
    """Print one copy. Raises PoptuiError."""
    copy = _by_id(_copies_of(None), options.id)
    with closing(_open(copy)) as message:
        if options.headers:
            print_text(header_lines(message.read(MAX_HEADER_BYTES)))
        elif options.raw:
            print_raw(message)
        else:
            await print_message(message, complete=copy.whole)
    _warn_if_header_only(copy)
    sys.stdout.flush()
    return ExitCode.DONE


async def export_copies(options: Namespace) -> int:
    """Write copies as new files and print where they are. Raises PoptuiError."""
    found = _copies_of(options.account)
    if options.all == bool(options.ids):
        raise UsageError("Give the ids of the copies to export, or --all.")
    chosen = found if options.all else [_by_id(found, text) for text in options.ids]
    for copy in dict.fromkeys(chosen):
        print(printable_line(str(_export(copy, options.folder))), flush=True)
        _warn_if_header_only(copy)
    return ExitCode.DONE


def _export(copy: SafetyCopy, path: Path) -> Path:
    from poptui.mailbox.messages.saving import eml_name
    from poptui.storage.saving import folder

    with closing(_open(copy)) as message:
        name = eml_name(decode_header(message.read(MAX_HEADER_BYTES)))
        message.seek(0)
        with folder(path) as target:
            return path / target.save(name, iter(lambda: message.read(CHUNK_BYTES), b""))


def _copies_of(account: str | None) -> Sequence[SafetyCopy]:
    """Return the copies of one account or of all. Raises NotFoundError if there are none."""
    found = copies() if account is None else copies(_account(account))
    if found:
        return found
    where = "" if account is None else f" of {quoted_input(account)}"
    raise NotFoundError(
        f"There are no safety copies{where} in {printable_line(str(rescue_path()))}. "
        'To make them, set safety_copy = "full" in the configuration file.'
    )


def _account(text: str) -> str:
    """Return the key of an account, given its name, a URL, or the key that the list shows."""
    if any(copy.account == text for copy in copies()):
        return text
    return load_config().for_target(text).server.account


def _by_id(found: Sequence[SafetyCopy], text: str) -> SafetyCopy:
    """Return the copy whose id begins with ``text``. Raises NotFoundError unless it is unique."""
    wanted = text.lower()
    matching = [copy for copy in found if copy.id.startswith(wanted)]
    if not matching:
        raise NotFoundError(
            f"There is no safety copy {quoted_input(text)}. Run 'poptui rescue list' for the ids."
        )
    if len(wanted) < MIN_ID_CHARACTERS:
        raise NotFoundError(
            f"The id {quoted_input(text)} is too short: type at least four characters."
        )
    if len(matching) > 1:
        raise NotFoundError(f"Several safety copies begin with {quoted_input(text)}: type more.")
    return matching[0]


def _warn_if_header_only(copy: SafetyCopy) -> None:
    if not copy.whole:
        say(f"poptui: {copy.id[:ID_CHARACTERS]} is only a header; the text was not kept.")


def _open(copy: SafetyCopy) -> BinaryIO:
    try:
        return copy.restored()
    except OSError as error:
        why = error.strerror or type(error).__name__
        path = printable_line(str(copy.path))
        raise RescueError(f"The safety copy {path} cannot be read: {why}.") from None


def _days_kept() -> Callable[[str], int | None]:
    """Return how many days an account's copies are kept; None if the configuration is invalid."""
    try:
        config = load_config()
        named = [config.for_target(name) for name in config.accounts]
    except UsageError:
        return lambda account: None
    days = {settings.server.account: settings.safety_copy_days for settings in named}
    return lambda account: days.get(account, config.settings.safety_copy_days)


def _header(copy: SafetyCopy) -> Header:
    """Read the copy's header; return an empty one if that fails."""
    with suppress(OSError), copy.open() as file:
        return decode_header(file.read(MAX_HEADER_BYTES))
    return Header()


def _matches(copy: SafetyCopy, text: str) -> bool:
    """Whether ``text`` is in the sender or subject, ignoring case."""
    if not text:
        return True
    header = _header(copy)
    fields = (header.from_.name, header.from_.address, header.subject)
    return any(text.casefold() in field.casefold() for field in fields)


def _json(copy: SafetyCopy, days: int | None) -> dict[str, Any]:
    """Return a copy, kept for ``days``, as its JSON object; absent values are None."""
    header = _header(copy)
    from_ = {"name": header.from_.name or None, "address": header.from_.address or None}
    until = copy.deleted + timedelta(days=days) if days else None
    return {
        "id": copy.id,
        "account": copy.account,
        "deleted": copy.deleted.isoformat(timespec="seconds"),
        "kept_until": until.isoformat(timespec="seconds") if until else None,
        "size": copy.octets,
        "whole": copy.whole,
        "from": from_ if header.from_.shown else None,
        "to": header.to or None,
        "subject": header.subject or None,
        "date": header.date.isoformat() if header.date else None,
        "file": os.fsencode(copy.path).decode("utf-8", "replace"),
    }


def _print_table(shown: Sequence[SafetyCopy]) -> None:
    """Print one line per copy: id, when deleted, size, account if they differ, sender, subject."""
    from poptui.text.format import clock_date, cut, fit, size

    width = terminal_columns() if sys.stdout.isatty() else MAX_COLUMNS
    now = datetime.now().astimezone()
    several = len({copy.account for copy in shown}) > 1
    for copy in shown:
        header = _header(copy)
        account = f"  {fit(printable_line(copy.account), 24)}" if several else ""
        octets = size(copy.octets) if copy.whole else "header"
        line = (
            f"{copy.id[:ID_CHARACTERS]}  {clock_date(copy.deleted, now):16}  {octets:>7}{account}"
            f"  {fit(printable_line(header.from_.shown), 24)}  {printable_line(header.subject)}"
        )
        print(cut(line, width).rstrip())


NOTES = """\
With safety_copy = "full" (or "headers") in the configuration file, a commit
copies messages to a Maildir here before it deletes them; any mail program can
read it. Copies older than safety_copy_days (30) are removed at the next
deletion. If safety_copy_limit is reached, delete files in the folder. Exported
files have CRLF line ends, as the server sent them.

examples:
  poptui rescue list                     all copies, the last deleted first
  poptui rescue list work --limit 20
  poptui rescue list --search invoice
  poptui rescue show 3f9a                a unique prefix of an id is enough
  poptui rescue export 3f9a 77c0 .       as .eml files in this folder
  poptui rescue export --all ~/rescued
"""


def _add_arguments(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="list | show | export", required=True)
    parsers = {
        word: actions.add_parser(word, help=summary, description=f"{summary.capitalize()}.")
        for word, summary in (
            ("list", "print the copies"),
            ("show", "print one copy"),
            ("export", "write copies as .eml files"),
        )
    }
    listing, show, export = parsers.values()
    listing.add_argument("account", nargs="?", metavar="TARGET", help="an account or a URL")
    listing.add_argument(
        "--limit", metavar="N", type=positive_number, help="print at most N copies"
    )
    listing.add_argument(
        "--search", metavar="TEXT", default="", help="only copies with TEXT in sender or subject"
    )
    add_output_form(listing)
    listing.set_defaults(run=list_copies)
    show.add_argument("id", metavar="ID", help="id from 'rescue list', or a unique prefix")
    form = show.add_mutually_exclusive_group()
    form.add_argument("--headers", action="store_true", help="only the header")
    form.add_argument("--raw", action="store_true", help="the message byte for byte")
    show.set_defaults(run=show_copy)
    export.add_argument("ids", nargs="*", metavar="ID", help="ids of the copies")
    export.add_argument("folder", metavar="DIR", type=Path, help="folder, created if needed")
    export.add_argument("--all", action="store_true", help="all copies")
    export.add_argument("--account", metavar="TARGET", help="only this account's copies")
    export.set_defaults(run=export_copies)
    for action in parsers.values():
        add_common(action)


COMMAND = CliCommand(
    "poptui rescue",
    "List and restore copies of deleted messages.",
    _add_arguments,
    list_copies,
    NOTES,
)
