"""Every letter of the corpus: read, opened in the real program at Dovecot, saved as it was."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from poptui.mail.headers.view import short_fields
from poptui.mail.parsed_message import ParsedMessage
from poptui.mail.reader.parse import parse_short
from poptui.mailbox.messages.saving import save_eml
from poptui.printable import printable_line
from tests.acceptance.hostile import assert_harmless
from tests.acceptance.processes import Memory
from tests.corpus import corpus
from tests.corpus.letter import Letter
from tests.kit.dovecot import Dovecot
from tests.kit.parsing import parse_here
from tests.kit.terminal import StartTerminal
from tests.mailbox.drops import watching

MESSAGES = corpus()
HEADER = 256 * 1024
OPEN = re.compile("╭─ Message ")
PARTS = 4
CLOSED = "Enter download"
"""Over the header of a message that is not open."""
MEMORY = 200_000_000
"""Octets that the program may take at its highest, and each of its readers."""


def test_there_are_enough_of_them() -> None:
    assert len(MESSAGES) >= 150


@pytest.mark.parametrize("letter", MESSAGES, ids=lambda letter: letter.name)
def test_the_text_of_each_message(letter: Letter) -> None:
    text = told(parse_here(letter.octets), letter.octets[:HEADER])
    for shown in letter.shows:
        assert flat(shown) in flat(text)
    for hidden in letter.hides:
        assert hidden not in text


@pytest.mark.parametrize("complete", [True, False])
def test_the_short_way_reads_the_same(complete: bool) -> None:
    shorts = {
        letter: parsed
        for letter in MESSAGES
        if (parsed := parse_short(letter.octets, complete=complete)) is not None
    }
    assert len(shorts) > 50
    for letter, parsed in shorts.items():
        assert parsed == parse_here(letter.octets, complete=complete), letter.name


def told(parsed: ParsedMessage, block: bytes) -> str:
    """All that stands in the viewer, in its order."""
    body = parsed.body
    lines = [f"{field.name} {printable_line(field.value)}" for field in short_fields(block)]
    lines += [parsed.header.subject, parsed.header.from_.shown, "To Subject"]
    lines += [remark.sentence for remark in (*parsed.remarks, *body.remarks)]
    lines += [line.text for line in body.lines]
    if not any(line.text.strip() for line in body.lines):
        lines.append("(no text)")
    lines += [f"{link.target} {link.warning}" for link in body.links]
    lines += [f"{part.name or '(no name)'} {part.declared}" for part in parsed.attachments]
    return "\n".join(map(printable_line, lines))


def flat(text: str) -> str:
    """Without the breaks that a narrow screen makes."""
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("share", range(PARTS))
def test_opened_in_the_program(share: int, dovecot: Dovecot, terminal: StartTerminal) -> None:
    letters = MESSAGES[share::PARTS]
    dovecot.deliver([letter.octets for letter in letters])
    env = {"POPTUI_PASSWORD": dovecot.password}
    screen = terminal(dovecot.url, columns=100, rows=30, env=env)
    screen.wait_for(f"{len(letters)} messages")
    with Memory(screen.pid) as memory:
        for letter in reversed(letters):
            screen.wait_for(CLOSED)
            screen.press("enter")
            screen.wait_until(partial(is_open, letter), what=letter.name)
            screen.press("tab", "j")
    assert 0 < memory.own < MEMORY
    assert 0 < memory.children < MEMORY
    screen.press("q")
    assert screen.exit_code() == 0
    assert_harmless(screen.raw)
    assert len(dovecot.files()) == len(letters)


def is_open(letter: Letter, lines: list[str]) -> bool:
    """Whether its text stands in the viewer, below the line that says what it cost."""
    title = next((at for at, line in enumerate(lines) if OPEN.match(line)), len(lines))
    inside = [line.strip().strip("│").rstrip().rstrip("▐") for line in lines[title:]]
    return flat(letter.shows[0]) in flat("".join(inside))


async def test_saved_octet_by_octet(dovecot: Dovecot, tmp_path: Path) -> None:
    dovecot.deliver([letter.octets for letter in MESSAGES])
    async with watching(
        dovecot.port, user=dovecot.user, password=dovecot.password, timeout=10.0
    ) as watched:
        for entry, letter in zip(watched.entries, reversed(MESSAGES), strict=True):
            got = await watched.drop.messages.retrieve(entry)
            saved = save_eml(got, entry.header, tmp_path / "saved")
            got.close()
            assert saved.path.read_bytes() == letter.octets, letter.name
