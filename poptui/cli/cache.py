"""``poptui cache``: show where headers are stored and how much space they take, or clear them."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace

from poptui.cli.command import CliCommand, add_common
from poptui.environment import cache_path
from poptui.errors import ExitCode, PoptuiError
from poptui.mailbox.decoding.codec import packing_version
from poptui.printable import printable_line
from poptui.storage.bodies import open_body_cache
from poptui.storage.cache import HeaderCache, bytes_on_disk, open_cache
from poptui.storage.config import load_config
from poptui.storage.overviews import open_overviews
from poptui.text.format import count, size


class CacheError(PoptuiError):
    """The cache cannot be read or cleared."""

    exit_code = ExitCode.FAILURE


async def cache(options: Namespace) -> int:
    """Show or clear the cache. Raises PoptuiError."""
    path, bodies = cache_path(), open_body_cache("", 0)
    if options.action == "clear":
        bodies.clear()
        overviews, account = open_overviews(cache=True), _account(options.target)
        overviews.forget(account) if account else overviews.clear()
    elif octets := bodies.octets:
        print(f"{printable_line(str(bodies.folder))}  {size(octets)}")
    if not path.exists():
        print(f"No headers are stored: there is no {printable_line(str(path))}.")
        return ExitCode.DONE
    opened = open_cache(_account(options.target), packing=packing_version())
    try:
        _clear(opened, options.target) if options.action == "clear" else _print_accounts(opened)
        if not opened.on:
            raise CacheError(opened.problem)
    finally:
        opened.close()
    return ExitCode.DONE


def _account(target: str | None) -> str:
    """Return the key of TARGET's headers in the cache, ``""`` for all. Raises UsageError."""
    if target is None:
        return ""
    return load_config().for_target(target).server.account


def _print_accounts(opened: HeaderCache) -> None:
    path, accounts = cache_path(), opened.accounts()
    print(f"{printable_line(str(path))}  {size(bytes_on_disk(path))}")
    for name, headers in accounts.items():
        print(f"  {printable_line(name)}  {count(headers)} header{'' if headers == 1 else 's'}")


def _clear(opened: HeaderCache, target: str | None) -> None:
    if target is None:
        opened.clear()
    else:
        opened.forget()


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "action", nargs="?", choices=("clear",), help="remove all headers, or only TARGET's"
    )
    parser.add_argument("target", metavar="TARGET", nargs="?", default=None, help=SUPPRESS)
    add_common(parser)


NOTES = """\
Headers are stored so that the next start loads only what is new. You can clear
them at any time; they are fetched again. To store none, set cache = false in
the configuration file. Whole messages are stored only with body_cache =
"200 MB" there; clearing removes all of them, even if you name one account.

examples:
  poptui cache               show where they are, and for which accounts
  poptui cache clear         remove all of them
  poptui cache clear work    remove those of one account or URL
"""

COMMAND = CliCommand(
    "poptui cache",
    "Show which headers are stored here, or clear them.",
    _add_arguments,
    cache,
    NOTES,
)
