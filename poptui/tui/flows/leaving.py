"""The ways out of a session: commit, discard, keep working. Each asks where it must.

This is the one place of the interface that can delete, and only after a dialog's yes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from poptui.errors import ExitCode, PoptuiError
from poptui.mailbox.changes import ConnectionState
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.marks.messages import READ_ONLY
from poptui.mailbox.naming import names
from poptui.mailbox.wording import amount, deleted, messages
from poptui.text.format import count
from poptui.tui.flows.copy_progress import CopyProgressFlow
from poptui.tui.screens.confirm import YES, commit_screen, unmark_screen
from poptui.tui.screens.quit import DELETE, KEEP, NOTHING, quit_screen
from poptui.tui.screens.result import ResultScreen, result_screen
from poptui.tui.screens.working import WorkingScreen

if TYPE_CHECKING:
    from poptui.tui.app import PoptuiApp

PATIENCE = 5.0
"""Seconds that a goodbye to the server may take when nothing hangs on it."""


class ExitResult(NamedTuple):
    """What the program ends with."""

    code: int = ExitCode.DONE
    sentence: str = ""


class ExitFlows:
    """The questions before an end, and the ends."""

    def __init__(self, app: PoptuiApp) -> None:
        self._app = app
        self._mailbox = app.mailbox
        self._committed = False
        """An earlier commit changed the server, or may have."""

    @property
    def so_far(self) -> str:
        """What can be said of deletions when the program ends here and now."""
        if self._mailbox.in_doubt:
            return "what was deleted is not known"
        return "nothing more was deleted" if self._committed else "nothing was deleted"

    async def quit(self) -> None:
        """Leave; with marks only as the dialog says."""
        marked = self._mailbox.marked()
        if not marked:
            await self._leave("")
            return
        choice = await self._app.push_screen_wait(
            quit_screen(
                marked,
                keeps=self._mailbox.keeps,
                unkept=len(self._mailbox.unkept),
                copies=self._mailbox.copies,
            )
        )
        if choice == DELETE:
            await self._commit_and_quit(marked)
        elif choice == NOTHING:
            await self.discard()
        elif choice == KEEP:
            await self._keep(marked)

    async def _keep(self, marked: Sequence[MessageEntry]) -> None:
        """Leave once the marks were read back from the disk, but for those that have no UID."""
        lost = [entry for entry in marked if entry in self._mailbox.unkept]
        kept = await self._mailbox.keep_marks()
        if not kept or len(kept) + len(lost) < len(marked):
            some = f"{count(len(kept))} of {count(len(marked))}" if kept else "none of them"
            self._app.say(
                "The marks could not be written to the disk: reading it back found"
                f" {some}. poptui stays open so that they aren't lost.",
                fault=True,
            )
            return
        number = "mark is" if len(kept) == 1 else "marks are"
        gone = f" Not kept, for want of a UID: {names(lost)}." if lost else ""
        await self._leave(
            f"{self.so_far.capitalize()}; {count(len(kept))} {number} kept for next time.{gone}"
        )

    async def discard(self) -> None:
        """Leave and delete nothing: what is marked now will not even be offered again."""
        marked = len(self._mailbox.marked())
        forgotten = f" {messages(marked)} no longer marked." if marked else ""
        if not await self._mailbox.forget_marks():
            forgotten = " The marks could not be taken off the disk: the next start asks again."
        await self._leave(f"{self.so_far.capitalize()}.{forgotten}")

    async def commit_and_stay(self) -> None:
        """Delete what is marked, if the user says so, and go on working."""
        marked = self._mailbox.marked()
        if not marked:
            self._app.say(READ_ONLY if self._mailbox.readonly else "Nothing is marked.")
            return
        question = commit_screen(marked, copies=self._mailbox.copies)
        if await self._app.push_screen_wait(question) != YES:
            return
        outcome = await self._commit(marked, stay=True)
        if outcome is None:
            return
        if outcome.complete and not outcome.vanished:
            self._app.say_result(deleted(outcome))
        else:
            await self._app.push_screen_wait(result_screen(outcome))

    async def unmark_all(self) -> None:
        """Take all marks off, if the user says so."""
        marked = self._mailbox.marked()
        if not marked:
            self._app.say("Nothing is marked.")
        elif await self._app.push_screen_wait(unmark_screen(marked)) == YES:
            self._app.say(self._mailbox.unmark_all() or "No message is marked now; z undoes that.")

    async def _commit_and_quit(self, confirmed: Sequence[MessageEntry]) -> None:
        outcome = await self._commit(confirmed, stay=False)
        if outcome is None:
            return
        if not outcome.complete or outcome.vanished:
            await self._app.push_screen_wait(result_screen(outcome))
        code = ExitCode.DONE if outcome.complete else ExitCode.NO
        self._app.exit(ExitResult(code, _summary(outcome)))

    async def _commit(self, confirmed: Sequence[MessageEntry], *, stay: bool) -> Outcome | None:
        """The outcome for what the dialog showed, which a key typed ahead may have added to.

        None where nothing was sent, which the user has then read.
        """
        deleting = f"Deleting {amount(confirmed)} …"
        working = WorkingScreen(deleting, self._stop)
        await self._app.push_screen(working)
        copyist = CopyProgressFlow(self._app, working, "stay" if stay else "quit", deleting)
        try:
            outcome = await self._mailbox.commit(
                stay=stay, confirmed=confirmed, company=copyist.company
            )
        except PoptuiError as fault:
            problem = str(fault)
        else:
            self._committed = self._committed or bool(outcome.deleted or outcome.unknown)
            return outcome
        finally:
            await working.dismiss(None)
        said = self.so_far if self.so_far not in problem.lower() else "not committed"
        await self._app.push_screen_wait(ResultScreen(f"{said.capitalize()}.", [problem]))
        return None

    def _stop(self) -> None:
        """Esc: no more copies, or no more waiting for a look at what was deleted."""
        self._mailbox.stop_copying()
        self._mailbox.stop_checking()

    async def _leave(self, sentence: str) -> None:
        if self._mailbox.state is ConnectionState.ONLINE:
            await self._app.push_screen(WorkingScreen("Closing the connection …"))
            try:
                await asyncio.wait_for(self._mailbox.discard(), PATIENCE)
            except (PoptuiError, TimeoutError):
                self._mailbox.abandon()
        else:
            self._mailbox.abandon()
        self._app.exit(ExitResult(ExitCode.DONE, sentence))


def _summary(outcome: Outcome) -> str:
    """The farewell after a commit, with what did not go."""
    parts = [deleted(outcome)]
    for entries, what in (
        (outcome.refused, "refused by the server"),
        (outcome.remaining, "still there"),
        (outcome.unknown, "unknown"),
    ):
        if entries:
            parts.append(f"{amount(entries)} {what}.")
    if outcome.vanished:
        parts.append(f"Gone though not marked: {names(outcome.vanished)}.")
    return " ".join(parts)
