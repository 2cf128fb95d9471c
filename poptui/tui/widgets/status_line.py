"""The top line with the account, the number of messages and the marks; and the line above the keys
that shows that the mailbox is offline, idle, read-only or paused, and a key for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widgets import Static

from poptui.mailbox.changes import ConnectionState
from poptui.patterns import lazy_pattern
from poptui.pop3.capabilities import AfterDownload
from poptui.printable import printable_line
from poptui.text.cells import cell_width
from poptui.text.format import count, cut, fit, size
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.widgets.frame import FRAMED_COLUMNS
from poptui.tui.widgets.line_widget import LineWidget

NAME = " poptui "
_LOCK, _READ_ONLY = " · TLS", " · read-only"
_REMOVES_DOWNLOADS = ("server deletes what was opened (EXPIRE 0)", "EXPIRE 0")
"""A long and a short notice about servers that delete what was downloaded."""
NARROW_CELLS = 60
"""With less room than this the short sentence is shown."""
_GAP_CELLS = 2
_STEP_CELLS = 8
"""Facts begin in every eighth column only, so that a new digit does not move the rest."""
_STATES = {
    ConnectionState.ONLINE: ("", ""),
    ConnectionState.CONNECTING: ("connecting …", "connecting …"),
    ConnectionState.RELEASED: ("idle", "idle"),
    ConnectionState.OFFLINE: ("offline", "offline"),
}
"""Names of states, long and short; the line above the keys says which key helps."""


_SEPARATOR = " · "
_ROLES = ("name", "title", "text", "danger", "caution")
_DANGER = lazy_pattern(r"[\d,]+ marked\b")
_CAUTION = lazy_pattern(r"[\d,]+ spam$|offline|idle|next try|connecting|read-only|EXPIRE|server ")


class FilteredCount(NamedTuple):
    """The number of messages that a filter shows."""

    shown: int
    text: str
    """The filter."""


class StatusLine(LineWidget):
    """The status line; it is drawn again only if its text changes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"status-line--{role}" for role in ("name", "title", "text", "danger", "caution")
    }
    DEFAULT_CSS = """
    StatusLine {
        height: 1;
        background: $background;
        color: $foreground;
        & > .status-line--name { color: $text-primary; text-style: bold; }
        & > .status-line--title { color: $foreground; text-style: bold; }
        & > .status-line--text { color: $foreground-muted; }
        & > .status-line--danger { color: $text-error; text-style: bold; }
        & > .status-line--caution { color: $text-warning; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._title, self._lock = "", ""
        self._facts: list[str] = []

    def show(
        self,
        mailbox: MailboxProtocol,
        narrowed: FilteredCount | None = None,
        remarks: Sequence[str] = (),
    ) -> None:
        """Show the state of ``mailbox``, and how many messages a filter shows."""
        title_and_lock = (printable_line(mailbox.title), _signs(mailbox))
        facts = facts_of(mailbox, narrowed, remarks)
        if (*title_and_lock, facts) != (self._title, self._lock, self._facts):
            (self._title, self._lock), self._facts = title_and_lock, facts
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line: the name where there is room, the title, the facts on the right."""
        name, title, right = _arrange(self._title, self._lock, self._facts, self.size.width)
        style = {role: self.get_component_rich_style(f"status-line--{role}") for role in _ROLES}
        segments = [Segment(name, style["name"])]
        left = max(0, self.size.width - cell_width(name) - cell_width(right) - 1)
        if left - left % _STEP_CELLS >= cell_width(title) + _GAP_CELLS:
            left -= left % _STEP_CELLS
        shown = fit(title, left)
        account, *signs = shown.split(_SEPARATOR) if self._lock else (shown,)
        segments.append(Segment(account, style["title"]))
        for sign in signs:
            segments += [Segment(_SEPARATOR, style["text"]), Segment(sign, style[_role(sign)])]
        for number, fact in enumerate(right.split(_SEPARATOR)):
            segments.append(Segment(_SEPARATOR if number else "", style["text"]))
            segments.append(Segment(fact, style[_role(fact)]))
        return Strip(segments).adjust_cell_length(self.size.width, style["text"])


def _role(fact: str) -> str:
    """Return the role of a fact: danger for marks, caution for problems, or the usual one."""
    if _DANGER.match(fact):
        return "danger"
    return "caution" if _CAUTION.match(fact.strip()) else "text"


def _signs(mailbox: MailboxProtocol) -> str:
    """Return the signs behind the title, which are always shown."""
    return (_LOCK if mailbox.session.encrypted else "") + (
        _READ_ONLY if mailbox.marks.readonly else ""
    )


