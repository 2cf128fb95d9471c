"""Parse, lay out and save each sample of the corpus; open some of them in the real program."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from poptui.mail.headers.view import short_fields
from poptui.mail.parsed_message import ParsedMessage
from poptui.mail.reader.parse import parse_short
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.messages.saving import save_eml
from poptui.printable import printable_line
from poptui.tui.reading.pages import reading_page
from poptui.tui.reading.viewport import Viewport
from tests.acceptance.hostile import assert_harmless
from tests.acceptance.processes import Memory
from tests.corpus import corpus
from tests.corpus.sample import Sample
from tests.kit.dovecot import Dovecot
from tests.kit.parsing import parse_here
from tests.kit.terminal import StartTerminal
from tests.mailbox.watched import watching

MESSAGES = corpus()
HEADER = 256 * 1024
OPEN = re.compile("╭─ Message ")
LARGE, EVERY, PARTS = 100_000, 12, 2
OPENED = [
    sample for at, sample in enumerate(MESSAGES) if at % EVERY == 0 or len(sample.octets) > LARGE
]
"""Those that are opened in the program itself; the viewer lays out all of them."""
VIEWER_CELLS, VIEWER_ROWS = 95, 17
NOW = datetime(2026, 3, 1, tzinfo=UTC)
CLOSED = "Enter download"
"""Shown above the header of a message that isn't open."""
MEMORY = 200_000_000
"""Maximum bytes of memory for the program, and for each of its parsing processes."""


def test_the_corpus_is_large_enough() -> None:
    assert len(MESSAGES) >= 150


@pytest.mark.parametrize("sample", MESSAGES, ids=lambda sample: sample.name)
def test_the_text_of_each_message(sample: Sample) -> None:
    parsed = parse_here(sample.octets)
    text = shown_text(parsed, sample.octets[:HEADER])
    for shown in sample.shows:
        assert flat(shown) in flat(text)
    for hidden in sample.hides:
        assert hidden not in text
    screen = first_screen(parsed, len(sample.octets))
    assert flat(sample.shows[0]) in flat(screen)
    assert_harmless(screen.encode())


@pytest.mark.parametrize("complete", [True, False])
def test_the_fast_path_parses_the_same(complete: bool) -> None:
    fast = {
        sample: parsed
        for sample in MESSAGES
        if (parsed := parse_short(sample.octets, complete=complete)) is not None
    }
    assert len(fast) > 50
    for sample, parsed in fast.items():
        assert parsed == parse_here(sample.octets, complete=complete), sample.name


def shown_text(parsed: ParsedMessage, block: bytes) -> str:
    """Return all the text in the viewer, in order."""
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


def first_screen(parsed: ParsedMessage, size: int) -> str:
    """What the viewer lays out of a message in a terminal of 100 by 30 cells."""
    entry = MessageEntry(1, size, "uid", "uid", header=parsed.header)
    document = reading_page(entry, parsed, parsed.body, (), NOW).document
    rows = Viewport(document, VIEWER_CELLS, VIEWER_ROWS).rows()
    return "\n".join(row.prefix + document.line(row.line).text[row.start : row.end] for row in rows)


def flat(text: str) -> str:
    """Remove white space, and so the line breaks of a narrow screen."""
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("share", range(PARTS))
def test_opened_in_the_program(share: int, dovecot: Dovecot, terminal: StartTerminal) -> None:
    """All that are large, and some of every kind."""
    samples = OPENED[share::PARTS]
    dovecot.deliver([sample.octets for sample in samples])
    env = {"POPTUI_PASSWORD": dovecot.password}
    screen = terminal(dovecot.url, columns=100, rows=30, env=env)
    screen.wait_for(f"{len(samples)} messages")
    with Memory(screen.pid) as memory:
        for sample in reversed(samples):
            screen.wait_for(CLOSED)
            screen.press("enter")
            screen.wait_until(partial(is_open, sample), what=sample.name)
            screen.press("tab", "j")
    assert 0 < memory.own < MEMORY
    assert 0 < memory.children < MEMORY
    screen.press("q")
    assert screen.exit_code() == 0
    assert_harmless(screen.raw)
    assert len(dovecot.files()) == len(samples)


def is_open(sample: Sample, lines: list[str]) -> bool:
    """Whether its text is in the viewer, below the title with its size."""
    title = next((at for at, line in enumerate(lines) if OPEN.match(line)), len(lines))
    inside = [line.strip().strip("│").rstrip().rstrip("▐") for line in lines[title:]]
    shown = flat("".join(inside))
    # On a busy machine a large message may take longer to parse than it is given.
    is_late = len(sample.octets) > LARGE and flat("The message took too long to parse") in shown
    return flat(sample.shows[0]) in shown or is_late


async def test_saving_keeps_every_byte(dovecot: Dovecot, tmp_path: Path) -> None:
    dovecot.deliver([sample.octets for sample in MESSAGES])
    async with watching(
        dovecot.port, user=dovecot.user, password=dovecot.password, timeout=10.0
    ) as watched:
        for entry, sample in zip(watched.entries, reversed(MESSAGES), strict=True):
            message = await watched.mailbox.messages.retrieve(entry)
            saved = save_eml(message, entry.header, tmp_path / "saved")
            message.close()
            assert saved.path.read_bytes() == sample.octets, sample.name
