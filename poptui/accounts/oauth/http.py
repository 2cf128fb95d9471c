"""Send a form to an authorization server over HTTPS and read the JSON that it answers.

A redirect is never followed: what we send are secrets, and they go where the user said. Plain HTTP
is allowed only to this machine.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import ssl
import time
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from poptui.errors import ConnectError, ServerError, quoted
from poptui.net.server import is_loopback
from poptui.storage.setting_kinds import ENDPOINT
from poptui.threads import run_detached

logger = logging.getLogger(__name__)

TIMEOUT_S = 20.0
"""For the whole exchange: connection, TLS, request and answer."""
JSON = "application/json"
MAX_ANSWER_BYTES = 256_000
"""An answer holds two tokens of some kilobytes and a few short fields."""


class Answer(NamedTuple):
    """What an authorization server answered."""

    status: int
    values: Mapping[str, Any]
    """The JSON object in it."""
    text: str
    """The same, as it came."""


def is_endpoint(url: str) -> bool:
    """Whether an address is one that secrets may be sent to, or a browser be opened with."""
    try:
        ENDPOINT.read(url)
    except ValueError:
        return False
    return True


async def post_form(url: str, body: str) -> Answer:
    """Send ``body``, an encoded form, and return the answer whatever its status says.

    Raises ConnectError without an answer in time, ServerError for an answer that is not JSON.
    """
    assert is_endpoint(url), "the settings allow no other"
    host = urlsplit(url).netloc
    try:
        async with asyncio.timeout(TIMEOUT_S):
            status, kind, where, data = await run_detached(lambda: _exchange(url, body))
    except TimeoutError:
        raise ConnectError(
            f"{host} did not answer within {TIMEOUT_S:g} seconds: check the network, and the OAuth"
            " addresses in config.toml."
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise ConnectError(
            f"{host}: the certificate cannot be trusted ({quoted(error.verify_message)}), so"
            " nothing was sent. SSL_CERT_FILE can name a file of authorities to trust."
        ) from None
    except ssl.SSLError as error:
        reason = quoted(error.reason or "unknown")
        raise ConnectError(f"{host}: TLS failed ({reason}), so nothing was sent.") from None
    except socket.gaierror:
        raise ConnectError(
            f"There is no host named {host}: check the OAuth addresses in config.toml, and that you"
            " are online."
        ) from None
    except OSError as error:
        reason = quoted(error.strerror or str(error) or type(error).__name__)
        raise ConnectError(f"No connection to {host}: {reason}.") from None
    except (HTTPException, ValueError):
        raise ServerError(f"{host} answered something that is not HTTP.") from None
    logger.info("%s answered %d, %s, %d bytes", url, status, kind, len(data))
    if 300 <= status < 400:
        raise ServerError(
            f"{host} sent poptui on to {quoted(where)}, which poptui does not follow with secrets:"
            " check the OAuth addresses in config.toml."
        )
    if len(data) > MAX_ANSWER_BYTES:
        raise ServerError(f"{host} answered more than {MAX_ANSWER_BYTES // 1000} kB, not a token.")
    try:
        text = data.decode("utf-8")
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        what = "with broken JSON" if kind == JSON else f"with {quoted(kind)} instead of JSON"
        raise ServerError(
            f"{host} answered HTTP {status} {what}. Try again later; if it stays so, check the"
            " OAuth addresses in config.toml."
        )
    return Answer(status, values, text)


def _exchange(url: str, body: str) -> tuple[int, str, str, bytes]:
    """Return status, content type, Location and body. Raises OSError and HTTPException."""
    from urllib.error import HTTPError, URLError
    from urllib.request import (
        HTTPRedirectHandler,
        HTTPSHandler,
        ProxyHandler,
        Request,
        build_opener,
    )

    class NoRedirects(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    deadline = time.monotonic() + TIMEOUT_S
    handlers: list[Any] = [NoRedirects()]
    parts = urlsplit(url)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        handlers.append(HTTPSHandler(context=context))
    if is_loopback(parts.hostname or ""):
        handlers.append(ProxyHandler({}))
    request = Request(
        url,
        data=body.encode("ascii"),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": JSON,
            "User-Agent": "poptui",
        },
    )
    try:
        response = build_opener(*handlers).open(request, timeout=TIMEOUT_S)
    except HTTPError as error:
        response = error
    except URLError as error:
        raise (
            error.reason if isinstance(error.reason, OSError) else OSError(0, str(error.reason))
        ) from None
    with response:
        data = b""
        while len(data) <= MAX_ANSWER_BYTES and time.monotonic() < deadline:
            piece = response.read1(65_536) if hasattr(response, "read1") else response.read(65_536)
            if not piece:
                break
            data += piece
        headers = response.headers
        kind = headers.get_content_type() if "Content-Type" in headers else "no content type"
        return response.status or 0, kind, headers.get("Location", ""), data
