"""The screens look as in the files in ``snapshots/``, at mixed sizes and in several themes.

Each file has the text of the screen and, line by line, where a style begins. After an intended
change, ``SNAPSHOTS=write pytest tests/tui/test_snapshots.py`` rewrites them: look at the difference
before committing it. One app goes through all states of a mailbox, as starting one takes longer
than showing them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import unified_diff
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key
from textual.pilot import Pilot

from poptui.errors import ConnectError
from poptui.mailbox.access.overview import MailboxOverview
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.entry import Mark, MessageEntry
from poptui.mailbox.scoring.scorer import Scorer
from poptui.net.transcript import RecordKind
from poptui.storage.settings import Settings
from poptui.triage.spam.verdict import Signal, Verdict
from poptui.tui import themes
from poptui.tui.apps.mailbox_app import PoptuiApp
from poptui.tui.apps.start_app import StartApp
from poptui.tui.input.parser import plain_key
from tests.tui.fake_mailbox import FakeMailbox, entries
from tests.tui.fake_run import SameDay
from tests.tui.kit import PATIENCE_S, shows
from tests.tui.test_start import account

FOLDER = Path(__file__).with_name("snapshots")
WRITES = os.environ.get("SNAPSHOTS") == "write"
SETTLED_S = 1.5
"""A screen must be unchanged for so long before it is written."""
DARK, LIGHT, MONO, FEW = "poptui-dark", "poptui-light", "poptui-mono", "poptui-16"
SMALL, USUAL, WIDE, LARGE = (40, 10), (80, 24), (120, 40), (200, 50)
NAMED = {"escape": "\x1b", "enter": "\r", "space": " "}
SPAM = Verdict(
    (Signal("server-spam", "X-Spam-Flag: YES"), Signal("impossible-domain", "x.invalid"))
)
BODY = b"""\
From: Sender 30 <sender30@mail.example.com>
To: user@mail.example.com
Subject: Subject 30
Date: Wed, 3 May 2023 12:00:00 +0000
Content-Type: text/html; charset=utf-8