def facts_of(
    mailbox: MailboxProtocol, narrowed: FilteredCount | None = None, remarks: Sequence[str] = ()
) -> list[str]:
    """Return the facts in ever shorter variants; the last one always fits.

    The first is for wide terminals only: it has the size of the marked messages, which would be
    sent again with each mark.
    """
    listing, marked = mailbox.listing, mailbox.marks.marked()
    total = len(listing.entries)
    state, briefly = _state(mailbox)
    if not total and state:
        return [state, state, briefly]
    messages = f"{count(total)} message{'' if total == 1 else 's'}"
    marks = f"{count(len(marked))} marked" if marked else ""
    marks_size = f" {size(sum(entry.size for entry in marked))}" if marked else ""
    headers = _headers(mailbox)
    removes = mailbox.session.after_download is AfterDownload.REMOVED
    expire, expire_briefly = _REMOVES_DOWNLOADS if removes else ("", "")
    if narrowed:
        others = (expire_briefly, *remarks)
        return _narrowed(narrowed, total, briefly, (marks, marks_size), others, headers)
    sized = f"{messages} · {size(listing.octets)}"
    variants = (
        (state, sized, marks + marks_size, expire, *remarks, headers),
        (state, sized, marks, expire, *remarks, headers),
        (briefly, messages, marks, expire_briefly, *remarks, headers),
        (briefly, messages, marks, expire_briefly, *remarks),
        (briefly, messages, marks, expire_briefly),
        (briefly, marks or messages),
    )
    return [" · ".join(filter(None, variant)) for variant in variants]


def _headers(mailbox: MailboxProtocol) -> str:
    """Return how many headers are loaded; "" if all are."""
    loaded, total = mailbox.listing.loaded, len(mailbox.listing.entries)
    if loaded >= total:
        return ""
    return f"headers {count(loaded)}/{count(total)}{' paused' if mailbox.headers.paused else ''}"


def _narrowed(
    narrowed: FilteredCount,
    total: int,
    state: str,
    marks_and_size: tuple[str, str],
    others: Sequence[str],
    headers: str,
) -> list[str]:
    """The variants while a filter is on."""
    shown = f"{count(narrowed.shown)} of {count(total)}"
    text = printable_line(f"/{narrowed.text}")
    marks, marks_size = marks_and_size
    variants = (
        (state, f"{shown} {cut(text, 30)}", marks + marks_size, *others, headers),
        (state, f"{shown} {cut(text, 30)}", marks, *others, headers),
        (state, f"{shown} {cut(text, 16)}", marks, *others, headers),
        (state, f"{shown} {cut(text, 16)}", marks, *others),
        (f"{shown} {cut(text, 10)}",),
        (shown,),
    )
    return [" · ".join(filter(None, variant)) for variant in variants]


def _state(mailbox: MailboxProtocol) -> tuple[str, str]:
    """Return the state of the session, long and short; "" while it is online.

    It names the time of the next try, as a countdown would send bytes every second.
    """
    if mailbox.session.state is ConnectionState.WAITING and mailbox.session.next_try is not None:
        next_try = f"next try {mailbox.session.next_try:%H:%M:%S}"
        return f"offline, {next_try}", next_try
    return _STATES.get(mailbox.session.state, ("offline", "offline"))


def _arrange(title: str, lock: str, facts: list[str], cells: int) -> tuple[str, str, str]:
    """Return name, title and facts for a line of ``cells``, as much of them as fits."""
    brief, last = lock.replace(_LOCK, ""), facts[-1] if facts else ""
    first = 0 if cells >= FRAMED_COLUMNS else 1
    lengths = [(NAME, fact, lock) for fact in facts[first:3]]
    lengths += [("", fact, lock) for fact in facts[1:]]
    for name, fact, signs in [*lengths, ("", last, brief)]:
        if cell_width(f"{name} {title}{signs}{fact}") + _GAP_CELLS < cells:
            return name, f" {title}{signs}", fact
    room = cells - cell_width(f"{brief}{last}") - _GAP_CELLS - 2
    return "", f" {cut(title, max(0, room))}{brief}", last


class StateSentence(NamedTuple):
    """A state in words, for a wide and for a narrow terminal."""

    long: str
    short: str


class StateLine(Static):
    """A line of its own between the panes and the keys; without a sentence it takes no room."""

    DEFAULT_CSS = """
    StateLine {
        display: none; height: auto; max-height: 2; padding: 0 1;
        background: $surface; color: $text-warning;
    }
    StateLine.-open { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._sentence: StateSentence | None = None

    def show(self, sentence: StateSentence | None) -> None:
        """Show a sentence of ours, keys filled in; None: none."""
        if sentence != self._sentence:
            self._sentence = sentence
            self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Choose the sentence that fits."""
        self._draw()

    def _draw(self) -> None:
        self.set_class(self._sentence is not None, "-open")
        if self._sentence is not None:
            is_narrow = self.screen.size.width < NARROW_CELLS
            self.update(self._sentence.short if is_narrow else self._sentence.long)
