"""The authorization code grant with PKCE (RFC 7636), with a redirect to this machine (RFC 8252).

The browser is redirected to a port of this machine. If it runs elsewhere (SSH), it shows an error
there, and the user copies the address that it could not open.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from types import TracebackType
from urllib.parse import parse_qs, urlencode, urlsplit

from poptui.accounts.oauth.client import OAuthClient
from poptui.accounts.oauth.tokens import (
    OAuthError,
    Tokens,
    refusal_error,
    request_tokens,
    secret_field,
)
from poptui.errors import AuthorizationNeededError, ConnectError, UsageError
from poptui.secret import Secret

logger = logging.getLogger(__name__)

WAIT_S = 600.0
"""Maximum time that the user may take in the browser."""
REQUEST_TIMEOUT_S = 10.0
MAX_REQUEST_BYTES = 32_768
VERIFIER_CHARACTERS = 64

PAGE = """\
HTTP/1.1 {status}\r
Content-Type: text/plain; charset=utf-8\r
Content-Length: {length}\r
Cache-Control: no-store\r
Referrer-Policy: no-referrer\r
Connection: close\r
\r
{text}"""


class BrowserGrant:
    """One attempt: an address for the browser, and the wait for its answer; a context manager."""

    def __init__(self, client: OAuthClient) -> None:
        """Raises UsageError if the provider's page for authorization isn't known."""
        if not client.authorization_url:
            raise UsageError(
                f"poptui does not know where {client.provider} authorizes: set"
                " oauth_authorization_url in config.toml, or use --device."
            )
        from oauthlib.common import generate_token
        from oauthlib.oauth2 import WebApplicationClient

        self._client = client
        self._oauth = WebApplicationClient(client.client_id)
        self._verifier = Secret(self._oauth.create_code_verifier(VERIFIER_CHARACTERS))
        self._state = generate_token(40)
        self._answer: asyncio.Future[str | OAuthError]
        self._servers: list[asyncio.Server] = []
        self._redirect = ""

    async def __aenter__(self) -> BrowserGrant:
        """Listen for the browser. Raises ConnectError."""
        self._answer = asyncio.get_running_loop().create_future()
        try:
            first = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MAX_REQUEST_BYTES)
        except OSError as error:
            raise ConnectError(
                f"poptui cannot listen for the browser on this machine: {error.strerror}."
                " Try --device."
            ) from None
        self._servers.append(first)
        port = first.sockets[0].getsockname()[1]
        if self._client.redirect_host == "localhost":
            # The browser may take this name for the IPv6 address.
            try:
                self._servers.append(
                    await asyncio.start_server(self._serve, "::1", port, limit=MAX_REQUEST_BYTES)
                )
            except OSError:
                logger.info("the port %d is not free on ::1", port)
        self._redirect = f"http://{self._client.redirect_host}:{port}/"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self._servers:
            server.close()

    @property
    def url(self) -> str:
        """The address to open in a browser."""
        client = self._client
        fields = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": self._redirect,
            "state": self._state,
            "code_challenge": self._oauth.create_code_challenge(self._verifier.reveal(), "S256"),
            "code_challenge_method": "S256",
            **dict(client.offline_fields),
        }
        if client.scope:
            fields["scope"] = client.scope
        if "@" in client.user:
            fields["login_hint"] = client.user
        joint = "&" if urlsplit(client.authorization_url).query else "?"
        return f"{client.authorization_url}{joint}{urlencode(fields)}"

    @property
    def redirect(self) -> str:
        """The beginning of the address to which the browser is redirected in the end."""
        return self._redirect

    def paste(self, text: str) -> None:
        """Take the address that the browser was sent to. Raises UsageError if it is another."""
        # A long address may have been wrapped by the terminal that it was copied from.
        answer = _answer_in("".join(text.split()), self._state)
        if answer is None:
            raise UsageError(
                f"That is not the address of this attempt. It begins with {self._redirect} and has"
                " “code=” and “state=” in it."
            )
        self._settle(answer)

    async def tokens(self) -> Tokens:
        """Wait for the user's answer and fetch the tokens. Raises PoptuiError."""
        client = self._client
        try:
            async with asyncio.timeout(WAIT_S):
                answer = await asyncio.shield(self._answer)
        except TimeoutError:
            raise AuthorizationNeededError(
                f"No answer from the browser within {WAIT_S / 60:g} minutes. To try again, run:"
                f" {client.command}."
            ) from None
        if isinstance(answer, OAuthError):
            raise refusal_error(client, answer)
        body = self._oauth.prepare_request_body(
            code=answer,
            redirect_uri=self._redirect,
            code_verifier=self._verifier.reveal(),
            include_client_id=True,
            **secret_field(client),
        )
        try:
            return await request_tokens(client, body)
        except OAuthError as refusal:
            raise refusal_error(client, refusal) from None

    def _settle(self, answer: str | OAuthError) -> None:
        if isinstance(answer, str):
            Secret(answer)  # hidden from now on in what servers say and in the log
        if not self._answer.done():
            self._answer.set_result(answer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request; only the right one ends the wait."""
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                request = await reader.readuntil(b"\r\n\r\n")
                status, text = self._reply(request)
                page = PAGE.format(status=status, length=len(text.encode()), text=text)
                writer.write(page.encode())
                await writer.drain()
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    def _reply(self, request: bytes) -> tuple[str, str]:
        words = request.split(b"\r\n", 1)[0].decode("ascii", "replace").split(" ")
        # Any page in the browser may send requests here, even invalid ones.
        if len(words) != 3 or words[0] != "GET" or words[1].partition("?")[0] != "/":
            return "404 Not Found", "There is nothing here.\n"
        if self._answer.done():
            return "409 Conflict", "poptui has its answer already. Go back to the terminal.\n"
        answer = _answer_in(words[1], self._state)
        if answer is None:
            return "400 Bad Request", "This is not the answer that poptui waits for.\n"
        self._settle(answer)
        if isinstance(answer, OAuthError):
            return "200 OK", "poptui was not authorized. Go back to the terminal.\n"
        return "200 OK", "poptui has its answer. Close this page and go back to the terminal.\n"


def _answer_in(address: str, state: str) -> str | OAuthError | None:
    """Return the code or the refusal in a redirect; None unless it is one with this state."""
    try:
        query = urlsplit(address).query
        fields = parse_qs(query or address.lstrip("?"), max_num_fields=50)
    except ValueError:
        return None
    if any(len(values) > 1 for values in fields.values()):
        return None
    found = {name: values[0] for name, values in fields.items()}
    if not hmac.compare_digest(found.get("state", "").encode(), state.encode()):
        return None
    if "error" in found:
        return OAuthError(found["error"], found.get("error_description", ""))
    return found.get("code")
