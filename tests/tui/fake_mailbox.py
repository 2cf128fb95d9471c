"""A mailbox in memory that records the interface's calls, with switches for faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from poptui.errors import PoptuiError
from poptui.mail.headers.header import Address, Header
from poptui.mailbox.changes import (
    Change,
    ConnectionState,
    Listed,
    Loaded,
    Marked,
    Scored,
    StateChanged,
)
from poptui.mailbox.commit.copier import CopyStatus
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.commit.safety_copies import (
    CommitCallbacks,
    Decision,
    IncompleteCopies,
    SafetyCopyError,
)
from poptui.mailbox.entry import Mark, MessageEntry
from poptui.mailbox.marks.recovered_marks import RecoveredMarks, RecoveryOffer
from poptui.mailbox.messages.spool import SpooledMessage
from poptui.mailbox.scoring.scorer import Scorer
from poptui.mailbox.scoring.sender_lists import SenderList
from poptui.net.transcript import Transcript
from poptui.pop3.capabilities import AfterDownload
from poptui.secret import Secret
from poptui.triage.bulk_preview import BulkPreview

NEWEST = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def entries(count: int, *, headers: bool = True) -> list[MessageEntry]:
    """Return ``count`` messages, the highest number first."""
    return [entry(number, headers=headers) for number in range(count, 0, -1)]


def entry(number: int, *, headers: bool = True) -> MessageEntry:
    """Return message ``number``, with the number in its sender and subject."""
    header = Header(
        from_=Address(f"Sender {number}", f"sender{number}@mail.example.com"),
        to="user@mail.example.com",
        subject=f"Subject {number}",
        date=NEWEST - timedelta(days=1000 - number),
    )
    uid = f"uid{number}"
    return MessageEntry(number, 1000 * number, uid, uid, header=header if headers else None)


@dataclass
class FakeListing:
    """The part of a listing that the interface reads."""

    entries: Sequence[MessageEntry] = ()

    @property
    def octets(self) -> int:
        return sum(entry.size for entry in self.entries)

    @property
    def loaded(self) -> int:
        return sum(entry.header is not None for entry in self.entries)

    def find(self, key: str) -> MessageEntry | None:
        return next((entry for entry in self.entries if entry.key == key), None)


class FakeMessage(SpooledMessage):
    """A message that has been downloaded."""

    def __init__(self, entry: MessageEntry, content: bytes) -> None:
        super().__init__(entry)
        self.write(content)


class FakeConsole:
    """Records what is typed."""

    def __init__(self, calls: list[Any]) -> None:
        self.transcript, self.session, self._calls = Transcript(), object(), calls

    async def enter(self, line: str, session: object) -> str:
        self._calls.append(("typed", line))
        return ""

    def reset(self) -> None:
        self._calls.append("reset")


@dataclass
class FakeMailbox:
    """Does at once what a server would do, unless a gate is closed; ``calls`` records the calls."""

    content: list[MessageEntry] = field(default_factory=lambda: entries(5))
    title: str = "user@mail.example.com"
    encrypted: bool = True
    state: ConnectionState = ConnectionState.OFFLINE
    next_try: datetime | None = None
    reached: bool = True
    takes_password: bool = True
    listing: FakeListing = field(default_factory=FakeListing)
    calls: list[Any] = field(default_factory=list)
    retrieved: list[SpooledMessage] = field(default_factory=list)
    fault: PoptuiError | None = None
    """Raised by the next call that needs the server."""
    outcome: Outcome | None = None
    """Replaces the outcome of a commit."""
    refusal: str = ""
    """Returned by ``mark``, which then marks nothing."""
    body: bytes = b"Hello from the body."
    progress: Sequence[int] = ()
    touched: int = 0

    scorer: Scorer = field(default_factory=Scorer)
    are_saved: bool = True
    readonly: bool = False
    makes_copies: bool = False
    copying: bool = False
    in_doubt: bool = False
    session_only: list[MessageEntry] = field(default_factory=list)
    waits: tuple[float, PoptuiError] | None = None
    """How long a commit waits before its verification, and why; ends with ``stop_checking``."""
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    after_download: AfterDownload = AfterDownload.KEPT
    shortfall: IncompleteCopies | None = None
    """The question that a commit asks before it deletes."""
    steps: Sequence[CopyStatus] = ()
    """The progress of copies that a commit reports, while the gate is closed."""
    offer: RecoveryOffer | None = None
    """Marks of an earlier run."""

    def __post_init__(self) -> None:
        self.changed: Callable[[Change], None] = lambda change: None
        # The fake plays all parts of a mailbox.
        self.session = self.headers = self.marks = self.messages = self.scoring = self.commit = self
        self.console = FakeConsole(self.calls)
        self.gate = asyncio.Event()
        self.gate.set()
        self.visible: list[MessageEntry] = []
        self.rest: list[MessageEntry] = []
        self.paused = False
        self._undo: list[dict[MessageEntry, Mark]] = []
        self.recovered = RecoveredMarks()
        self.recovered.on_keep = self._kept
        self.recovered.on_forget = lambda marks: self.calls.append("forget earlier")
        self.recovered.offer = self.offer

    def listen(self, on_change: Callable[[Change], None]) -> None:
        self.changed = on_change

    async def _server(self, call: object) -> None:
        self.calls.append(call)
        await self.gate.wait()
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault

    def prioritize(
        self, visible: Iterable[MessageEntry], rest: Iterable[MessageEntry] | None = None
    ) -> None:
        self.visible = list(visible)
        if rest is not None:
            self.rest = list(rest)

    @property
    def missing(self) -> int:
        return len(self.listing.entries) - self.listing.loaded

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def want(self, names: Iterable[str]) -> None:
        self.calls.append(("want", *names))

    async def connect(self) -> None:
        await self._server("connect")
        self._listed()

    async def refresh(self) -> None:
        await self._server("refresh")
        self._listed()

    def _listed(self) -> None:
        self.state = ConnectionState.ONLINE
        self.listing.entries = list(self.content)
        self.changed(StateChanged(ConnectionState.ONLINE, ""))
        self.changed(Listed())

    def load(self, *loaded: MessageEntry) -> None:
        """Load the headers of ``loaded``."""
        for message in loaded:
            message.header = entry(message.number).header
        self.changed(Loaded(loaded))

    def lose(self, reason: str, state: ConnectionState = ConnectionState.OFFLINE) -> None:
        """The connection is lost."""
        self.state = state
        self.changed(StateChanged(state, reason))

    def come_back(self) -> None:
        """Reconnect."""
        self.state = ConnectionState.ONLINE
        self.changed(StateChanged(ConnectionState.ONLINE, ""))

    def touch(self) -> None:
        self.touched += 1

    async def check(self, *, anyway: bool = False) -> None:
        self.calls.append("check")

    async def give_password(self, password: Secret) -> None:
        await self._server(("password", password.reveal()))
        self.come_back()

    def trust(self, fingerprint: str) -> None:
        self.calls.append(("trust", fingerprint))
        self.fault = None

    def mark(self, entries: Iterable[MessageEntry]) -> str:
        return self.refusal or self._set(list(entries), Mark.PENDING, "mark")

    def preview(self, entries: Iterable[MessageEntry]) -> BulkPreview[MessageEntry]:
        return self.scorer.preview(entries)

    def mark_all(self, entries: Iterable[MessageEntry]) -> BulkPreview[MessageEntry]:
        preview = self.preview(entries)
        self.mark(preview.to_mark)
        return preview

    async def toggle_sender(self, senders: SenderList, entry: MessageEntry) -> str:
        sentence, changed = await self.scorer.toggle_sender(senders, entry, self.listing.entries)
        self.changed(Scored(tuple(changed)))
        return sentence

    async def teach(self, entries: Iterable[MessageEntry], spam: bool) -> int:
        return await self.scorer.teach(entries, spam)

    async def flag_duplicates(self) -> None:
        changed = await self.scorer.flag_duplicates(self.listing.entries)
        self.changed(Scored(tuple(changed)))

    def unmark(self, entries: Iterable[MessageEntry]) -> str:
        return self._set(list(entries), Mark.NONE, "unmark")

    def _kept(self, offer: RecoveryOffer) -> None:
        self.calls.append("keep earlier")
        self.mark(entry for entry, _ in offer.present)

    async def save(self) -> list[MessageEntry]:
        return [e for e in self.marked() if e not in self.session_only] if self.are_saved else []

    def stop_checking(self) -> None:
        self.calls.append("stop_checking")
        self._stopped.set()

    async def forget(self) -> bool:
        self.calls.append("forget")
        for entry in self.marked():
            entry.mark = Mark.NONE
        return self.are_saved

    def unmark_all(self) -> str:
        return self._set(self.marked(), Mark.NONE, "unmark_all")

    def _set(self, wanted: list[MessageEntry], mark: Mark, name: str) -> str:
        self.calls.append((name, *(entry.number for entry in wanted)))
        self._undo.append({entry: entry.mark for entry in wanted})
        for entry in wanted:
            entry.mark = mark
        self.changed(Marked(tuple(wanted)))
        return ""

    def undo(self) -> str:
        if not self._undo:
            return "Nothing to undo."
        before = self._undo.pop()
        for entry, mark in before.items():
            entry.mark = mark
        self.changed(Marked(tuple(before)))
        return ""

    def marked(self) -> list[MessageEntry]:
        return [entry for entry in self.listing.entries if entry.mark is not Mark.NONE]

    async def retrieve(
        self,
        entry: MessageEntry,
        progress: Callable[[int], None] = lambda octets: None,
        *,
        on_start: Callable[[SpooledMessage], None] = lambda message: None,
    ) -> SpooledMessage:
        message = FakeMessage(entry, self.body)
        on_start(message)
        return await self._fetch(message, progress, ("retrieve", entry.number))

    async def peek(
        self,
        entry: MessageEntry,
        lines: int,
        progress: Callable[[int], None] = lambda octets: None,
    ) -> SpooledMessage:
        head, _, body = self.body.partition(b"\n\n")
        few = b"\n".join(body.split(b"\n")[:lines])
        message = FakeMessage(entry, head + b"\n\n" + few)
        return await self._fetch(message, progress, ("peek", entry.number, lines))

    async def _fetch(
        self, message: SpooledMessage, progress: Callable[[int], None], call: object
    ) -> SpooledMessage:
        try:
            self.calls.append(call)
            for octets in self.progress:
                progress(octets)
            await self.gate.wait()
            if self.fault is not None:
                fault, self.fault = self.fault, None
                raise fault
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError):
                self.calls.append(("stopped", message.entry.number))
            message.close()
            raise
        self.retrieved.append(message)
        return message

    def stop_copying(self) -> None:
        if not self.copying:
            return
        self.calls.append("stop copying")
        self.fault = SafetyCopyError("Stopped while copying; nothing was deleted.")
        self.gate.set()

    async def _copy(self, callbacks: CommitCallbacks) -> list[MessageEntry]:
        """Report and ask as a commit does; return the messages that may not be deleted after
        all."""
        for step in self.steps:
            callbacks.on_copying(step)
        if self.shortfall is None:
            return []
        decision = await callbacks.on_incomplete(self.shortfall)
        self.calls.append(decision)
        if decision is Decision.NOTHING:
            raise SafetyCopyError(f"Nothing was deleted: {self.shortfall}.")
        return list(self.shortfall.missing) if decision is Decision.COPIED else []

    async def run(
        self,
        *,
        stay: bool,
        confirmed: Iterable[MessageEntry] | None = None,
        callbacks: CommitCallbacks | None = None,
    ) -> Outcome:
        left = await self._copy(callbacks or CommitCallbacks())
        gone = [e for e in (self.marked() if confirmed is None else confirmed) if e not in left]
        self.in_doubt = self.fault is None
        await self._server(("commit", stay, *(entry.number for entry in gone)))
        if self.waits is not None and callbacks is not None:
            callbacks.on_waiting(*self.waits)
            await self._stopped.wait()
        self.in_doubt = False
        outcome = self.outcome or Outcome(deleted=tuple(gone))
        self.content = [entry for entry in self.content if entry not in outcome.deleted]
        if stay:
            self._listed()
        return outcome

    async def release(self) -> None:
        await self._server("release")
        self.state = ConnectionState.RELEASED

    def connect_if_released(self) -> None:
        if self.state is ConnectionState.RELEASED:
            self.calls.append("connect")
            self.come_back()

    async def discard(self) -> None:
        await self._server("discard")
        self.state = ConnectionState.OFFLINE

    def abandon(self) -> None:
        self.calls.append("abandon")
        self.state = ConnectionState.OFFLINE
