"""A host and panes without an app, for testing controllers separately."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from textual.screen import Screen

from poptui.storage.settings import Settings
from poptui.tui.actions.keymaps import Keymap
from poptui.tui.dialog_queue import DialogQueue
from poptui.tui.host import Host
from poptui.tui.results import ExitResult
from poptui.tui.screens.mail.panes import Panes
from poptui.tui.widgets.message_list import MessageList

R = TypeVar("R")


class FakeTask:
    """A task as ``Host.background`` returns it."""

    def __init__(self, task: asyncio.Task[None]) -> None:
        self.task = task

    @property
    def is_running(self) -> bool:
        return not self.task.done()

    async def wait(self) -> None:
        await asyncio.wait({self.task})


class FakeHost:
    """Records notices, and answers dialogs with ``answers``, in order."""

    holds_result = is_exiting = has_question = has_dialog = False

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.keymap = Keymap()
        self.dialogs = DialogQueue(self)
        self.notices: list[str] = []
        self.answers: list[Any] = []
        self.shown: list[Screen[Any]] = []
        self.result: ExitResult | None = None
        self.controls: list[str] = []
        self._tasks: dict[str, list[FakeTask]] = {}

    def say(self, sentence: str, *, is_error: bool = False) -> None:
        if sentence:
            self.notices.append(sentence)

    def say_result(self, sentence: str) -> None:
        self.notices.append(sentence)

    def add_notice(self, sentence: str) -> None:
        self.notices.append(sentence)

    def clear_notice(self, sentence: str) -> None:
        if self.notices and self.notices[-1] == sentence:
            self.notices.append("")

    def background(
        self, work: Coroutine[Any, Any, None], *, group: str = "default", exclusive: bool = False
    ) -> FakeTask:
        if exclusive:
            self.cancel(group)
        task = FakeTask(asyncio.ensure_future(work))
        self._tasks.setdefault(group, []).append(task)
        return task

    def cancel(self, group: str) -> None:
        for running in self._tasks.pop(group, ()):
            running.task.cancel()

    async def dialog(self, screen: Screen[R]) -> R | None:
        self.shown.append(screen)
        answer: R | None = self.answers.pop(0)
        return answer

    def drop_keys_typed_ahead(self) -> None:
        pass

    async def push(self, screen: Screen[Any]) -> None:
        self.shown.append(screen)

    def exit(self, result: ExitResult) -> None:
        self.result = result

    def show_title(self, state: str) -> None:
        self.title = state

    def write_control(self, sequence: str) -> None:
        self.controls.append(sequence)

    @contextmanager
    def lend_terminal(self) -> Iterator[None]:
        yield

    async def settle(self) -> None:
        """Wait for all background work, except work that waits for its own next run."""
        for _ in range(200):
            await asyncio.sleep(0)

    @property
    def as_host(self) -> Host:
        """Return itself, which mypy checks to be a ``Host``."""
        return self


class UnmountedList(MessageList):
    """A list that is not on any screen, so that it cannot scroll."""

    def scroll_to(self, *arguments: Any, **options: Any) -> None:
        pass


class FakePanes(Panes):
    """Panes that are not on any screen."""

    def __init__(self) -> None:
        super().__init__(Keymap(), UnmountedList())
        self.in_viewer = False

    @property
    def reading(self) -> bool:
        return self.in_viewer

    def focus_list(self) -> None:
        self.in_viewer = False

    def focus_viewer(self) -> None:
        self.in_viewer = True
