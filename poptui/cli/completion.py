"""``poptui completion``: print the completion script of a shell."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from importlib.resources import files

from poptui.cli.command import CliCommand, add_common
from poptui.errors import ExitCode

FILES = {"bash": "poptui.bash", "zsh": "_poptui", "fish": "poptui.fish"}
"""Each shell and its file in ``poptui/share/completions``, which "make reference" writes."""

NOTES = """\
To use it now and in every new shell:
  bash   poptui completion bash > \\
         ~/.local/share/bash-completion/completions/poptui
  zsh    poptui completion zsh > "${fpath[1]}/_poptui"
  fish   poptui completion fish > ~/.config/fish/completions/poptui.fish
"""


async def print_completion(options: Namespace) -> int:
    """Print the script for the chosen shell."""
    script = files("poptui") / "share" / "completions" / FILES[options.shell]
    sys.stdout.write(script.read_text("utf-8"))
    return ExitCode.DONE


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=[*FILES], help="the shell")
    add_common(parser)


COMMAND = CliCommand(
    prog="poptui completion",
    summary="Print the completion script of a shell.",
    add_arguments=_add_arguments,
    run=print_completion,
    notes=NOTES,
)
