"""Keeps the user company while a commit copies what it is about to delete."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from poptui.errors import PoptuiError
from poptui.mailbox.commit.copier import Copying
from poptui.mailbox.commit.safety_copies import CommitCallbacks, Decision, IncompleteCopies
from poptui.text.format import count, size
from poptui.tui.screens.incomplete_copies import shortfall_screen
from poptui.tui.screens.working import WorkingScreen

if TYPE_CHECKING:
    from poptui.tui.app import PoptuiApp

INTERVAL = 0.2
"""Seconds between two sentences: live enough, and little on a slow line."""


class CopyProgressFlow:
    """Tells how far the copies have come, and asks where they fall short."""

    def __init__(self, app: PoptuiApp, working: WorkingScreen, then: str, deleting: str) -> None:
        """``then``: what follows the deletion; ``deleting``: the sentence while that goes on."""
        self._app, self._working = app, working
        self._then, self._deleting = then, deleting
        self._told = 0.0

    @property
    def company(self) -> CommitCallbacks:
        """What the commit calls."""
        return CommitCallbacks(self._tell, self._decide, self._wait, self._delete)

    def _delete(self, done: int, total: int) -> None:
        """One session does not take all of it: a batch is through."""
        said = f"Deleting in batches: {count(done)} of {count(total)} done …"
        self._working.call_later(self._working.say, said)

    def _wait(self, seconds: float, fault: PoptuiError) -> None:
        """The server has answered QUIT, and lets nobody look yet."""
        until = datetime.now() + timedelta(seconds=seconds)
        self._working.call_later(
            self._working.say,
            "The deletion was sent. To check it poptui must log in again, which the server refuses"
            f" for now: {fault} Next try at {until:%H:%M:%S}.  Esc  Don't check",
        )

    def _tell(self, copying: Copying) -> None:
        """Called from any task of the loop."""
        now = asyncio.get_running_loop().time()
        complete = copying.done == copying.total
        if complete or now - self._told >= INTERVAL:
            self._told = now
            said = self._deleting if complete else progress(copying)
            self._working.call_later(self._working.say, said)

    async def _decide(self, shortfall: IncompleteCopies) -> Decision:
        choice = await self._app.push_screen_wait(shortfall_screen(shortfall, self._then))
        return Decision[choice]


def progress(copying: Copying) -> str:
    """How far the copies have come, in a sentence."""
    done = f"{count(copying.done - copying.failed)} of {count(copying.total)} copied"
    failed = f", {count(copying.failed)} cannot be" if copying.failed else ""
    return f"{done}{failed}, {size(copying.octets)} …  Esc stops, nothing is deleted yet"
