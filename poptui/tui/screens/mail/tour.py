"""The tour of the demo: five steps, each shown until the user has carried it out."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from poptui.storage.tour_record import TourRecord
from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.outline import Row
from poptui.tui.screens.mail.list_controller import ListController
from poptui.tui.screens.mail.panes import Handlers, Panes
from poptui.tui.screens.mail.reader import ReaderController

ONLY_IN_DEMO = "The tour is in the demo. Quit, then run: poptui demo"
ENDED = "The tour has ended. {tour} starts it again."
DONE = "That was the tour. {help} shows all keys, {command_palette} finds a command by its name."
SPAM = "is:spam"


class TourStep(Enum):
    """A step of the tour."""

    MOVE = "move"
    OPEN = "open"
    FILTER = "filter"
    MARK = "mark"
    QUIT = "quit"


class _Sentence(NamedTuple):
    """The instruction of a step, for a wide and for a narrow terminal; keys are filled in."""

    long: str
    short: str


MOVE = _Sentence(
    "Move the cursor: {down} goes down, {up} goes up.", "{down} and {up} move the cursor."
)
ARROWS = " The arrow keys do the same."
OPEN = _Sentence(
    "{open} downloads the message under the cursor and opens it. Esc brings you back to the list.",
    "{open} opens the message.",
)
FILTER = _Sentence(
    "{key} shows only what looks like spam; {key} again shows all messages.",
    "{key} shows only the spam.",
)
TYPED_FILTER = _Sentence(
    "Show only what looks like spam: {filter}, then is:spam and Enter. Esc shows all messages.",
    "{filter} is:spam Enter: only spam.",
)
SHOW_ALL = _Sentence("No message is shown: Esc shows all of them again.", "Esc shows all again.")
MARK = _Sentence(
    "{mark} marks the message under the cursor for deletion. Nothing is deleted yet.",
    "{mark} marks for deletion.",
)
UNMARK = _Sentence(
    "The letter before it and the line through it show that it is marked. {undo} undoes that.",
    "{undo} undoes the mark.",
)
MARK_AGAIN = _Sentence(
    "Mark one again with {mark}, to see the question that quitting asks.",
    "Mark one again with {mark}.",
)
QUIT = _Sentence(
    "Press {quit} and read the question: nothing is deleted before you answer it. Esc goes back.",
    "{quit} asks first; Esc goes back.",
)
QUIT_READ_ONLY = _Sentence(
    "{quit} quits. This demo is read-only: nothing can be marked or deleted.", "{quit} quits."
)


class TourController:
    """Shows the steps of the tour; ``update`` shows the next one when the present one is done."""

    def __init__(
        self,
        mailbox: MailboxProtocol,
        panes: Panes,
        host: Host,
        message_list: ListController,
        reader: ReaderController,
        record: TourRecord | None,
    ) -> None:
        """``record``: whether the tour was shown before; None outside the demo."""
        self._mailbox, self._panes, self._host = mailbox, panes, host
        self._list, self._reader, self._record = message_list, reader, record
        self._steps: tuple[TourStep, ...] = ()
        self._left: list[TourStep] = []
        """The present step and the following ones; empty without a tour."""
        self._row: Row | None = None
        """The row under the cursor when the tour began."""
        self._most_marked = 0
        self._requested_by_user = False
        """The question before quitting was shown."""

    @property
    def handlers(self) -> Handlers:
        """The actions that are answered here."""
        return {"tour": self.toggle}

    @property
    def why_not(self) -> str:
        """The reason there can be no tour, or ""."""
        return "" if self._record is not None else ONLY_IN_DEMO

    def begin_first_time(self) -> None:
        """Begin if this is the first demo."""
        if self._record is not None and not self._record.was_shown:
            self._begin()

    def toggle(self) -> None:
        """Begin the tour, or end it."""
        if self._record is None:
            self._host.say(ONLY_IN_DEMO)
        elif not self.end():
            self._begin()

    def end(self) -> bool:
        """End the tour; return whether there was one."""
        if not self._left:
            return False
        self._stop(ENDED)
        return True

    def asked_to_quit(self) -> None:
        """Note that the question before quitting is on the screen."""
        self._requested_by_user = True

    def update(self) -> None:
        """Show the next step if the user has done the present one."""
        self._row = self._row or self._panes.messages.kept_row
        while self._left and self._is_done(self._left[0]):
            self._go_on()
        if self._left:
            self._show(self._left[0])

    def _begin(self) -> None:
        if self._record is not None:
            self._record.note()
        is_readonly = self._mailbox.marks.readonly
        self._steps = tuple(
            step for step in TourStep if not (is_readonly and step is TourStep.MARK)
        )
        self._left = list(self._steps)
        self._row = self._panes.messages.kept_row
        self._most_marked, self._requested_by_user = 0, False
        self.update()

    def _go_on(self) -> None:
        del self._left[0]
        self._most_marked = len(self._mailbox.marks.marked())
        self._requested_by_user = False
        if not self._left:
            self._stop(DONE)

    def _stop(self, sentence: str) -> None:
        self._left = []
        self._panes.tour.hide()
        self._host.say(self._host.keymap.filled(sentence))

    def _is_done(self, step: TourStep) -> bool:
        match step:
            case TourStep.MOVE:
                return self._panes.messages.kept_row is not self._row
            case TourStep.OPEN:
                opened = self._reader.loader.opened
                return opened is not None and opened.whole
            case TourStep.FILTER:
                wanted = self._list.spec.filter
                is_kept = wanted is not None and not self._panes.prompt.open
                return is_kept and wanted is not None and SPAM in wanted.text
            case TourStep.MARK:
                marked = len(self._mailbox.marks.marked())
                self._most_marked = max(self._most_marked, marked)
                return marked < self._most_marked
            case TourStep.QUIT:
                return self._requested_by_user

    def _show(self, step: TourStep) -> None:
        keymap = self._host.keymap
        sentence = self._sentence(step)
        number = f"{self._steps.index(step) + 1}/{len(self._steps)}"
        long, short = keymap.filled(sentence.long), keymap.filled(sentence.short)
        self._panes.tour.show(number, long, short, keymap.hint("tour"))

    def _sentence(self, step: TourStep) -> _Sentence:
        has_marks = bool(self._mailbox.marks.marked())
        needs_row = step is not TourStep.QUIT or not (has_marks or self._mailbox.marks.readonly)
        if needs_row and self._panes.messages.row is None and self._list.spec.filter is not None:
            return SHOW_ALL
        match step:
            case TourStep.MOVE:
                keys = self._host.keymap.keys
                has_arrows = "down" in keys["down"][1:] and "up" in keys["up"][1:]
                return MOVE._replace(long=MOVE.long + ARROWS) if has_arrows else MOVE
            case TourStep.OPEN:
                return OPEN
            case TourStep.FILTER:
                return self._filter_sentence()
            case TourStep.MARK:
                return UNMARK if has_marks else MARK
            case TourStep.QUIT:
                if self._mailbox.marks.readonly:
                    return QUIT_READ_ONLY
                return QUIT if has_marks else MARK_AGAIN

    def _filter_sentence(self) -> _Sentence:
        """Name the key of the saved filter, which the user may have changed."""
        numbers = [number for number, saved in enumerate(self._list.saved, 1) if saved.text == SPAM]
        if not numbers or not self._host.keymap.keys[f"saved_{numbers[0]}"]:
            return TYPED_FILTER
        key = f"{{saved_{numbers[0]}}}"
        return _Sentence(*(text.replace("{key}", key) for text in FILTER))
