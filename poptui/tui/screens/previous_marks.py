"""Asks at the start what to do with marks that an earlier run left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from poptui.errors import quoted
from poptui.mail.headers.header import Address, Header
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.marks.recovered_marks import RecoveryOffer
from poptui.mailbox.wording import MAX_NAMED, amount, messages, moment
from poptui.printable import printable_line
from poptui.storage.mark_record import MarkRecord
from poptui.text.format import count, cut
from poptui.tui.screens.choice import Choice, ChoiceScreen
from poptui.tui.screens.result import MESSAGE_CELLS, ResultScreen

MARK_AGAIN, FORGET = "mark-again", "forget"
LATER = Choice("later", "escape", "Decide later")


class PreviousMarksScreen(ChoiceScreen):
    """Lists what an earlier run marked."""

    APPEARS_BY_ITSELF = True


def previous_marks_screen(offer: RecoveryOffer) -> PreviousMarksScreen:
    """Ask whether to mark these messages again, forget the marks, or decide later."""
    present = [_as_marked(entry, mark) for entry, mark in offer.present]
    mark_again = (Choice(MARK_AGAIN, "k", f"Mark {amount(present)} again"),) if present else ()
    return PreviousMarksScreen(
        "Marks of an earlier run",
        present,
        (*mark_again, Choice(FORGET, "f", "Forget these marks"), LATER),
        text=" ".join(_summary(offer)),
        otherwise="Nothing is deleted: marked messages are deleted only after you confirm.",
    )


def _summary(offer: RecoveryOffer) -> Iterator[str]:
    yield f"{messages(offer.open)} marked by an earlier run{_last(offer)}, not deleted."
    if sent := sum(mark.sent for _, mark in offer.present):
        yield f"Confirmed then, but still on the server: {count(sent)}."
    if offer.unsure:
        yield f"Possibly not the same: {_first_names(offer.unsure)}."
    if not _needs_screen(offer):
        for what, marks in _gone(offer):
            yield f"{what}: {'; '.join(map(_named, marks))}."


def _first_names(marks: Sequence[MarkRecord]) -> str:
    """Describe the first of ``marks``, and say how many more there are."""
    more = f" and {count(len(marks) - MAX_NAMED)} more" if len(marks) > MAX_NAMED else ""
    return "; ".join(map(_named, marks[:MAX_NAMED])) + more


def _needs_screen(offer: RecoveryOffer) -> bool:
    """Whether there are too many messages that are gone for a sentence in the question."""
    return bool(offer.gone) and (len(offer.gone) > MAX_NAMED or not offer.open)


def _gone(offer: RecoveryOffer) -> Iterator[tuple[str, tuple[MarkRecord, ...]]]:
    """Yield sentences on messages that are no longer on the server."""
    if offer.fulfilled:
        yield "Deleted, as you confirmed before that run ended", offer.fulfilled
    if offer.vanished:
        yield "No longer there, although you never confirmed that", offer.vanished


def gone_screen(offer: RecoveryOffer) -> ResultScreen | None:
    """Return a screen that lists marked messages that are gone; None if the question names them."""
    if not _needs_screen(offer):
        return None
    one = len(offer.gone) == 1
    title = (
        f"{messages(len(offer.gone))} marked by an earlier run{_last(offer)}"
        f" {'is' if one else 'are'} no longer on the server."
    )
    return ResultScreen(title, list(_gone_lines(offer)))


def _gone_lines(offer: RecoveryOffer) -> Iterator[str]:
    for what, marks in _gone(offer):
        yield f"{what}: {count(len(marks))}"
        yield from (f"  {_named(mark)}" for mark in marks)
        yield " "


def _named(mark: MarkRecord) -> str:
    """Describe a message by its record in the journal."""
    subject = quoted(mark.subject) if mark.subject else "(no subject)"
    if not (mark.subject or mark.sender):
        subject = f"UID {quoted(mark.uid)}"
    sender = f" from {printable_line(mark.sender)}" if mark.sender else ""
    return cut(f"{subject}{sender}", MESSAGE_CELLS)


def _last(offer: RecoveryOffer) -> str:
    """Return when the last of the messages was marked."""
    when = moment(max(mark.marked for mark in offer.marks))
    return f" ({when})" if when else ""


def _as_marked(entry: MessageEntry, mark: MarkRecord) -> MessageEntry:
    """Return a row that shows what was marked; ``entry`` may have another header by now."""
    now = entry.header
    same = now is not None and mark.fingerprint in ("", now.fingerprint())
    then = Header(from_=Address(mark.sender), subject=mark.subject)
    return MessageEntry(
        entry.number, entry.size, entry.uid, entry.key, header=now if same else then
    )
