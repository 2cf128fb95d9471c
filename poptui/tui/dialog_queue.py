"""Runs flows one at a time. A flow shows dialogs, or ends the program."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

TYPE_AHEAD_TIMEOUT_S = 1.0
"""Keys typed ahead wait for a dialog at most this long."""
POLL_INTERVAL_S = 0.002

Flow = Callable[[], Coroutine[Any, Any, object]]


class DialogHost(Protocol):
    """The interface that the queue needs of the app."""

    @property
    def holds_result(self) -> bool:
        """Whether a result is shown that no dialog may cover yet."""

    @property
    def is_exiting(self) -> bool:
        """Whether the program is about to end."""

    @property
    def has_question(self) -> bool:
        """Whether the user is being asked something, in a dialog or on the bottom line."""

    @property
    def has_dialog(self) -> bool:
        """Whether a dialog or the question on the bottom line gets the keys already."""

    def background(self, work: Coroutine[Any, Any, None]) -> object:
        """Run ``work`` beside the interface."""


class DialogQueue:
    """Runs one flow at a time; flows that were not started by a key wait for their turn."""

    def __init__(self, host: DialogHost) -> None:
        self._host = host
        self._is_running = False
        self._waiting: dict[str, Flow] = {}
        """Waiting flows by subject; a newer one replaces an older one."""

    @property
    def is_idle(self) -> bool:
        """Whether no dialog, question or result waits for a key."""
        host = self._host
        return not (
            self._is_running
            or self._waiting
            or host.has_question
            or host.holds_result
            or host.is_exiting
        )

    def run_exclusive(self, flow: Flow) -> None:
        """Run ``flow``; if another one is running, do nothing."""
        if not self._is_running:
            self._is_running = True
            self._host.background(self._run(flow))

    def enqueue(self, subject: str, flow: Flow) -> None:
        """Run a flow that was not started by a key, after the one that is running."""
        if self._is_running or self._host.holds_result:
            self._waiting[subject] = flow
        else:
            self.run_exclusive(flow)

    async def run_dialog(self, flow: Flow) -> None:
        """Run a flow that begins with a question; return once the question gets the keys.

        So keys typed ahead go to the question and not to what it covers.
        """
        await self._until(lambda: self._host.has_question)
        self.run_exclusive(flow)
        await self._until(lambda: self._host.has_dialog)

    def run_next(self) -> None:
        """Run the flow that has waited longest, if nothing else needs the user's attention."""
        host = self._host
        if self._waiting and not (self._is_running or host.is_exiting or host.holds_result):
            self.run_exclusive(self._waiting.pop(next(iter(self._waiting))))

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Wait for ``condition``, the end of the flow or the timeout."""
        now = asyncio.get_running_loop().time
        end = now() + TYPE_AHEAD_TIMEOUT_S
        while self._is_running and not condition() and now() < end:  # noqa: ASYNC110
            await asyncio.sleep(POLL_INTERVAL_S)

    async def _run(self, flow: Flow) -> None:
        try:
            await flow()
        finally:
            self._is_running = False
            self.run_next()
