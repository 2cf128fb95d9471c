"""Access tokens for logging in: kept in memory, renewed with the refresh token in the keyring."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

from poptui.accounts.oauth.client import OAuthClient
from poptui.accounts.oauth.tokens import Tokens, refresh_tokens
from poptui.environment import cache_path
from poptui.errors import AuthorizationNeededError, ServerError
from poptui.secret import Secret
from poptui.storage.keyring_store import (
    KeyringError,
    read_keyring,
    refresh_token_key,
    write_keyring,
)
from poptui.storage.locks import make_folder, open_lock, try_acquire
from poptui.threads import finish_before_exit

logger = logging.getLogger(__name__)

EXPIRY_MARGIN_S = 60.0
"""Renew a token this long before it expires: the login takes a while, and clocks differ."""
LOCK_WAIT_S, LOCK_POLL_S = 30.0, 0.05
"""Wait this long for another poptui that renews the token of the same account: an exchange with the
server and the keyring may take that long."""


_WITH_SLEEP = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def seconds_now() -> float:
    """Return seconds that pass while the machine sleeps too, and don't jump with its clock."""
    return time.clock_gettime(_WITH_SLEEP)


class StoredTokens:
    """The source of one account's access tokens; a ``TokenSource``."""

    def __init__(self, client: OAuthClient) -> None:
        self.client = client
        self._access: Secret | None = None
        self._refresh: Secret | None = None
        """The last refresh token, in case the keyring doesn't keep it."""
        self._good_until = 0.0
        self._renewing: asyncio.Task[Secret] | None = None

    async def token(self, refused: Secret | None = None) -> Secret:
        """Return an access token; a different one if ``refused`` is the current one.

        Raises PoptuiError; AuthorizationNeededError if the user must authorize poptui first.
        """
        good = self._access is not None and seconds_now() < self._good_until
        if self._access is not None and good and self._access != refused:
            return self._access
        is_under_way = self._renewing is not None and not self._renewing.done()
        if self._renewing is None or not is_under_way:
            self._renewing = asyncio.create_task(self._renew(), name="renew the token")
            self._renewing.add_done_callback(_retrieve_exception)
            finish_before_exit(self._renewing)
        # A login may be cancelled; what the server gives meanwhile must still be kept.
        token = await asyncio.shield(self._renewing)
        if is_under_way and token == refused:
            return await self.token(refused)  # it was given before the server refused it
        return token

    async def take(self, tokens: Tokens) -> None:
        """Use tokens from now on, and keep the refresh token. Raises KeyringError."""
        self._access = tokens.access
        # A token without a time is good until it is refused.
        lasts_s = float("inf") if tokens.expires_s is None else tokens.expires_s
        margin_s = min(EXPIRY_MARGIN_S, lasts_s / 10)
        self._good_until = seconds_now() + lasts_s - margin_s
        if tokens.refresh is not None and tokens.refresh != self._refresh:
            self._refresh = tokens.refresh
            await write_keyring(refresh_token_key(self.client.account), tokens.refresh)

    async def _renew(self) -> Secret:
        self._access = None
        async with _only_renewal(self.client.account):
            return await self._renew_alone()

    async def _renew_alone(self) -> Secret:
        client, refresh = self.client, await self._stored()
        logger.info("asking %s for another access token for %s", client.provider, client.title)
        try:
            tokens = await refresh_tokens(client, refresh)
        except AuthorizationNeededError:
            # It may have been authorized again, or another poptui, which had no lock, was faster.
            if (newer := await self._stored()) == refresh:
                self._refresh = None
                raise
            tokens = await refresh_tokens(client, newer)
        try:
            await self.take(tokens)
        except KeyringError as error:
            logger.info("the new refresh token is kept in memory alone: %s", error)
        if self._access is None:
            raise ServerError(f"{client.provider} gave no token for {client.title}.")
        return self._access

    async def _stored(self) -> Secret:
        """Return the refresh token. Raises AuthorizationNeededError and KeyringError."""
        client = self.client
        try:
            stored = await read_keyring(refresh_token_key(client.account))
        except KeyringError as error:
            if self._refresh is not None:
                return self._refresh
            raise error.with_advice(
                f"The authorization for {client.title} is kept there: unlock it and try again, or"
                " set a token_command."
            ) from None
        if stored is not None:
            self._refresh = stored
        if self._refresh is None:
            raise AuthorizationNeededError(
                f"poptui is not authorized for {client.title} yet. Run: {client.command}."
            )
        return self._refresh


@asynccontextmanager
async def _only_renewal(account: str) -> AsyncIterator[None]:
    """Keep other poptui processes from renewing the token of this account during the block.

    A server that gives a new refresh token at each renewal takes the second use of an old one for
    theft, and revokes both. If the file system has no locks, or one is held for too long, the
    block runs without.
    """
    digest = sha256(account.encode()).hexdigest()[:16]
    path = cache_path().with_name(f"oauth-{digest}.lock")
    try:
        make_folder(path.parent)
        lock = open_lock(path)
    except OSError as error:
        logger.info("no lock for renewing the token: %s", error.strerror)
        yield
        return
    try:
        polls = int(LOCK_WAIT_S / LOCK_POLL_S)
        while polls and not _is_acquired(lock):
            polls -= 1
            await asyncio.sleep(LOCK_POLL_S)
        yield
    finally:
        os.close(lock)


def _is_acquired(lock: int) -> bool:
    try:
        return try_acquire(lock)
    except OSError:  # the file system has no locks
        return True


def _retrieve_exception(task: asyncio.Future[Secret]) -> None:
    """Retrieve the exception even if its caller has stopped waiting."""
    if not task.cancelled():
        task.exception()
