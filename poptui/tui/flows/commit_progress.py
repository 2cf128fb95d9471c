"""Shows the progress of a commit: safety copies, deletion, and the check afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from poptui.errors import PoptuiError
from poptui.mailbox.commit.copier import CopyStatus
from poptui.mailbox.commit.safety_copies import CommitCallbacks, Decision, IncompleteCopies
from poptui.mailbox.wording import check_delayed
from poptui.text.format import count, size
from poptui.tui.host import Host
from poptui.tui.screens.deletion import incomplete_copies_screen
from poptui.tui.screens.dialog import Dialog, DialogBox

UPDATE_INTERVAL_S = 0.2
"""Interval of updates: often enough to look live, and few bytes on a slow connection."""


class WorkingScreen(Dialog[None]):
    """Shows a sentence until its owner dismisses it; Esc calls ``stop``."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "stop", show=False)]
    DEFAULT_CSS = """
    WorkingScreen #box { width: auto; max-width: 100%; padding: 0 2; }
    WorkingScreen #text { width: auto; max-width: 100%; }
    """

    def __init__(self, sentence: str, stop: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._sentence, self._stop = sentence, stop

    def compose(self) -> ComposeResult:
        """The sentence."""
        with DialogBox(""):
            yield Static(self._sentence, markup=False, id="text")

    def say(self, sentence: str) -> None:
        """Show another sentence, which is printable."""
        self.query_one("#text", Static).update(sentence)

    def action_stop(self) -> None:
        """Stop the work: Esc."""
        self._stop()


class CommitProgress:
    """Shows the progress of a commit, and asks what to do if some copies can't be made."""

    def __init__(self, host: Host, working: WorkingScreen, follow_up: str, deleting: str) -> None:
        """``follow_up``: what happens afterwards; ``deleting``: the sentence while deleting."""
        self._host, self._working = host, working
        self._follow_up, self._deleting = follow_up, deleting
        self._updated_at = 0.0

    @property
    def callbacks(self) -> CommitCallbacks:
        """The callbacks for the commit; any task of the event loop may call them."""
        return CommitCallbacks(
            self._on_copying, self._on_incomplete, self._on_waiting, self._on_batch
        )

    def _on_copying(self, copying: CopyStatus) -> None:
        now = asyncio.get_running_loop().time()
        complete = copying.done == copying.total
        if complete or now - self._updated_at >= UPDATE_INTERVAL_S:
            self._updated_at = now
            self._show(self._deleting if complete else copy_progress(copying))

    async def _on_incomplete(self, copies: IncompleteCopies) -> Decision:
        choice = await self._host.dialog(incomplete_copies_screen(copies, self._follow_up))
        return Decision.NOTHING if choice is None else Decision[choice]

    def _on_waiting(self, seconds: float, error: PoptuiError) -> None:
        """Show that the check after QUIT has to wait, because the server refuses logins now."""
        until = datetime.now() + timedelta(seconds=seconds)
        self._show(f"{check_delayed(error, f'at {until:%H:%M:%S}')}  Esc  Don't check")

    def _on_batch(self, done: int, total: int) -> None:
        """Show the progress of a deletion in batches."""
        self._show(f"Deleting in batches: {count(done)} of {count(total)} done …")

    def _show(self, sentence: str) -> None:
        self._working.call_later(self._working.say, sentence)


def copy_progress(copying: CopyStatus) -> str:
    """Return a sentence on the progress of the copies."""
    done = f"{count(copying.done - copying.failed)} of {count(copying.total)} copied"
    failed = f", {count(copying.failed)} failed" if copying.failed else ""
    return f"{done}{failed}, {size(copying.octets)} …  Esc stops; nothing is deleted yet"
