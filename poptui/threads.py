"""Run blocking calls in threads that the program doesn't wait for when it exits.

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


class EventLoop(asyncio.SelectorEventLoop):
    """asyncio's event loop, except that it looks up host names in detached threads."""

    async def getaddrinfo(self, *arguments: Any, **options: Any) -> Any:
        """Look up a host name like ``socket.getaddrinfo``. Raises socket.gaierror."""
        return await run_detached(partial(socket.getaddrinfo, *arguments, **options))