<h1>Dear customer,</h1><p>see <a href="https://login.invalid/x">https://bank.example/login</a>.</p>
<blockquote>You wrote something.</blockquote><ul><li>one</li><li>two</li></ul>
"""


@dataclass
class Step:
    """How to get to the next state: size of the terminal, keys, and the name of the state."""

    name: str
    keys: str = ""
    """Separated by spaces."""
    size: tuple[int, int] = USUAL
    theme: str = DARK
    first: Callable[[FakeMailbox], object] = field(default=lambda mailbox: None)
    """Called before the keys."""


def commit_with_leftovers(mailbox: FakeMailbox) -> None:
    gone, refused, unknown = mailbox.marked()[:3]
    reasons = {refused.key: "[SYS/PERM] it is kept"}
    mailbox.outcome = Outcome((gone,), (), (refused,), (unknown,), reasons)


def read_only(mailbox: FakeMailbox, value: bool) -> None:
    mailbox.readonly = value
    mailbox.come_back()


WALK = (
    Step("list"),
    Step("read-only", size=WIDE, first=partial(read_only, value=True)),
    Step("list", size=WIDE, theme=LIGHT, first=partial(read_only, value=False)),
    Step("list", size=LARGE),
    Step("list", size=SMALL, theme=MONO),
    Step("why", "!"),
    Step("preview", "escape space", size=WIDE),
    Step("viewer", "enter", theme=LIGHT),
    Step("viewer", size=LARGE),
    Step("all headers", "h"),
    Step("raw", "h", size=SMALL),
    Step("filtered to nothing", "escape / z z enter", theme=LIGHT),
    Step("palette", "escape : s p a m"),
    Step("theme chooser", "escape : n o r d"),
    Step("help", "escape ?", theme=LIGHT),
    Step("statistics", "escape %"),
    Step("protocol", "escape ~", size=WIDE),
    Step("notices", "escape M", size=SMALL),
    Step("bulk question", "escape 1 D"),
    Step("quit", "escape escape g d d d q"),
    Step("quit", size=SMALL, theme=FEW),
    Step("commit result", "escape $ c", theme=LIGHT, first=commit_with_leftovers),
    Step("grouped", "escape v v right", size=WIDE),
    Step("offline", first=lambda mailbox: mailbox.lose("The connection was lost.")),
)


@pytest.fixture(autouse=True)
def _fixed_times(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr("poptui.net.transcript.time", lambda: 1_790_000_000.0)
    monkeypatch.setattr("poptui.tui.notices.datetime", SameDay)
    yield
    monkeypatch.undo()
    time.tzset()


def mail() -> list[MessageEntry]:
    """Return messages in every state: spam, newsletter, new, protected, marked elsewhere."""
    content = entries(30)
    content[0].verdict = SPAM
    content[2].verdict = Verdict((), newsletter=True)
    content[3].new = content[4].protected = True
    content[6].mark = Mark.ELSEWHERE
    assert content[7].header is not None
    content[7].header = content[7].header._replace(dated_by_server=True)
    return content


async def test_the_screens_of_a_mailbox_look_as_before() -> None:
    content, scorer = mail(), Scorer()
    scorer.score(content)
    mailbox = FakeMailbox(content=content, scorer=scorer, body=BODY)
    for kind, line in (
        (RecordKind.REMARK, b"Connection 1"),
        (RecordKind.REPLY, b"+OK ready"),
        (RecordKind.COMMAND, b"STAT"),
        (RecordKind.REPLY, b"+OK 30 465000"),
    ):
        mailbox.console.transcript.add(1, kind, line, len(line) + 2)
    app = PoptuiApp(mailbox, settings=Settings(theme=DARK))
    themes.install(app)
    changed = []
    async with app.run_test(size=USUAL) as pilot:
        await shows(pilot, "Subject 30")
        for step in WALK:
            step.first(mailbox)
            if app.size != step.size:
                await pilot.resize_terminal(*step.size)
            app.theme = step.theme
            for key in step.keys.split():
                app.post_message(Key(key, NAMED[key]) if key in NAMED else plain_key(key))
            columns, lines = step.size
            changed += await difference(pilot, f"{step.name} {columns}x{lines} {step.theme}")
    assert not changed, "\n".join(changed)


async def test_an_empty_mailbox_looks_as_before() -> None:
    mailbox = FakeMailbox(content=[])
    async with PoptuiApp(mailbox).run_test(size=USUAL) as pilot:
        assert "Connecting …" in picture(pilot)
        await mailbox.connect()
        assert not await difference(pilot, "empty 80x24 poptui-dark")


@pytest.mark.parametrize(("name", "theme"), [("welcome", LIGHT), ("accounts", DARK)])
async def test_the_start_looks_as_before(name: str, theme: str) -> None:
    accounts = [
        account("home", MailboxOverview(1234, 5_600_000, 7)),
        account("broken", ConnectError("Nothing listens at mail.example.com:995.")),
    ]
    app = StartApp(accounts if name == "accounts" else [], theme=theme, last="broken")
    async with app.run_test(size=USUAL) as pilot:
        assert not await difference(pilot, f"{name} 80x24 {theme}")


async def difference(pilot: Pilot[Any], name: str) -> list[str]:
    """Wait until the screen equals the stored picture, or write that; return the difference."""
    file = FOLDER / f"{name}.txt"
    if WRITES:
        file.write_text(await settled(pilot), "utf-8")
    before, end = file.read_text("utf-8"), time.monotonic() + PATIENCE_S
    while (now := picture(pilot)) != before:
        if time.monotonic() > end:
            return list(unified_diff(before.split("\n"), now.split("\n"), name, "now", "", "", 0))
        await pilot.pause(0.01)
    return []


async def settled(pilot: Pilot[Any]) -> str:
    """Return the picture of a screen that has stopped changing."""
    before, since = "", time.monotonic()
    while time.monotonic() < since + SETTLED_S:
        await pilot.pause(0.05)
        if (now := picture(pilot)) != before:
            before, since = now, time.monotonic()
    return before


def picture(pilot: Pilot[Any]) -> str:
    """Return the text of the screen, then the styles of each line: the first cell, and the
    style."""
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
