"""The end of a batch command's session, however the command ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from poptui.maildrop.maildrop import Maildrop


@asynccontextmanager
async def leaving(maildrop: Maildrop) -> AsyncIterator[None]:
    """Take leave of the server after the block; an interrupted command drops the line at once."""
    try:
        yield
    except asyncio.CancelledError:
        maildrop.abandon()
        raise
    finally:
        await maildrop.discard()
