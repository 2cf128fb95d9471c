"""The controllers of the mailbox screen, each on its own: no app, no terminal."""

from __future__ import annotations

import pytest

from poptui.mailbox.changes import Change, Marked
from poptui.mailbox.entry import Mark
from poptui.mailbox.orders import SortKey
from poptui.storage.settings import Settings
from poptui.tui.actions.keymaps import Keymap
from poptui.tui.actions.registry import BY_ID
from poptui.tui.flows.leaving import ExitFlows
from poptui.tui.pacing import Coalescer
from poptui.tui.screens.deletion import NOTHING
from poptui.tui.screens.mail.cursor import NO_MESSAGE, CursorController
from poptui.tui.screens.mail.export import NO_COMMAND, ExportController
from poptui.tui.screens.mail.list_controller import ListController
from poptui.tui.screens.mail.reader import NOT_OPEN, ReaderController
from poptui.tui.screens.mail.session import SessionController
from poptui.tui.screens.mail.triage import TriageController
from poptui.tui.screens.preview import MARK
from tests.tui.fake_host import FakeHost, FakePanes
from tests.tui.fake_mailbox import FakeMailbox


class Parts:
    """A connected mailbox and the state that controllers share."""

    def __init__(self) -> None:
        self.mailbox, self.panes, self.host = FakeMailbox(), FakePanes(), FakeHost()
        self.list = ListController(self.mailbox, self.panes, self.host.as_host)

    async def show(self) -> None:
        await self.mailbox.connect()
        self.list.show_listing()
        await self.list.arranged()

    @property
    def numbers(self) -> list[int]:
        return [entry.number for entry in self.list.view.entries]


@pytest.fixture
async def parts() -> Parts:
    found = Parts()
    await found.show()
    return found


async def test_the_list_sorts_and_filters(parts: Parts) -> None:
    assert parts.numbers == [5, 4, 3, 2, 1]
    parts.list.reverse()
    await parts.list.arranged()
    assert parts.numbers == [1, 2, 3, 4, 5]
    parts.list.sort()
    await parts.list.arranged()
    assert parts.list.view.spec.order is not SortKey.NUMBER
    parts.list.filter_typed("subject:3")
    await parts.list.arranged()
    assert parts.numbers == [3]
    assert parts.host.notices[0].startswith("Sorted by")


async def test_an_order_that_is_replaced_at_once_is_never_shown(parts: Parts) -> None:
    parts.list.filter_typed("subject:1")
    parts.list.filter_typed("subject:2")
    await parts.list.arranged()
    assert parts.numbers == [2]


async def test_a_filter_that_is_wrong_keeps_the_last_good_one(parts: Parts) -> None:
    parts.list.filter_typed("subject:3")
    await parts.list.arranged()
    parts.list.filter_kept("from:")
    assert parts.list.spec.filter is not None
    assert "from:" in parts.host.notices[-1]


async def test_groups_are_shown_instead_of_messages(parts: Parts) -> None:
    parts.list.group()
    await parts.list.arranged()
    assert parts.panes.messages.heading is not None
    assert parts.list.groups.card() is not None
    assert parts.list.groups.toggle()
    assert len(parts.panes.messages.rows) == 6


async def test_saved_filters_are_counted_and_applied(parts: Parts) -> None:
    parts.list.counts.recount_all()
    await parts.host.settle()
    assert len(parts.list.counts.saved) == len(parts.list.saved)
    parts.list.apply_saved(len(parts.list.saved))
    assert "0 lists them" in parts.host.notices[-1]


async def test_an_action_needs_a_message_under_the_cursor() -> None:
    empty = Parts()
    cursor = CursorController(empty.mailbox, empty.panes, empty.host.as_host, empty.list)
    assert not await cursor.may_act(BY_ID["peek"])
    assert empty.host.notices == [NO_MESSAGE]
    assert await cursor.may_act(BY_ID["help"])


async def test_nothing_is_fetched_before_the_user_asks(parts: Parts) -> None:
    reader = ReaderController(parts.mailbox, parts.panes, parts.host.as_host)
    export = ExportController(parts.panes, parts.host.as_host, reader)
    reader.loader.point_at(parts.panes.messages.entry)
    reader.show_alternative()
    await export.copy_link()
    await export.open_link()
    assert parts.host.notices == [*map(Keymap().filled, (NOT_OPEN, NOT_OPEN, NO_COMMAND))]
    assert not reader.cancel_download()
    reader.open_message()
    await parts.host.settle()
    assert parts.panes.reading
    assert ("retrieve", 5) in parts.mailbox.calls
    reader.loader.close()


async def test_an_open_link_command_needs_an_open_message() -> None:
    host, panes, mailbox = FakeHost(Settings(open_link="browser")), FakePanes(), FakeMailbox()
    export = ExportController(panes, host, ReaderController(mailbox, panes, host))
    await export.open_link()
    assert host.notices == [Keymap().filled(NOT_OPEN)]


async def test_marks_tags_and_the_preview(parts: Parts) -> None:
    shown: list[Change] = []
    changes = Coalescer(shown.extend)
    parts.mailbox.listen(changes.add)
    triage = TriageController(parts.mailbox, parts.panes, parts.host.as_host, parts.list, changes)
    await triage.mark()
    assert [entry.number for entry in parts.mailbox.marked()] == [5]
    assert shown == [Marked(tuple(parts.mailbox.marked()))]
    triage.tag()
    assert [entry.number for entry in triage.tagged()] == [4]
    triage.unmark()
    assert ("unmark", 4) in parts.mailbox.calls
    parts.host.answers = [MARK]
    await triage.mark()
    await parts.host.settle()
    assert parts.mailbox.content[1].mark is Mark.PENDING
    assert not triage.tagged()
    assert not triage.untag_all()


async def test_quitting_without_deleting_leaves_by_the_session(parts: Parts) -> None:
    exits = ExitFlows(parts.host.as_host, parts.mailbox)
    session = SessionController(parts.mailbox, parts.panes, parts.host.as_host, exits)
    parts.mailbox.mark(parts.mailbox.content[:2])
    parts.host.answers = [NOTHING]
    await session.handlers["quit"]()  # type: ignore[misc]
    await parts.host.settle()
    assert parts.host.result is not None
    assert parts.host.result.sentence.startswith("Nothing was deleted.")
    assert not any(call[0] == "commit" for call in parts.mailbox.calls if isinstance(call, tuple))
    assert "discard" in parts.mailbox.calls
