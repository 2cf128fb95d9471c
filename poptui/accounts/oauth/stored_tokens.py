"""Access tokens for logging in: kept in memory, renewed with the refresh token in the keyring."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic

from poptui.accounts.oauth.client import OAuthClient
from poptui.accounts.oauth.tokens import Tokens, refresh_tokens
from poptui.errors import AuthorizationNeededError, ServerError
from poptui.secret import Secret
from poptui.storage.keyring_store import (
    KeyringError,
    read_keyring,
    refresh_token_key,
    write_keyring,
)

logger = logging.getLogger(__name__)

EXPIRY_MARGIN_S = 60.0
"""Renew a token so long before its end: the login takes a while, and clocks differ."""


class StoredTokens:
    """The source of one account's access tokens; a ``TokenSource``."""

    def __init__(self, client: OAuthClient) -> None:
        self.client = client
        self._access: Secret | None = None
        self._refresh: Secret | None = None
        """What was last given, in case the keyring doesn't keep it."""
        self._good_until = 0.0
        self._renewing: asyncio.Task[Secret] | None = None

    async def token(self, refused: Secret | None = None) -> Secret:
        """Return an access token; another one if ``refused`` is the present one.

        Raises PoptuiError; AuthorizationNeededError if the user must authorize poptui first.
        """
        good = self._access is not None and monotonic() < self._good_until
        if self._access is not None and good and self._access != refused:
            return self._access
        is_under_way = self._renewing is not None and not self._renewing.done()
        if self._renewing is None or not is_under_way:
            self._renewing = asyncio.create_task(self._renew(), name="renew the token")
            self._renewing.add_done_callback(_seen)
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
        self._good_until = monotonic() + lasts_s - margin_s
        if tokens.refresh is not None and tokens.refresh != self._refresh:
            self._refresh = tokens.refresh
            await write_keyring(refresh_token_key(self.client.account), tokens.refresh)

    async def _renew(self) -> Secret:
        self._access = None
        client, refresh = self.client, await self._stored()
        logger.info("asking %s for another access token for %s", client.provider, client.title)
        try:
            tokens = await refresh_tokens(client, refresh)
        except AuthorizationNeededError:
            # Another poptui may have been given, and have stored, a new one meanwhile.
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


def _seen(task: asyncio.Future[Secret]) -> None:
    """Retrieve the exception even if nobody waits any more."""
    if not task.cancelled():
        task.exception()
