"""Arguments and options that several commands share."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace


def target(parser: ArgumentParser, *, optional: bool = False) -> None:
    """The mailbox; ``connection`` adds how to get there."""
    parser.add_argument(
        "target", metavar="TARGET", nargs="?" if optional else None, help="an account or a URL"
    )


def form(parser: ArgumentParser) -> None:
    """Whether it prints a table or JSON, for ``form_of``."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--json", action="store_true", help="print one JSON array")
    group.add_argument("--jsonl", action="store_true", help="print one JSON object a line")


def connection(parser: ArgumentParser) -> None:
    """How to connect and log in, and ``debug``."""
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
    group.add_argument(
        "--read-only", action="store_true", help="have nothing marked or deleted, whatever is typed"
    )
    debug(parser)


def form_of(given: Namespace) -> str:
    """``table``, ``json`` or ``jsonl``."""
    return "json" if given.json else "jsonl" if given.jsonl else "table"


def debug(parser: ArgumentParser) -> None:
    """Where the session is written to."""
    parser.add_argument(
        "--debug", metavar="FILE", help="write what happens to FILE, secrets left out"
    )


def a_count(text: str) -> int:
    """How many messages, at least one."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if number < 1:
        raise ArgumentTypeError(f"{text!r} is no count of messages")
    return number
