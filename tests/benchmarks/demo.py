"""A demo server with a mailbox of N messages: ``python -m tests.benchmarks.demo N``.

It prints its port and lives until its standard input ends.
"""

from __future__ import annotations

import asyncio
import sys

from poptui.demo.server import DemoServer
from poptui.demo.stored_mailbox import StoredMessage
from tests.benchmarks.mailbox import messages


async def serve(count: int) -> None:
    """Serve ``count`` generated messages to user demo, password demo."""
    stored = [
        StoredMessage(f"bench-{at:06}", message) for at, message in enumerate(messages(count))
    ]
    async with DemoServer(stored) as server:
        print(server.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
