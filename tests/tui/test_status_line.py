"""The line on top shows as much as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from poptui.mail.headers.header import Header
from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.changes import ConnectionState
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing
from poptui.pop3.capabilities import AfterDownload
from poptui.tui.widgets.status_line import StatusLine


@dataclass
class FakeMailbox:
    """The part of a mailbox that the line uses."""

    title: str = "user@mail.example.com"
    encrypted: bool = True
    state: ConnectionState = ConnectionState.ONLINE
    listing: MailboxListing = field(default_factory=MailboxListing)
    chosen: Sequence[MessageEntry] = ()
    next_try: datetime | None = None
    paused: bool = False
    readonly: bool = False
    after_download: AfterDownload = AfterDownload.KEPT

    def __post_init__(self) -> None:
        """Play all parts of a mailbox."""
        self.session = self.headers = self.marks = self

    def marked(self) -> list[MessageEntry]:
        return list(self.chosen)


def fake_mailbox(total: int = 1234, loaded: int = 400, marked: int = 12) -> FakeMailbox:
    entries = [
        MessageEntry(n, 45_948, None, str(n), header=Header() if n <= loaded else None)
        for n in range(total, 0, -1)
    ]
    return FakeMailbox(listing=MailboxListing(entries), chosen=entries[:marked])


async def shown(mailbox: FakeMailbox, width: int) -> str:
    async with Host().run_test(size=(width, 5)) as pilot:
        status = pilot.app.query_one(StatusLine)
        status.show(cast(Mailbox, mailbox))
        line = status.render_line(0).text
    assert cell_len(line) == width
    return line.rstrip()


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield StatusLine()


@pytest.mark.parametrize(
    ("width", "left", "right"),
    [
        (
            110,
            " poptui  user@mail.example.com · TLS",
            " 1,234 messages · 56.7 MB · 12 marked 551 kB · headers 400/1,234",
        ),
        (80, " user@mail.example.com · TLS", " 1,234 messages · 12 marked · headers 400/1,234"),
        (40, " user@mail.example.com ", " 12 marked"),
        (24, " user@mail.…", " 12 marked"),
    ],
)
async def test_it_shortens_as_the_terminal_narrows(width: int, left: str, right: str) -> None:
    line = await shown(fake_mailbox(), width)
    assert line.startswith(left)
    assert line.endswith(right)


async def test_the_size_of_the_marked_messages_takes_bytes_only_in_a_wide_terminal() -> None:
    for width, right in (
        (100, " 1,234 messages · 56.7 MB · 12 marked 551 kB"),
        (99, " 1,234 messages · 56.7 MB · 12 marked"),
    ):
        assert (await shown(fake_mailbox(loaded=1234), width)).endswith(right)


async def test_it_leaves_out_empty_parts() -> None:
    quiet = fake_mailbox(total=1, loaded=1, marked=0)
    quiet.encrypted = False
    line = await shown(quiet, 80)
    assert line.split("  ")[0] == " poptui"
    assert "user@mail.example.com  " in line
    assert line.endswith("  1 message · 46 kB")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ConnectionState.CONNECTING, "  connecting …"),
        (ConnectionState.OFFLINE, "  offline"),
    ],
)
async def test_before_the_listing_only_the_state_is_shown(
    state: ConnectionState, expected: str
) -> None:
    assert (await shown(FakeMailbox(state=state), 80)).endswith(expected)


async def test_a_lost_connection_is_shown_before_the_counts() -> None:
    lost = fake_mailbox(marked=0, loaded=1234)
    lost.state = ConnectionState.OFFLINE
    assert (await shown(lost, 80)).endswith("  offline · 1,234 messages · 56.7 MB")


@pytest.mark.parametrize(
    ("width", "expected"), [(140, "offline, next try 14:03:20 · "), (80, "next try 14:03:20 · ")]
)
async def test_the_time_of_the_next_try_is_shown(width: int, expected: str) -> None:
    waiting = fake_mailbox()
    waiting.state, waiting.next_try = ConnectionState.WAITING, datetime(2026, 3, 1, 14, 3, 20)
    assert f"  {expected}" in await shown(waiting, width)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (140, "idle · 1,234"),
        (80, "idle · 1,234"),
        (40, "idle · "),
    ],
)
async def test_a_released_mailbox_says_so(width: int, expected: str) -> None:
    released = fake_mailbox()
    released.state = ConnectionState.RELEASED
    assert expected in await shown(released, width)


async def test_a_foreign_title_is_cleaned() -> None:
    assert "a\ufffdb" in await shown(FakeMailbox(title="a\x1bb"), 80)


async def test_it_is_drawn_again_only_when_it_says_something_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Host().run_test(size=(80, 5)) as pilot:
        status = pilot.app.query_one(StatusLine)
        drawn: list[object] = []
        monkeypatch.setattr(status, "refresh", lambda *regions: drawn.append(regions))
        status.show(cast(Mailbox, fake_mailbox()))
        status.show(cast(Mailbox, fake_mailbox()))
        assert len(drawn) == 1
        status.show(cast(Mailbox, fake_mailbox(marked=13)))
        assert len(drawn) == 2


@pytest.mark.parametrize("width", [100, 80, 60])
async def test_read_only_is_shown_beside_the_lock(width: int) -> None:
    careful = fake_mailbox(marked=0)
    careful.readonly = True
    assert "user@mail.example.com · TLS · read-only " in await shown(careful, width)


async def test_read_only_is_shown_however_narrow() -> None:
    careful = fake_mailbox(marked=0)
    careful.readonly = True
    assert " read-only" in await shown(careful, 40)


async def test_a_digit_more_shifts_nothing() -> None:
    before, after = (
        await shown(fake_mailbox(marked=9), 120),
        await shown(fake_mailbox(marked=10), 120),
    )
    start = before.index("1,234 messages")
    assert after[: start + 20] == before[: start + 20]
    assert cell_len(before[:start]) % 8 == 0


@pytest.mark.parametrize(
    ("cells", "expected"),
    [(160, "server deletes what was opened (EXPIRE 0)"), (100, "EXPIRE 0"), (80, "EXPIRE 0")],
)
async def test_a_server_that_deletes_opened_messages_is_reported(cells: int, expected: str) -> None:
    careless = fake_mailbox()
    assert "EXPIRE" not in await shown(careless, cells)
    careless.after_download = AfterDownload.REMOVED
    assert expected in await shown(careless, cells)
