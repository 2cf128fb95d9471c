"""Flows: what asks the user something, or ends something, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from poptui.tui.flows.leaving import ExitResult
from poptui.tui.serial_input import SerialInputApp

if TYPE_CHECKING:
    from poptui.tui.screens.mail.screen import MailScreen

TYPED_AHEAD = 1.0
"""Seconds that keys wait for a dialog at most."""

Flow = Callable[[], Coroutine[Any, Any, None]]


class DialogQueue(SerialInputApp[ExitResult]):
    """The app's side that runs them; the base of ``PoptuiApp``."""

    mail: MailScreen

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._asking = False
        self._waiting: dict[str, Flow] = {}
        """What nobody called, by what it is about, until its turn comes."""

    def background(self, work: Coroutine[Any, Any, None], *, group: str = "default") -> None:
        """Run ``work``."""
        raise NotImplementedError

    @property
    def must_wait(self) -> bool:
        """Whether something is shown that no question may hide yet."""
        raise NotImplementedError

    def alone(self, flow: Flow) -> None:
        """Run ``flow``, which asks or ends something, unless such a flow is running already."""
        if not self._asking:
            self._asking = True
            self.background(self._flow(flow))

    def in_turn(self, about: str, flow: Flow) -> None:
        """The same for one that nobody called: it waits for the one that is running."""
        if self._asking or self.must_wait:
            self._waiting[about] = flow
        else:
            self.alone(flow)

    async def ask(self, flow: Flow) -> None:
        """As ``alone``, for one that begins with a dialog: keys typed ahead wait for that."""
        await self._until(lambda: self.screen is not self.mail or self.mail.question.open)
        self.alone(flow)
        await self._until(lambda: self.screen is not self.mail and self.screen.is_mounted)

    async def _until(self, so: Callable[[], bool]) -> None:
        """Wait until it is so or nothing is asked any more; not for long, whatever happens."""
        now = asyncio.get_running_loop().time
        until = now() + TYPED_AHEAD
        while self._asking and not so() and now() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.002)

    async def _flow(self, flow: Flow) -> None:
        try:
            await flow()
        finally:
            self._asking = False
            self.next_in_turn()

    def next_in_turn(self) -> None:
        """Run the flow that has waited longest, if nothing is in its way."""
        if self._waiting and not (self._asking or self._exit or self.must_wait):
            self.alone(self._waiting.pop(next(iter(self._waiting))))
