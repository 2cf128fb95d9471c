"""The event loop: asyncio's own, but a resolver that hangs does not hold up the program's end."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from typing import Any

from poptui.threads import aside


class Loop(asyncio.SelectorEventLoop):
    """Resolves names in threads of its own: the executor's are waited for at exit."""

    async def getaddrinfo(self, *arguments: Any, **options: Any) -> Any:
        """As ``socket.getaddrinfo``. Raises socket.gaierror."""
        return await aside(partial(socket.getaddrinfo, *arguments, **options))
