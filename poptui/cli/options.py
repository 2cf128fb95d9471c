"""Arguments and options that several commands share."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace


def target(parser: ArgumentParser, *, optional: bool = False) -> None:
    """Add TARGET, the mailbox; ``connection`` adds how to connect to it."""
    parser.add_argument(
        "target", metavar="TARGET", nargs="?" if optional else None, help="an account or a URL"
    )


def form(parser: ArgumentParser) -> None:
    """Add --json and --jsonl, for ``form_of``."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--json", action="store_true", help="print one JSON array")
    group.add_argument("--jsonl", action="store_true", help="print one JSON object per line")


def connection(parser: ArgumentParser) -> None:
    """Add the options for connecting and logging in, and --debug."""
    group = parser.add_argument_group("connection")
    group.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    group.add_argument("--ca-file", metavar="FILE", help="trust the authorities in this PEM file")
    group.add_argument(
        "--pin", metavar="SHA256", help="trust only the certificate with this fingerprint"
    )
    group.add_argument("--starttls", action="store_true", help="require STLS, even on localhost")
    group.add_argument(
        "--allow-plaintext",
        action="store_true",
        help="send the password unencrypted if the server has no STLS",
    )
    group.add_argument(
        "--read-only", action="store_true", help="open read-only: nothing can be marked or deleted"
    )
    debug(parser)


def form_of(given: Namespace) -> str:
    """Return ``table``, ``json`` or ``jsonl``."""
    return "json" if given.json else "jsonl" if given.jsonl else "table"


def debug(parser: ArgumentParser) -> None:
    """Add --debug."""
    parser.add_argument("--debug", metavar="FILE", help="write a debug log to FILE (no passwords)")


def a_count(text: str) -> int:
    """Parse a positive number. Raises ArgumentTypeError."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if number < 1:
        raise ArgumentTypeError(f"must be a positive number, not {text!r}")
    return number
