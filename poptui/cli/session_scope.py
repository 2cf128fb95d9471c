"""The end of a batch command's session, however the command ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from poptui.mailbox.mailbox import Mailbox


@asynccontextmanager
async def leaving(mailbox: Mailbox) -> AsyncIterator[None]:
    """Take leave of the server after the block; an interrupted command drops the line at once."""
    try:
        yield
    except asyncio.CancelledError:
        mailbox.abandon()
        raise
    finally:
        await mailbox.discard()
