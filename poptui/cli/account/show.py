"""``poptui account list`` and ``poptui account show``."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from poptui.cli.command import CliCommand, add_common, add_output_form, output_form
from poptui.cli.streams import note
from poptui.environment import PASSWORD
from poptui.errors import ExitCode
from poptui.net.server import Security
from poptui.printable import escaped, printable_line
from poptui.storage.config import Config, load_config
from poptui.storage.settings import ACCOUNT, SETTINGS, Settings
from poptui.storage.toml_reader import shown

HEADINGS = ("name", "address", "server", "sign-in", "password")


async def list_accounts(options: Namespace) -> int:
    """Print a line for each account. Raises ConfigError."""
    config = load_config()
    rows = [_row(config, name) for name in config.accounts]
    match output_form(options):
        case "json":
            print(escaped(json.dumps(rows, ensure_ascii=False)))
        case "jsonl":
            for row in rows:
                print(escaped(json.dumps(row, ensure_ascii=False)))
        case _:
            _print_table(rows)
    sys.stdout.flush()
    if not rows:
        note(f"There is no account in {shown(config.settings.path)}: run “poptui account add”.")
    return ExitCode.DONE if rows else ExitCode.FAILURE


def _row(config: Config, name: str) -> dict[str, str]:
    settings = config.for_target(name)
    server = settings.server
    return dict(
        zip(
            HEADINGS,
            (name, server.user, server.address, _sign_in(settings), password_source(settings)),
            strict=True,
        )
    )


def _print_table(rows: list[dict[str, str]]) -> None:
    from poptui.text.cells import cell_width

    cells = [[printable_line(row[heading]) for heading in HEADINGS] for row in rows]
    widths = [max(map(cell_width, column)) for column in zip(*cells, strict=True)] if cells else []
    for row in cells:
        padded = (
            cell + " " * (width - cell_width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        print("  ".join(padded).rstrip())


def _sign_in(settings: Settings) -> str:
    return settings.server.mechanism or "automatic"


def password_source(settings: Settings) -> str:
    """Say where the password or the token comes from, without asking the keyring."""
    if settings.token_command:
        return "token_command"
    if settings.oauth_client_id:
        return "OAuth"
    if PASSWORD.get():
        return PASSWORD.name
    return "password_command" if settings.password_command else "keyring or prompt"


async def show_account(options: Namespace) -> int:
    """Print the settings of one account. Raises UsageError."""
    config = load_config()
    settings = config.for_target(options.name)
    server = settings.server
    lines = {
        "address": server.user,
        "server": server.address,
        "encryption": _ENCRYPTION[server.security],
        "sign-in": _sign_in(settings),
        "password": password_source(settings),
        "file": str(settings.path),
    }
    own = config.accounts.get(options.name, {})
    for name in ACCOUNT:
        if name in own and name != "url":
            lines[name] = "(set; not shown)" if name in _SECRET else _value(name, own[name])
    width = max(map(len, lines))
    for name, value in lines.items():
        print(f"{name:{width}}  {printable_line(value)}")
    sys.stdout.flush()
    return ExitCode.DONE


_ENCRYPTION = {
    Security.TLS: "TLS from the start",
    Security.STLS: "STARTTLS, required",
    Security.STLS_IF_OFFERED: "STARTTLS if offered, else none",
    Security.PLAIN: "none: the server is this machine",
}


_SECRET = frozenset(setting.name for setting in SETTINGS.values() if setting.secret)
"""Settings that hold or may hold a secret."""


def _value(name: str, value: Any) -> str:
    if value is True or value is False:
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:g} {SETTINGS[name].kind.unit}".rstrip()
    return str(value)


def _add_list_arguments(parser: ArgumentParser) -> None:
    add_output_form(parser)
    add_common(parser)


def _add_show_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="an account")
    add_common(parser)


LIST = CliCommand(
    "poptui account list",
    "Print the accounts: name, address, server, sign-in, and where the password\ncomes from.",
    _add_list_arguments,
    list_accounts,
)
SHOW = CliCommand(
    "poptui account show",
    "Print the settings of one account. The password is not printed.",
    _add_show_arguments,
    show_account,
)
