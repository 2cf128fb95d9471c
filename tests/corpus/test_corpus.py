"""Parse each sample of the corpus, open it in the real program, and save it byte by byte."""

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
from tests.corpus.sample import Sample
from tests.kit.dovecot import Dovecot
from tests.kit.parsing import parse_here
from tests.kit.terminal import StartTerminal
from tests.mailbox.watched import watching

MESSAGES = corpus()
HEADER = 256 * 1024
OPEN = re.compile("╭─ Message ")
PARTS = 4
CLOSED = "Enter download"
"""Shown above the header of a message that isn't open."""
MEMORY = 200_000_000
"""Maximum bytes of memory for the program, and for each of its parsing processes."""


def test_the_corpus_is_large_enough() -> None:
    assert len(MESSAGES) >= 150


@pytest.mark.parametrize("sample", MESSAGES, ids=lambda sample: sample.name)
def test_the_text_of_each_message(sample: Sample) -> None:
    text = shown_text(parse_here(sample.octets), sample.octets[:HEADER])
    for shown in sample.shows:
        assert flat(shown) in flat(text)
    for hidden in sample.hides:
        assert hidden not in text


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


def flat(text: str) -> str:
    """Remove white space, and so the line breaks of a narrow screen."""
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("share", range(PARTS))
def test_opened_in_the_program(share: int, dovecot: Dovecot, terminal: StartTerminal) -> None:
    samples = MESSAGES[share::PARTS]
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
    return flat(sample.shows[0]) in flat("".join(inside))


async def test_saving_keeps_every_byte(dovecot: Dovecot, tmp_path: Path) -> None:
    dovecot.deliver([sample.octets for sample in MESSAGES])
    async with watching(
        dovecot.port, user=dovecot.user, password=dovecot.password, timeout=10.0
    ) as watched:
        for entry, sample in zip(watched.entries, reversed(MESSAGES), strict=True):
            got = await watched.mailbox.messages.retrieve(entry)
            saved = save_eml(got, entry.header, tmp_path / "saved")
            got.close()
            assert saved.path.read_bytes() == sample.octets, sample.name
