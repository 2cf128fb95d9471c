"""Run blocking calls in threads that can't delay the program's exit, and wait for those that must.

asyncio's own executor is joined at exit, so a name server, a keyring daemon or a disk that hangs
would keep the finished program alive.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


async def run_detached(function: Callable[[], T]) -> T:
    """Run ``function`` in a daemon thread; return what it returns, raise what it raises."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(action: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(lambda: None if result.done() else action())

    def work() -> None:
        try:
            value = function()
        except Exception as error:
            failure = error
            settle(lambda: result.set_exception(failure))
        else:
            settle(lambda: result.set_result(value))

    threading.Thread(target=work, name="poptui-detached", daemon=True).start()
    return await result


_to_finish: set[asyncio.Future[Any]] = set()


def finish_before_exit(task: asyncio.Future[Any]) -> None:
    """Let the program wait a moment for ``task`` before it exits."""
    _to_finish.add(task)
    task.add_done_callback(_to_finish.discard)


async def finish_tasks(limit_s: float) -> None:
    """Wait for the tasks given to ``finish_before_exit``, but no longer than ``limit_s``."""
    if _to_finish:
        await asyncio.wait(list(_to_finish), timeout=limit_s)


class EventLoop(asyncio.SelectorEventLoop):
    """asyncio's event loop, except that it looks up host names in detached threads."""

    async def getaddrinfo(self, *arguments: Any, **options: Any) -> Any:
        """Look up a host name like ``socket.getaddrinfo``. Raises socket.gaierror."""
        return await run_detached(partial(socket.getaddrinfo, *arguments, **options))
