"""Ask the token endpoint for tokens, and explain its refusals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from poptui.accounts.oauth.client import OAuthClient
from poptui.accounts.oauth.http import OAuthResponse, post_form
from poptui.errors import (
    AccountRefusedError,
    AuthorizationNeededError,
    PoptuiError,
    ServerError,
    quoted,
)
from poptui.secret import Secret

MAX_TOKEN_CHARACTERS = 16_384
MAX_EXPIRES_S = 10 * 365 * 86_400
_TOKEN = re.compile(r"[\x21-\x7e]+")
"""The characters that a token may have (RFC 6749 appendix A.12), without the space."""


@dataclass(frozen=True)
class Tokens:
    """The tokens that the token endpoint sent."""

    access: Secret
    refresh: Secret | None
    expires_s: float | None
    """The lifetime of the access token in seconds; None if the server doesn't say."""


class OAuthError(Exception):
    """The provider refused: its error code (RFC 6749 section 5.2) and description."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(code)
        self.code, self.description = code, description

    @property
    def quoted(self) -> str:
        """Its text, printable, without the lines that Microsoft adds for its support."""
        first = self.description.split("\n")[0]
        return quoted(f"{self.code}: {first}" if first.strip() else self.code)


async def request_tokens(client: OAuthClient, body: str) -> Tokens:
    """Send an encoded form to the token endpoint. Raises OAuthError and PoptuiError."""
    return _tokens(client, await post_form(client.token_url, body, client.route))


async def refresh_tokens(client: OAuthClient, refresh: Secret) -> Tokens:
    """Get another access token for a refresh token. Raises PoptuiError.

    AuthorizationNeededError if the refresh token is no longer valid.
    """
    from oauthlib.oauth2 import WebApplicationClient

    body = WebApplicationClient(client.client_id).prepare_refresh_body(
        refresh_token=refresh.reveal(), client_id=client.client_id, **secret_field(client)
    )
    try:
        return await request_tokens(client, body)
    except OAuthError as refusal:
        raise refusal_error(client, refusal) from None


def secret_field(client: OAuthClient) -> dict[str, str]:
    """Return the form field that proves the client; none for a client without a secret."""
    secret = client.client_secret
    return {} if secret is None else {"client_secret": secret.reveal()}


def _tokens(client: OAuthClient, response: OAuthResponse) -> Tokens:
    """Return the tokens in a response. Raises OAuthError and ServerError."""
    raise_refusal(response)
    from oauthlib.oauth2 import OAuth2Error
    from oauthlib.oauth2.rfc6749.parameters import parse_token_response

    try:
        values = parse_token_response(response.text)
        access, refresh = values["access_token"], values.get("refresh_token")
        kind, expires = values.get("token_type", "Bearer"), values.get("expires_in")
        if str(kind).lower() != "bearer":
            raise ServerError(
                f"{client.provider} sent a token of type {quoted(str(kind))}, which cannot be"
                " used for mail."
            )
        return Tokens(
            access=_token(access),
            refresh=_token(refresh) if refresh else None,
            expires_s=_lifetime(expires),
        )
    except (OAuth2Error, LookupError, TypeError, ValueError, AttributeError, OverflowError):
        raise ServerError(
            f"{client.provider} answered HTTP {response.status} without a usable token."
            " Check the OAuth settings in config.toml."
        ) from None


def _lifetime(expires: Any) -> float | None:
    """Return the lifetime of a token in seconds; None if the server names no sensible time.

    Then it is used until it is refused. Raises TypeError, ValueError, OverflowError.
    """
    seconds = float(expires or 0)
    return min(seconds, MAX_EXPIRES_S) if seconds > 0 else None


def _token(value: object) -> Secret:
    """Return a token. Raises ValueError if it has characters or a length that no token has."""
    if not isinstance(value, str) or len(value) > MAX_TOKEN_CHARACTERS:
        raise ValueError
    if not _TOKEN.fullmatch(value):
        raise ValueError
    return Secret(value)


def raise_refusal(response: OAuthResponse) -> None:
    """Raise OAuthError if the response is an error (RFC 6749 section 5.2)."""
    if (code := response.values.get("error")) is not None:
        raise OAuthError(str(code), str(response.values.get("error_description") or ""))


def refusal_error(client: OAuthClient, refusal: OAuthError) -> PoptuiError:
    """Return the error for a refusal: what happened, and what to do next."""
    words = refusal.quoted
    match refusal.code:
        case "invalid_grant" | "interaction_required" | "consent_required" | "login_required":
            return AuthorizationNeededError(
                f"{client.provider} no longer accepts poptui's authorization for {client.title}"
                f" ({words}). Run: {client.command}."
            )
        case "invalid_client" | "unauthorized_client":
            return AccountRefusedError(
                f"{client.provider} does not accept this client id ({words}). Check oauth_client_id"
                f" and oauth_client_secret of {client.title} in config.toml."
            )
        case "invalid_scope":
            return AccountRefusedError(
                f"{client.provider} does not give this client id the right to read mail ({words})."
                " See: poptui help oauth."
            )
        case "access_denied" | "authorization_declined":
            return AuthorizationNeededError(
                f"{client.provider} says that access to {client.title} was denied ({words}). To try"
                f" again, run: {client.command}."
            )
        case "expired_token" | "code_expired":
            return AuthorizationNeededError(
                f"The code for {client.title} expired before it was used. Run again:"
                f" {client.command}."
            )
        case "temporarily_unavailable" | "server_error":
            return ServerError(f"{client.provider} has a problem ({words}). Try again later.")
        case _:
            return AccountRefusedError(
                f"{client.provider} gave no token for {client.title} ({words}). Check the OAuth"
                " settings in config.toml."
            )
