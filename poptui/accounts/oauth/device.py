"""The device authorization grant (RFC 8628): a code to type on any device with a browser.

It works over SSH, because nothing has to reach this machine.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from poptui.accounts.oauth.client import OAuthClient
from poptui.accounts.oauth.http import is_endpoint, post_form
from poptui.accounts.oauth.tokens import (
    OAuthError,
    Tokens,
    raise_refusal,
    refusal_error,
    request_tokens,
    secret_field,
)
from poptui.errors import ConnectError, ServerError, UsageError
from poptui.printable import printable_line
from poptui.secret import Secret

logger = logging.getLogger(__name__)

DEFAULT_INTERVAL_S = 5.0
"""Time between two polls, if the server does not say (RFC 8628 section 3.2)."""
INTERVAL_STEP_S = 5.0
"""The time that ``slow_down`` adds to the interval (section 3.5)."""
MIN_INTERVAL_S, MAX_INTERVAL_S = 1.0, 60.0
DEFAULT_EXPIRES_S, MAX_EXPIRES_S = 900.0, 3600.0
MAX_BROKEN_RESPONSES = 2
"""Errors of a gateway pass; an address that is no token endpoint always answers like this."""
MAX_CODE_CHARACTERS = 40


@dataclass(frozen=True)
class DeviceCode:
    """The code for the user to type, and the one with which poptui polls meanwhile."""

    user_code: str
    """The code to type; printable."""
    page: str
    """The page to type it on."""
    page_with_code: str
    """The same with the code filled in; empty if the server has none."""
    expires_s: float
    interval_s: float
    device_code: Secret


async def request_device_code(client: OAuthClient) -> DeviceCode:
    """Get a code for the user. Raises PoptuiError."""
    if not client.device_url:
        raise UsageError(
            f"{client.provider} has no codes for other devices. Leave --device out, or set"
            " oauth_device_url in config.toml."
        )
    fields = {"client_id": client.client_id}
    if client.scope:
        fields["scope"] = client.scope
    response = await post_form(client.device_url, urlencode(fields), client.route)
    try:
        raise_refusal(response)
    except OAuthError as refusal:
        raise refusal_error(client, refusal) from None
    try:
        return _device_code(response.values)
    except (LookupError, TypeError, ValueError):
        raise ServerError(
            f"{client.provider} answered HTTP {response.status} without a code for another device."
            " Check oauth_device_url in config.toml."
        ) from None


def _device_code(values: Mapping[str, Any]) -> DeviceCode:
    """Parse a response. Raises LookupError, TypeError, ValueError."""
    page = values.get("verification_uri") or values["verification_url"]  # Google's name
    whole = values.get("verification_uri_complete") or ""
    code, secret = values["user_code"], values["device_code"]
    if not (isinstance(code, str) and isinstance(secret, str) and secret):
        raise TypeError
    if not 0 < len(code) <= MAX_CODE_CHARACTERS or printable_line(code) != code:
        raise ValueError
    if not is_endpoint(page):
        raise ValueError
    return DeviceCode(
        user_code=code,
        page=page,
        page_with_code=whole if whole and is_endpoint(whole) else "",
        expires_s=_seconds(values.get("expires_in"), DEFAULT_EXPIRES_S, 1.0, MAX_EXPIRES_S),
        interval_s=_seconds(
            values.get("interval"), DEFAULT_INTERVAL_S, MIN_INTERVAL_S, MAX_INTERVAL_S
        ),
        device_code=Secret(secret),
    )


def _seconds(value: object, default: float, low: float, high: float) -> float:
    try:
        number = float(value) if isinstance(value, (int, float, str)) else default
    except (ValueError, OverflowError):
        return default
    return default if math.isnan(number) else min(max(number, low), high)


async def wait_for_tokens(
    client: OAuthClient,
    code: DeviceCode,
    *,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Tokens:
    """Ask until the user has answered on the other device. Raises PoptuiError."""
    from oauthlib.oauth2 import DeviceClient

    body = DeviceClient(client.client_id).prepare_request_body(
        code.device_code.reveal(),
        include_client_id=True,
        **secret_field(client),
    )
    interval_s, waited_s, broken_responses = code.interval_s, 0.0, 0
    while waited_s < code.expires_s:
        await pause(interval_s)
        waited_s += interval_s
        try:
            return await request_tokens(client, body)
        except (ConnectError, ServerError) as error:
            # Section 3.5: poll less often, but go on; the user is busy in the browser.
            logger.info("no answer while waiting for the user: %s", error)
            interval_s = min(interval_s * 2, MAX_INTERVAL_S)
            broken_responses += isinstance(error, ServerError)
            if broken_responses > MAX_BROKEN_RESPONSES:
                raise
        except OAuthError as refusal:
            if refusal.code == "slow_down":
                interval_s += INTERVAL_STEP_S
            elif refusal.code != "authorization_pending":
                raise refusal_error(client, refusal) from None
    raise refusal_error(client, OAuthError("expired_token", ""))
