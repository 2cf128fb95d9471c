"""Difficult characters on every screen: list, groups, dialogs, viewer and links.

Textual lays the screens out, our renderer sends them, and pyte and tmux show them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import BinaryIO

import pytest
from textual.strip import Strip

from poptui.mail.headers.header import Address, Header
from poptui.mail.lines import Line, line_text
from poptui.mail.link import Link
from poptui.mail.parsed_message import Body, ParsedMessage
from poptui.mailbox.entry import MessageEntry
from poptui.printable import printable_line
from poptui.text.cells import units, with_stable_width
from tests.kit.drawn import TmuxScreen, bases_missing, in_pyte, missing
from tests.kit.tmux import needs_tmux
from tests.tui.fake_mailbox import NEWEST, FakeMailbox
from tests.tui.kit import AppPilot, running, shows

SUBJECTS = [
    "joiner at the end\u200d",
    "1\u200d0\u200d0\u200d0 EUR",
    "क्षत्रिय श्री किंतु नमस्ते end",
    "বাংলা ভাষা end",
    "தமிழ் மொழி end",
    "ภาษาไทย น้ำ end",
    "עִבְרִית end",
    "العربيّة end",
    "\u1112\u1161\u11ab\u1100\u1173\u11af end",
    "👨\u200d👩\u200d👧 👍🏽 1\ufe0f\u20e3 🇩🇪 ❤\ufe0f end",
    "\u0301lone \u0301 marks\u0301 end",
    "க்\u200dஷ ශ්\u200dරී می\u200cخواهم end",
    "Zeit\u00adschrift\u200b end",
    "語\u200d語 ｆｕｌｌ end",
]
SIZES = [(80, 24), (120, 40)]


def messages() -> list[MessageEntry]:
    found = []
    for number, subject in enumerate(SUBJECTS, start=1):
        entry = MessageEntry(number, 4711, f"uid{number}", f"uid{number}")
        sender = Address(subject.removesuffix(" end"), f"a{number}@example.org")
        entry.header = Header(from_=sender, subject=subject, date=NEWEST)
        found.append(entry)
    return found


@pytest.fixture(autouse=True)
def _reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Provide an HTML message of all the subjects, each of them in a link as well."""

    async def read(source: BinaryIO, **how: object) -> ParsedMessage:
        lines = tuple(Line(line_text(subject)) for subject in SUBJECTS)
        links = tuple(
            Link(subject, f"https://x.example/{subject.replace(' ', '_')}") for subject in SUBJECTS
        )
        return ParsedMessage(Header(), "", (Body(lines, html=True, links=links),))

    monkeypatch.setattr("poptui.mail.reader.reader.parse_message", read)


def on_screen(pilot: AppPilot) -> list[Strip]:
    pilot.app.screen._compositor_refresh()
    return list(pilot.app.screen._compositor.render_strips())


def text_of(strips: Sequence[Strip]) -> str:
    return "\n".join(strip.text for strip in strips)


def shown(subject: str) -> str:
    """Return the part of a subject that must be visible: all its letters."""
    return "".join(unit for unit, _ in units(with_stable_width(printable_line(subject))))


@asynccontextmanager
async def opened(size: tuple[int, int]) -> AsyncIterator[AppPilot]:
    async with running(FakeMailbox(content=messages()), size) as pilot:
        await shows(pilot, "joiner at the end")
        yield pilot


async def every_screen(pilot: AppPilot) -> AsyncIterator[tuple[str, list[Strip]]]:
    """Yield the list, groups, the quit dialog, the open message and its links."""
    yield "list", on_screen(pilot)
    await pilot.press("v", "v")
    await pilot.pause()
    yield "groups", on_screen(pilot)
    await pilot.press("v", "v", "v")
    await pilot.press(*["d"] * len(SUBJECTS))
    await pilot.pause()
    yield "marked", on_screen(pilot)
    await pilot.press("q")
    await shows(pilot, "and quit")
    yield "quit dialog", on_screen(pilot)
    await pilot.press("escape")
    await pilot.press("enter")
    await shows(pilot, "Links") if pilot.app.size.height > 30 else await pilot.pause()
    yield "message", on_screen(pilot)
    await pilot.press("G")
    await pilot.pause()
    yield "links", on_screen(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_in_pyte(size: tuple[int, int]) -> None:
    async with opened(size) as pilot:
        async for name, strips in every_screen(pilot):
            for strip, row in zip(strips, in_pyte(strips, *size), strict=True):
                assert bases_missing(strip, row) == [], name


@needs_tmux
@pytest.mark.parametrize("size", SIZES)
async def test_in_tmux(size: tuple[int, int]) -> None:
    seen: dict[str, str] = {}
    with TmuxScreen(*size) as tmux:
        async with opened(size) as pilot:
            async for name, strips in every_screen(pilot):
                seen[name] = text_of(strips)
                for strip, row in zip(strips, tmux.read(strips), strict=True):
                    assert missing(strip, row, size[0]) == [], name
    if size[1] > 30:  # otherwise they take several pages
        for subject in SUBJECTS:
            for name in ("list", "marked", "quit dialog"):
                assert shown(subject) in seen[name]
            assert shown(subject) in seen["message"] + seen["links"]
