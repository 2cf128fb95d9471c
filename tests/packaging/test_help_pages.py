"""The help pages and README: everything they name exists, and they fit into 80 columns."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from poptui import __version__
from poptui.cli.arguments import COMMANDS, PROVIDERS, SUBJECTS, TOPICS, load_command, topic_text
from poptui.cli.command import HELP_COLUMNS, CommandGroup, CommandParser, command_at
from poptui.triage.spam.signals import SIGNALS
from tests.acceptance.program import poptui
from tests.kit.manual import PAGES, man_page

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
HELP = ROOT / "poptui" / "share" / "help"


def documents() -> dict[str, str]:
    """Return README and all help pages, by name."""
    return {"README": README.read_text("utf-8"), **{name: topic_text(name) for name in TOPICS}}


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each command that is on a separate line, or in quotes."""
    text = re.sub(r"\n {20,}(?=--)", " ", text)  # a command that continues on the next line
    lines = re.findall(r"^(?: {4,})?(poptui(?: .*)?)$", text, re.MULTILINE)
    quoted = re.findall(r"[`'](poptui [^`'\n]+)[`']", text)
    for line in (*lines, *quoted):
        command = re.split(r" {3,}| [|<>#] | \(from cron", line)[0]
        yield shlex.split(command, comments=True)[1:]


def known_options(words: list[str]) -> set[str]:
    """Return the options of the command that begins with these words."""
    command = load_command(words[0] if words and words[0] in COMMANDS else "")
    if isinstance(command, CommandGroup):
        members = [name for name in command.members if words[1:] and name == words[1]]
        if not members:
            return set()
        command = command_at(command.members[members[0]].module)
    parser = CommandParser("poptui")
    command.add_arguments(parser)
    parsers = [parser]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            parsers += action.choices.values()
    return {option for parser in parsers for option in parser._option_string_actions}


@pytest.mark.parametrize("name", ["README", *TOPICS])
def test_every_command_in_the_documents_exists_with_its_options(name: str) -> None:
    for words in commands(documents()[name]):
        plain = [re.split(r"[\[\]|]", word.strip("[]")) for word in words]
        if words and words[0] == "help":
            for topic in words[1:2]:
                assert topic in {*TOPICS, *COMMANDS, "TOPIC", "PROVIDER", "COMMAND"}, words
            continue
        if words and words[0][:1].islower() and ":" not in words[0]:
            assert words[0] in COMMANDS, words
        options = {part for parts in plain for part in parts if part.startswith("--")}
        assert options <= known_options(words) | {"--version"}, words


def test_the_documents_have_commands_that_are_checked() -> None:
    found = [words for text in documents().values() for words in commands(text)]
    assert len(found) > 60
    first = {words[0] for words in found if words}
    assert first >= {word for word in COMMANDS if word and word not in ("cache", "config")}


@pytest.mark.parametrize("name", TOPICS)
def test_a_page_fits_a_terminal(name: str) -> None:
    lines = topic_text(name).splitlines()
    assert len(lines) > 4
    assert not [line for line in lines if len(line) > HELP_COLUMNS]
    assert not [line for line in lines if line != line.rstrip()]


def test_help_lists_every_topic(tmp_path: Path) -> None:
    text = poptui("help", home=tmp_path).text
    assert all(f"\n  {topic:15}{about}\n" in text for topic, about in SUBJECTS.items())
    assert all(re.search(rf"(?<=\s){re.escape(name)}(?=\s)", text) for name in PROVIDERS)
    page = poptui("help", "safety", home=tmp_path).text
    assert page == (HELP / "safety.txt").read_text("utf-8")
    assert "safety" in poptui("help", "safty", home=tmp_path).sentence


def test_every_page_is_a_topic() -> None:
    pages = {path.stem for path in HELP.glob("*.txt")}
    assert pages | {"filters", "keys", "keymap", "targets"} == set(TOPICS)


def test_the_man_page_has_the_pages() -> None:
    manual = man_page()
    assert f'"poptui {__version__}"' in manual
    for topic in PAGES:
        assert f".SH {topic.upper()}\n" in manual
        first = topic_text(topic).splitlines()[0].replace("-", "\\-")
        assert first in manual
    missing = set(SUBJECTS) - set(PAGES) - {"keys", "keymap", "oauth", "settings"}
    assert not missing


def test_the_page_on_spam_names_real_signals() -> None:
    names = re.findall(r"^    ([a-z-]+) = \d+$", topic_text("spam"), re.MULTILINE)
    assert "subject-emoji" in names
    assert set(names) - {"threshold"} <= set(SIGNALS)


def test_the_readme_is_two_screens_long_and_links_to_files_that_exist() -> None:
    text = README.read_text("utf-8")
    assert len([line for line in text.splitlines() if not line.startswith("|")]) <= 75
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > 15
    assert not [
        link for link in links if "://" in link or not (ROOT / link.partition("#")[0]).exists()
    ]
    assert f"poptui-{__version__}-py3-none-any.whl" in text


def test_the_changelog_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"\n## {re.escape(__version__)} - \d{{4}}-\d\d-\d\d\n", text)
    kinds = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
