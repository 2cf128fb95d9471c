"""The questions of ``--plain``: about earlier marks, before deleting, and before leaving."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence

from poptui.cli.streams import say
from poptui.cli.triage_report import print_results
from poptui.errors import ExitCode, PoptuiError
from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.commit.safety_copies import CommitCallbacks, Decision, IncompleteCopies
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import UNKNOWN, amount, check_delayed, marked_title
from poptui.threads import run_detached


class EndOfInputError(Exception):
    """Standard input has ended."""


class PlainQuestions:
    """Asks the user on standard input, and carries out the answers."""

    def __init__(
        self,
        mailbox: Mailbox,
        print_rows: Callable[[Sequence[MessageEntry]], Awaitable[None]],
    ) -> None:
        self._mailbox, self._print_rows = mailbox, print_rows
        self._has_committed = False
        self.code: int | None = None
        """The exit code once the user has left."""

    async def ask_about_previous_marks(self) -> None:
        """Offer the marks of a run that ended before it deleted them."""
        recovered = self._mailbox.marks.recovered
        if (offer := recovered.offer) is None:
            return
        present = [entry for entry, _ in offer.present]
        for marks, what in (
            (offer.fulfilled, "deleted, as you confirmed then"),
            (offer.vanished, "gone, though you never confirmed it"),
            (offer.unsure, "perhaps other messages now, so they stay unmarked"),
        ):
            if marks:
                print(f"Of the messages marked by an earlier run, {len(marks):,} are {what}.")
        if not offer.open:
            return recovered.forget()
        await self._print_rows(present)
        print(f"An earlier run marked {amount(present)}; none of that was deleted.")
        answer = await _ask("Mark them again? yes, forget, or later: ")
        if "yes".startswith(answer) and answer:
            recovered.keep()
            print(f"Marked again: {amount(self._mailbox.marks.marked())}.")
        elif "forget".startswith(answer) and answer:
            recovered.forget()
            print("Forgotten.")
        else:
            recovered.later()
            print("The next start asks again.")

    async def commit(self, *, stay: bool = True) -> None:
        """Ask, then delete what is marked. Raises PoptuiError."""
        marked = self._mailbox.marks.marked()
        if not marked:
            print("Nothing is marked.")
            return
        print(marked_title(self._mailbox.commit.makes_copies))
        await self._print_rows(marked)
        if not await _confirmed(f"Delete {amount(marked)}? Type yes to delete them: "):
            print("Nothing was deleted.")
            return
        callbacks = CommitCallbacks(on_incomplete=_decide, on_waiting=_report_delay)
        outcome = await self._mailbox.commit.run(stay=stay, confirmed=marked, callbacks=callbacks)
        print_results(outcome, print)
        self._has_committed = True
        if not stay:
            self.code = ExitCode.DONE if outcome.complete else ExitCode.FAILURE

    async def quit(self) -> None:
        """Ask what to do with the marks, if there are any, and leave. Raises PoptuiError."""
        marked = self._mailbox.marks.marked()
        if marked:
            print(f"{amount(marked)} marked.")
            keep = "keep the marks, " if self._mailbox.marks.are_saved else ""
            answer = await _ask(f"delete them, {keep}forget the marks, or cancel: ")
            if answer and "delete".startswith(answer):
                return await self.commit(stay=False)
            if keep and answer and "keep".startswith(answer):
                return await self._keep(marked)
            if not answer or not "forget".startswith(answer):
                print("Cancelled.")
                return
            if not await self._mailbox.marks.forget():
                print("The marks could not be removed from the disk: the next start asks again.")
        await self._discard(self._deletion_state)

    async def _keep(self, marked: Sequence[MessageEntry]) -> None:
        kept = await self._mailbox.marks.save()
        if len(kept) + len(self._mailbox.marks.session_only) < len(marked):
            print("The marks could not be written to the disk, so poptui stays open.")
            return
        await self._discard(f"{self._deletion_state} Marks kept for next time: {len(kept):,}.")

    async def leave_at_end_of_input(self) -> None:
        """Leave without a question: delete nothing, and keep the marks."""
        marked = self._mailbox.marks.marked()
        kept = await self._mailbox.marks.save() if marked else []
        marks = f" Marks kept for next time: {len(kept):,} of {len(marked):,}." if marked else ""
        await self._discard(f"{self._deletion_state}{marks}")

    async def _discard(self, sentence: str) -> None:
        await self._mailbox.session.discard()
        print(sentence)
        self.code = ExitCode.DONE

    @property
    def _deletion_state(self) -> str:
        if self._mailbox.commit.in_doubt:
            return UNKNOWN
        return "Nothing more was deleted." if self._has_committed else "Nothing was deleted."


async def read_line(prompt: str) -> str:
    """Read a line from standard input. Raises EndOfInputError."""
    print(prompt, end="", flush=True)
    line = await run_detached(lambda: sys.stdin.readline(4096))
    if not line:
        raise EndOfInputError
    return line.rstrip("\n")


async def _ask(question: str) -> str:
    """Return the answer in lower case; ``""`` at the end of the input."""
    try:
        return (await read_line(question)).strip().lower()
    except EndOfInputError:
        print()
        return ""


async def _confirmed(question: str) -> bool:
    return await _ask(question) == "yes"


async def _decide(incomplete: IncompleteCopies) -> Decision:
    if not incomplete.copied:
        return Decision.NOTHING
    question = f"Only {incomplete}. Delete just {amount(incomplete.copied)}? Type yes: "
    return Decision.COPIED if await _confirmed(question) else Decision.NOTHING


def _report_delay(seconds: float, error: PoptuiError) -> None:
    say(check_delayed(error, f"in {seconds:.0f} s"))
