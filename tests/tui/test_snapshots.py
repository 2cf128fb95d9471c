"""How the list looks at four sizes, and empty, compared with files in ``snapshots/``.

Each file has the text of the screen and, line by line, where a style begins. After a change that
is meant, ``SNAPSHOTS=write pytest tests/tui/test_snapshots.py`` writes them anew: look at
the difference before committing it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from poptui.mailbox.entry import Mark, MessageEntry
from poptui.mailbox.scoring.scorer import Scorer
from poptui.storage.settings import Settings
from poptui.triage.spam.verdict import Signal, Verdict
from poptui.tui.app import PoptuiApp
from tests.tui.fake_mailbox import FakeMailbox, entries
from tests.tui.kit import AppPilot, shows

FOLDER = Path(__file__).with_name("snapshots")
WRITES = os.environ.get("SNAPSHOTS") == "write"
SPAM = Verdict(
    (Signal("server-spam", "X-Spam-Flag: YES"), Signal("impossible-domain", "x.invalid"))
)
RUNS = [
    ((80, 24), "poptui-dark"),
    ((120, 40), "poptui-light"),
    ((160, 40), "poptui-dark"),
    ((40, 10), "poptui-mono"),
]


def mail() -> list[MessageEntry]:
    """Messages in every state: spam, newsletter, new, protected, marked elsewhere."""
    content = entries(30)
    content[0].verdict = SPAM
    content[2].verdict = Verdict((), newsletter=True)
    content[3].new = content[4].protected = True
    content[6].mark = Mark.ELSEWHERE
    assert content[7].header is not None
    content[7].header = replace(content[7].header, dated_by_server=True)
    return content


@pytest.mark.parametrize(("size", "theme"), RUNS, ids=str)
async def test_the_screen_looks_as_before(size: tuple[int, int], theme: str) -> None:
    content, scorer = mail(), Scorer()
    scorer.score(content)
    app = PoptuiApp(FakeMailbox(content=content, scorer=scorer), settings=Settings(theme=theme))
    async with app.run_test(size=size) as pilot:
        await shows(pilot, "Subject 30")
        await pilot.pause(0.1)
        assert same(f"list {size[0]}x{size[1]} {theme}", picture(pilot))


async def test_an_empty_mailbox_looks_as_before() -> None:
    mailbox = FakeMailbox(content=[])
    async with PoptuiApp(mailbox).run_test(size=(80, 24)) as pilot:
        assert "Connecting …" in picture(pilot)
        await mailbox.connect()
        await shows(pilot, "The mailbox is empty.")
        await pilot.pause(0.05)
        assert same("empty 80x24 poptui-dark", picture(pilot))


def picture(pilot: AppPilot) -> str:
    """The text of the screen, then the styles of each line: from which cell on, and which."""
    pilot.app.screen._compositor_refresh()
    strips = pilot.app.screen._compositor.render_strips()
    styles = []
    for strip in strips:
        at, before, line = 0, "", []
        for text, style, _ in strip:
            now = str(style)
            if now != before:
                line.append(f"{at}:{now}")
            at, before = at + len(text), now
        styles.append(" | ".join(line))
    return "\n".join([*(strip.text.rstrip() for strip in strips), "", *styles, ""])


def same(name: str, found: str) -> bool:
    """Whether the picture is the one on file; write it if that is wanted."""
    file = FOLDER / f"{name}.txt"
    if WRITES:
        file.write_text(found, "utf-8")
    return file.read_text("utf-8") == found
