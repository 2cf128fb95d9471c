"""The man page and the completions know every command, option, setting and variable."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from poptui.cli.arguments import COMMANDS
from poptui.cli.completion import FILES
from poptui.environment import VARIABLES
from poptui.storage.settings import SETTINGS
from tests.kit.manual import SHARE, whole_parser

HINT = "run: make reference"


def words_of(parser: argparse.ArgumentParser) -> Iterator[str]:
    """All words that the user may type: sub-commands and options, of sub-commands too."""
    for action in parser._actions:
        yield from (option for option in action.option_strings if option.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield name
                yield from words_of(below)


@pytest.fixture(scope="module")
def words() -> set[str]:
    found = set(words_of(whole_parser()))
    assert {"--help", "--filter", "triage"} <= found
    return found


def test_the_man_page_is_complete(words: set[str]) -> None:
    page = (SHARE / "man" / "poptui.1").read_text("utf-8")
    page = re.sub(r"\\f[BR]", "", page).replace("\\-", "-")
    settings = set(SETTINGS) | {variable.name for variable in VARIABLES}
    named = set(re.findall(r"[\w-]+", page))
    assert sorted((words | settings) - named - {"--help", "--version", "help"}) == [], HINT


@pytest.mark.parametrize("shell", FILES)
def test_the_completions_are_complete(shell: str, words: set[str]) -> None:
    script = (SHARE / "completions" / FILES[shell]).read_text("utf-8")
    named = set(re.findall(r"[\w-]+", script))
    wanted = {word.removeprefix("--") for word in words} if shell == "fish" else words
    assert sorted(wanted - named) == [], HINT
    assert str(Path.cwd()) not in script


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_commands_and_options() -> None:
    script = SHARE / "completions" / FILES["bash"]
    ask = (
        f'source "{script}"\n'
        'COMP_WORDS=(poptui tri) COMP_CWORD=1; _shtab_poptui; echo "${COMPREPLY[@]}"\n'
        'COMP_WORDS=(poptui triage --del) COMP_CWORD=2; _shtab_poptui; echo "${COMPREPLY[@]}"\n'
    )
    run = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, timeout=30)
    assert run.stdout.split() == ["triage", "--delete"], run.stderr


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_the_man_page_is_valid_roff() -> None:
    page = SHARE / "man" / "poptui.1"
    run = subprocess.run(
        ["groff", "-man", "-ww", "-z", "-Tascii", str(page)], capture_output=True, text=True
    )
    assert run.stderr == ""
    assert run.returncode == 0


def test_each_command_is_in_the_overview() -> None:
    from poptui.cli.arguments import OVERVIEW

    missing = [word for word in COMMANDS if word and word not in OVERVIEW]
    assert not missing
