"""Quitting, committing and discarding, with their questions.

Only here can the interface delete, and only what a dialog confirmed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from poptui.errors import ExitCode, PoptuiError
from poptui.mailbox.changes import ConnectionState
from poptui.mailbox.commit.outcome import Outcome, deleted_sentence
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import READ_ONLY, amount, messages, names
from poptui.text.format import count
from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.results import ExitResult

CLOSE_TIMEOUT_S = 5.0
"""A session may take this long to close if nothing is deleted."""


class ExitFlows:
    """Ends the program or commits, after the necessary questions."""

    def __init__(self, host: Host, mailbox: MailboxProtocol) -> None:
        self._host, self._mailbox = host, mailbox
        self._committed = False
        """An earlier commit changed the server, or may have."""
        self._is_switching = False
        self._next_account = ""
        """The account to open next; "" shows them all."""

    @property
    def deletion_state(self) -> str:
        """The report on deletions if the program ended now."""
        if self._mailbox.commit.in_doubt:
            return "it is unknown what was deleted: list the mailbox again to see"
        return "nothing more was deleted" if self._committed else "nothing was deleted"

    async def quit(self) -> None:
        """Quit; if messages are marked, ask what to do with them."""
        marked = self._mailbox.marks.marked()
        if not marked:
            await self._leave("")
            return
        from poptui.tui.screens.deletion import DELETE, KEEP, NOTHING, quit_screen

        choice = await self._host.dialog(
            quit_screen(
                marked,
                keeps=self._mailbox.marks.are_saved,
                unkept=len(self._mailbox.marks.session_only),
                copies=self._mailbox.commit.makes_copies,
            )
        )
        if choice == DELETE:
            await self._commit_and_quit(marked)
        elif choice == NOTHING:
            await self.discard()
        elif choice == KEEP:
            await self._keep(marked)

    async def to_accounts(self, name: str = "") -> None:
        """Leave for another account; the marks stay in the journal and are offered again.

        ``name``: the account to open; "" lets the user choose.

        If the marks can't be kept, the user is asked as when quitting.
        """
        marked = self._mailbox.marks.marked()
        keeps = self._mailbox.marks.are_saved and not self._mailbox.marks.session_only
        self._is_switching, self._next_account = True, name
        try:
            if marked and keeps:
                await self._keep(marked)
            else:
                await self.quit()
        finally:
            self._is_switching = False
        self._next_account = ""

    async def _keep(self, marked: Sequence[MessageEntry]) -> None:
        """Quit once the marks were read back from the disk, except those without a UID."""
        lost = [entry for entry in marked if entry in self._mailbox.marks.session_only]
        kept = await self._mailbox.marks.save()
        if not kept or len(kept) + len(lost) < len(marked):
            some = f"{count(len(kept))} of {count(len(marked))}" if kept else "none of them"
            self._host.say(
                "The marks could not be written to the disk: reading it back found"
                f" {some}. poptui stays open so that they aren't lost.",
                is_error=True,
            )
            return
        number = "mark is" if len(kept) == 1 else "marks are"
        unkept = f" Not kept, because they have no UID: {names(lost)}." if lost else ""
        state = self.deletion_state.capitalize()
        await self._leave(f"{state}; {count(len(kept))} {number} kept for next time.{unkept}")

    async def discard(self) -> None:
        """Quit, delete nothing, and forget the marks."""
        marked = len(self._mailbox.marks.marked())
        forgotten = f" {messages(marked)} no longer marked." if marked else ""
        if not await self._mailbox.marks.forget():
            forgotten = " The marks could not be removed from the disk; the next start asks again."
        await self._leave(f"{self.deletion_state.capitalize()}.{forgotten}")

    async def commit_and_stay(self) -> None:
        """Delete the marked messages, if the user confirms it, and go on."""
        marked = self._mailbox.marks.marked()
        if not marked:
            self._host.say(READ_ONLY if self._mailbox.marks.readonly else "Nothing is marked.")
            return
        from poptui.tui.screens.deletion import YES, commit_screen

        question = commit_screen(marked, copies=self._mailbox.commit.makes_copies)
        if await self._host.dialog(question) != YES:
            return
        outcome = await self._commit(marked, stay=True)
        if outcome is None:
            return
        if outcome.complete and not outcome.vanished:
            self._host.say_result(deleted_sentence(outcome))
        else:
            await self._show_result(outcome)

    async def _commit_and_quit(self, confirmed: Sequence[MessageEntry]) -> None:
        outcome = await self._commit(confirmed, stay=False)
        if outcome is None:
            return
        if not outcome.complete or outcome.vanished:
            await self._show_result(outcome)
        code = ExitCode.DONE if outcome.complete else ExitCode.FAILURE
        self._host.exit(ExitResult(code, _summary(outcome), self._is_switching, self._next_account))

    async def _show_result(self, outcome: Outcome) -> None:
        from poptui.tui.screens.result import result_screen

        await self._host.dialog(result_screen(outcome))

    async def _commit(self, confirmed: Sequence[MessageEntry], *, stay: bool) -> Outcome | None:
        """Delete what the dialog listed, even if more is marked by now, and return the outcome.

        None if nothing was sent; the reason has been shown then.
        """
        from poptui.tui.flows.commit_progress import CommitProgress, WorkingScreen
        from poptui.tui.screens.result import ResultScreen

        deleting = f"Deleting {amount(confirmed)} …"
        working = WorkingScreen(deleting, self._stop)
        await self._host.push(working)
        progress = CommitProgress(self._host, working, "stay" if stay else "quit", deleting)
        try:
            outcome = await self._mailbox.commit.run(
                stay=stay, confirmed=confirmed, callbacks=progress.callbacks
            )
        except PoptuiError as error:
            problem = str(error)
        else:
            self._committed = self._committed or bool(outcome.deleted or outcome.unknown)
            return outcome
        finally:
            await working.dismiss(None)
        state = (
            self.deletion_state if self.deletion_state not in problem.lower() else "not committed"
        )
        await self._host.dialog(ResultScreen(f"{state.capitalize()}.", [problem]))
        return None

    def _stop(self) -> None:
        """Esc: stop making copies, or stop waiting to check what was deleted."""
        self._mailbox.commit.stop_copying()
        self._mailbox.commit.stop_checking()

    async def _leave(self, sentence: str) -> None:
        if self._mailbox.session.state is ConnectionState.ONLINE:
            from poptui.tui.flows.commit_progress import WorkingScreen

            await self._host.push(WorkingScreen("Closing the connection …"))
            try:
                await asyncio.wait_for(self._mailbox.session.discard(), CLOSE_TIMEOUT_S)
            except (PoptuiError, TimeoutError):
                self._mailbox.session.abandon()
        else:
            self._mailbox.session.abandon()
        self._host.exit(ExitResult(ExitCode.DONE, sentence, self._is_switching, self._next_account))


def _summary(outcome: Outcome) -> str:
    """Return the last sentence of the program after a commit."""
    parts = [deleted_sentence(outcome)]
    for entries, what in (
        (outcome.refused, "refused by the server"),
        (outcome.remaining, "still there"),
        (outcome.unknown, "unknown"),
    ):
        if entries:
            parts.append(f"{amount(entries)} {what}.")
    if outcome.vanished:
        parts.append(f"No longer there, though not marked: {names(outcome.vanished)}.")
    return " ".join(parts)
