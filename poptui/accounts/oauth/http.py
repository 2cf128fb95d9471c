"""Send a form to an authorization server over HTTPS and read its response, which is JSON.

A redirect is never followed, because the form holds secrets that only the server in the settings
may get. Plain HTTP is allowed only to this machine.
"""

from __future__ import annotations

import json
import logging
import socket
import ssl
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from poptui.errors import ConnectError, ServerError, quoted
from poptui.net.https import exchange
from poptui.net.server import WebRoute
from poptui.storage.setting_kinds import ENDPOINT

logger = logging.getLogger(__name__)

TIMEOUT_S = 20.0
"""Timeout for the whole exchange: connection, TLS, request and response."""
JSON = "application/json"
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Accept": JSON,
    "User-Agent": "poptui",
}
MAX_ANSWER_BYTES = 256_000
"""A response holds two tokens of a few kilobytes each, and a few short fields."""


class OAuthResponse(NamedTuple):
    """The response of an authorization server."""

    status: int
    values: Mapping[str, Any]
    """The JSON object in it."""
    text: str
    """The JSON as received."""


def is_endpoint(url: str) -> bool:
    """Whether secrets may be sent to an address, and a browser may open it."""
    try:
        ENDPOINT.read(url)
    except ValueError:
        return False
    return True


async def post_form(url: str, body: str, route: WebRoute) -> OAuthResponse:
    """Send ``body``, an encoded form, and return the response, whatever its status.

    Raises ConnectError without a response in time, ServerError for a response that is not JSON,
    UsageError if the settings of ``route`` can't be used.
    """
    assert is_endpoint(url), "the settings allow no other"
    host = urlsplit(url).netloc
    try:
        status, kind, where, data = await exchange(
            url,
            route,
            headers=HEADERS,
            form=body,
            timeout_s=TIMEOUT_S,
            max_bytes=MAX_ANSWER_BYTES,
        )
    except TimeoutError:
        raise ConnectError(
            f"{host} did not answer within {TIMEOUT_S:g} seconds: check the network, and the OAuth"
            " addresses in config.toml."
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise ConnectError(
            f"{host}: the certificate cannot be trusted ({quoted(error.verify_message)}), so"
            " nothing was sent. ca_file of the account can name a file of authorities to trust."
        ) from None
    except ssl.SSLError as error:
        reason = quoted(error.reason or "unknown")
        raise ConnectError(
            f"{host}: TLS failed ({reason}), so nothing was sent. Check the OAuth addresses in"
            " config.toml, or try again later."
        ) from None
    except socket.gaierror:
        raise ConnectError(
            f"There is no host named {host}: check the OAuth addresses in config.toml, and that you"
            " are online."
        ) from None
    except OSError as error:
        reason = quoted(error.strerror or str(error) or type(error).__name__)
        raise ConnectError(
            f"No connection to {host}: {reason}. Check the network, and the OAuth addresses in"
            " config.toml."
        ) from None
    except (HTTPException, ValueError):
        raise ServerError(
            f"{host} did not answer in HTTP: check the OAuth addresses in config.toml."
        ) from None
    logger.info("%s answered %d, %s, %d bytes", url, status, kind, len(data))
    if 300 <= status < 400:
        raise ServerError(
            f"{host} redirected to {quoted(where)}. poptui does not send secrets there: check the"
            " OAuth addresses in config.toml."
        )
    if len(data) > MAX_ANSWER_BYTES:
        raise ServerError(
            f"{host} answered more than {MAX_ANSWER_BYTES // 1000} kB, which is not a token: check"
            " the OAuth addresses in config.toml."
        )
    try:
        text = data.decode("utf-8")
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        what = "with broken JSON" if kind == JSON else f"with {quoted(kind)} instead of JSON"
        raise ServerError(
            f"{host} answered HTTP {status} {what}. Try again later; if that doesn't help, check"
            " the OAuth addresses in config.toml."
        )
    return OAuthResponse(status, values, text)
