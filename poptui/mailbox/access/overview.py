"""Count a mailbox's messages, and the new ones among them, without opening it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from poptui.errors import PoptuiError
from poptui.mailbox.headers.cache import Cache
from poptui.mailbox.listing_request import ListingReplies, request_listing
from poptui.mailbox.session.manager import LogIn
from poptui.threads import run_detached


class MailboxOverview(NamedTuple):
    """The figures of a mailbox, from a short session that downloads and deletes nothing."""

    message_count: int
    size_bytes: int
    new_count: int | None
    """Messages whose headers are not cached; None if there is no cache of this mailbox."""
    age_s: float | None = None
    """The age of remembered figures; None if the server was asked just now."""
    remark: str = ""
    """The reason the server was not asked, as a sentence."""


class NotAskedError(PoptuiError):
    """The server was not asked, because it limits how often one may log in."""


async def read_overview(log_in: LogIn, open_cache: Callable[[], Cache] | None) -> MailboxOverview:
    """Log in, list the messages, and log out. Raises PoptuiError."""
    session = await log_in()
    try:
        replies = await request_listing(session)
        with suppress(PoptuiError):
            await session.client.quit()
    finally:
        session.client.close()
    new = None
    if open_cache is not None:
        cache = open_cache
        new = await run_detached(lambda: _new_count(cache(), replies))
    return MailboxOverview(len(replies.sizes), sum(replies.sizes.values()), new)


def _new_count(cache: Cache, replies: ListingReplies) -> int | None:
    sizes = {uid: replies.sizes.get(number, 0) for number, uid in replies.uids.items() if uid}
    cached = cache.load(sizes)
    return len(sizes.keys() - cached.keys() - cache.resized) if cache.known else None
