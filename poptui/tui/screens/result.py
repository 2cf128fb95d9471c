"""Shows the result of a commit if not everything was deleted; also the log of notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from poptui.mailbox.commit.outcome import Outcome, copies_sentence
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import amount, messages, name
from poptui.printable import printable_line
from poptui.text.format import count, cut
from poptui.tui.screens.dialog import DialogBox, KeyHint, LogPane, ScrollDialog

HINT = "Enter  Continue   PgDn PgUp  Scroll"
STILL_THERE_DESPITE_OK = "Still there, though the server said they were deleted; they stay marked"
UNKNOWN = "Unknown; marked until poptui can check again"
INDENT = " " * 6
MESSAGE_CELLS = 120
"""A message is cut at this width: an endless subject must not push others off the screen."""


class ResultScreen(ScrollDialog[None]):
    """A title and lines of text."""

    APPEARS_BY_ITSELF = True
    AUTO_FOCUS = "LogPane"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,escape,q", "close", show=False),
    ]
    DEFAULT_CSS = """
    ResultScreen #box { max-width: 110; height: 100%; max-height: 40; }
    ResultScreen #text { text-style: bold; max-height: 6; }
    ResultScreen LogPane { margin-top: 1; }
    """

    def __init__(self, title: str, lines: Sequence[str] = ()) -> None:
        super().__init__()
        self._title, self._lines = title, lines

    def compose(self) -> ComposeResult:
        """Title, lines and keys."""
        with DialogBox("Result"):
            yield Static(self._title, markup=False, id="text")
            yield LogPane(auto_scroll=False)
            yield KeyHint(HINT)

    @on(events.Resize)
    def write(self) -> None:
        """Write the lines."""
        self.call_after_refresh(write_wrapped, self.pane, self._lines)

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)

    @property
    def pane(self) -> LogPane:
        """The lines."""
        return self.query_one(LogPane)


class NoticesScreen(ScrollDialog[None]):
    """The notices of the bottom line, the newest first."""

    AUTO_FOCUS = "LogPane"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter,M", "close", show=False)]
    DEFAULT_CSS = """
    NoticesScreen #box { max-width: 110; height: 100%; max-height: 40; }
    """

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self._lines = lines

    def compose(self) -> ComposeResult:
        """The lines and the keys."""
        with DialogBox("Notices of this session"):
            yield LogPane(auto_scroll=False)
            yield KeyHint("Esc  Close   PgDn PgUp  Scroll")

    @on(events.Resize)
    def write(self) -> None:
        """Write the lines, wrapped to the width."""
        self.call_after_refresh(write_wrapped, self.pane, self._lines or ["No notices yet."])

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)

    @property
    def pane(self) -> LogPane:
        """The lines."""
        return self.query_one(LogPane)


def write_wrapped(log: LogPane, lines: Sequence[str], indent: str = INDENT) -> None:
    """Write the lines, wrapped to the width; a Log draws only those on screen.

    ``indent`` is for what goes on below; prose needs none.
    """
    width = log.scrollable_content_region.width
    log.clear()
    if width > len(indent):
        log.write_lines([piece for line in lines for piece in wrapped(line, width, indent)])


def result_screen(outcome: Outcome) -> ResultScreen:
    """Return the screen for an outcome that is not complete."""
    return ResultScreen(outcome_title(outcome), list(_outcome_lines(outcome)))


def outcome_title(outcome: Outcome) -> str:
    """Return the number of deleted messages, and the server's answer."""
    gone = len(outcome.deleted)
    total = sum(len(entries) for _, entries in _sections(outcome))
    certain = " for certain" if outcome.unknown else ""
    reply = printable_line(outcome.reply)
    return (
        f"{count(gone)} of {messages(total)} deleted{certain}. {reply}".rstrip()
        + copies_sentence(outcome)
    )


def wrapped(line: str, width: int, indent: str = INDENT) -> list[str]:
    """Return ``line`` in pieces of at most ``width`` cells, the later ones indented."""
    if len(line) * 2 <= width:
        return [line]
    first, *rest = Content(line).wrap(width)
    if not rest:
        return [line]
    rest = Content(line[len(first) :].lstrip()).wrap(width - len(indent))
    return [first.plain, *(indent + piece.plain for piece in rest)]


def _sections(outcome: Outcome) -> list[tuple[str, tuple[MessageEntry, ...]]]:
    sections = [
        ("Refused by the server", outcome.refused),
        (STILL_THERE_DESPITE_OK if outcome.falsely_confirmed else "Still there", outcome.remaining),
        (UNKNOWN, outcome.unknown),
        ("Deleted", outcome.deleted),
    ]
    return [(title, entries) for title, entries in sections if entries]


def _outcome_lines(outcome: Outcome) -> Iterator[str]:
    for title, entries in _sections(outcome):
        yield f"{title}: {amount(entries)}"
        for entry in entries:
            yield f"  {entry_line(entry)}"
            if reason := outcome.reasons.get(entry.key):
                yield f"{INDENT}{printable_line(reason)}"
        yield " "
    if outcome.vanished:
        yield f"No longer on the server, though not marked here: {amount(outcome.vanished)}"
        yield from (f"  {name(entry)}" for entry in outcome.vanished)


def vanished_screen(entries: Sequence[MessageEntry]) -> ResultScreen:
    """Return a screen that names messages that are gone although no deletion was confirmed here."""
    one = len(entries) == 1
    return ResultScreen(
        f"{messages(len(entries))} {'is' if one else 'are'} no longer on the server. Nobody"
        f" confirmed {'its' if one else 'their'} deletion here: another program or the server"
        f" itself removed {'it' if one else 'them'}.",
        [f"  {name(entry)}" for entry in entries],
    )


def entry_line(entry: MessageEntry) -> str:
    """Return a message as one printable line: number, sender, subject."""
    if entry.header is None:
        return f"#{entry.number}"
    sender, subject = printable_line(entry.header.from_.shown), printable_line(entry.header.subject)
    return cut(f"#{entry.number}  {sender}  {subject}", MESSAGE_CELLS)
