"""``poptui account edit``: the configuration file in the user's editor."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from poptui.cli.command import CliCommand, add_common
from poptui.cli.config import edit_config
from poptui.environment import config_path
from poptui.errors import UsageError, quoted_input
from poptui.storage.setting_kinds import nearest
from poptui.storage.toml_reader import account_lines, read_text, shown


async def edit(options: Namespace) -> int:
    """Open the file, at the account's table if the editor can. Raises PoptuiError."""
    path, line = config_path(), 0
    if options.name is not None:
        # A file with mistakes can be edited too: so look for the table without checking the rest.
        lines = account_lines(read_text(path))
        if options.name not in lines:
            raise UsageError(
                f"There is no account {quoted_input(options.name)} in {shown(path)}"
                f"{nearest(options.name, lines)}."
            )
        line = lines[options.name]
    return await edit_config(path, line)


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", help="go to this account")
    add_common(parser)


COMMAND = CliCommand(
    "poptui account edit",
    "Open the configuration file in $VISUAL or $EDITOR. Mistakes are shown when you\n"
    "leave the editor, and you can go back to mend them.",
    _add_arguments,
    edit,
)
