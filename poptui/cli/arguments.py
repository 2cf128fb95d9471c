"""The command line: what may stand on it, and the help that teaches it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from poptui import __version__
from poptui.faults import UsageFault

COMMANDS = ("demo", "list", "show")
SORT_KEYS = ("number", "size", "date", "from", "subject")

OVERVIEW = """\
Works on a POP3 maildrop where it lies: lists it from headers alone, reads what you
open, marks what should go. The server changes only when you confirm on the way out.

  poptui TARGET              open the maildrop in the terminal
  poptui demo                the same on a built-in server with sample letters
  poptui list TARGET         print the messages, newest first
  poptui show TARGET WHICH   print one message: a number, uid:UID, or latest

Without TARGET, the one account of the configuration file is opened.
"""

TARGETS = """\
TARGET is the name of an account in the configuration file, or a URL:
  pops://user@host           TLS from the first byte, port 995
  pop://user@host            STLS on port 110; goes on in clear only to this machine,
                             or with --allow-plaintext
  ...:PORT  ...;auth=+APOP   another port, a certain login (+APOP, PLAIN, LOGIN, USER)

The password comes from --password-stdin, POPTUI_PASSWORD, the keyring (service
poptui, user user@host:port), or a prompt: the first of these that has one.

Exit codes: 0 done, 1 the answer is no, 2 usage, 3 cannot connect, 4 login refused,
5 protocol or server fault, 6 maildrop locked, 130 interrupted.
"""

EXAMPLES = {
    "open": "example: poptui pops://me@mail.example.com",
    "demo": "The letters live in memory: what you delete is gone until the next start.",
    "list": "examples:\n  poptui list work --limit 20\n  poptui list work --jsonl | jq -r .subject",
    "show": "examples:\n  poptui show work latest\n  poptui show work 12 --headers\n"
    "  poptui show work uid:0001a2b3 --raw > message.eml",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageFault(f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The command and its options. Raises UsageFault; exits for --help and --version."""
    parser = _parsers()
    command = next((word for word in words if not word.startswith("-")), None)
    if command in COMMANDS or _asks_for_all(words, command):
        return parser.parse_args(words)
    return parser.parse_args(["open", *words])


def _asks_for_all(words: Sequence[str], command: str | None) -> bool:
    return command is None and any(word in ("-h", "--help", "--version") for word in words)


def _parsers() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="poptui",
        usage="poptui [TARGET] | demo | list TARGET | show TARGET WHICH   [options]",
        description=OVERVIEW,
        epilog=f"{TARGETS}\npoptui COMMAND --help tells the options of a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"poptui {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="", help=argparse.SUPPRESS)
    _open(_command(commands, "open", "Open a maildrop in the terminal.", prog="poptui"))
    demo = _command(commands, "demo", "Open a built-in server with some sixty sample letters.")
    _common(demo)
    _list(_command(commands, "list", "Print the messages of a maildrop, newest first."))
    _show(_command(commands, "show", "Print one message as text. Fetches that message only."))
    return parser


def _command(
    commands: argparse._SubParsersAction[_Parser], name: str, tells: str, prog: str | None = None
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        prog=prog or f"poptui {name}",
        description=tells,
        epilog=EXAMPLES[name] if name == "demo" else f"{EXAMPLES[name]}\n\n{TARGETS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _open(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", nargs="?", help="an account or a URL")
    _connection(parser)


def _list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", help="an account or a URL")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON array")
    form.add_argument("--jsonl", action="store_true", help="print one JSON object a line")
    parser.add_argument("--limit", metavar="N", type=_count, help="print at most N messages")
    parser.add_argument(
        "--sort",
        metavar="KEY",
        choices=SORT_KEYS,
        default="number",
        help=f"order by {', '.join(SORT_KEYS)} (default: number); numbers, sizes and dates"
        " start with the highest",
    )
    _connection(parser)


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", help="an account or a URL")
    parser.add_argument("which", metavar="WHICH", help="a number, uid:UID, or latest")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--headers", action="store_true", help="the header alone (TOP, no body)")
    form.add_argument(
        "--raw",
        action="store_true",
        help="the message byte for byte; on a terminal, cleaned of what would act on it",
    )
    _connection(parser)


def _connection(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("connection")
    group.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    group.add_argument("--ca-file", metavar="FILE", help="trust the authorities in this PEM file")
    group.add_argument(
        "--pin", metavar="SHA256", help="trust just the certificate of this fingerprint"
    )
    group.add_argument("--starttls", action="store_true", help="STLS, to this machine too")
    group.add_argument(
        "--allow-plaintext",
        action="store_true",
        help="send the password in clear where the server has no STLS",
    )
    _common(parser)


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--debug", metavar="FILE", help="write what happens to FILE, secrets left out"
    )


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no count of messages")
    return number
