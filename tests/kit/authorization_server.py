"""A local OAuth 2.0 authorization server, with oauthlib's server side, and a fake browser for it.

It runs in threads on loopback, over HTTPS if it is given a context. ``fail`` makes an endpoint
misbehave; a test decides with ``allow`` and ``deny`` what the user does with a device code.
"""

from __future__ import annotations

import json
import secrets
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace, TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from oauthlib.oauth2 import (
    DeviceApplicationServer,
    OAuth2Error,
    RequestValidator,
    Server,
)

CLIENT_ID = "poptui-test-client"
CLIENT_SECRET = "GOCSPX-client-secret-sentinel"
SCOPE = "https://mail.example.com/"

FAULTS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "garbage": (200, {"Content-Type": "application/json"}, b'{"access_token": \xff'),
    "array": (200, {"Content-Type": "application/json"}, b'["access_token"]'),
    "deep": (200, {"Content-Type": "application/json"}, b"[" * 100_000),
    "huge": (200, {"Content-Type": "application/json"}, b'{"x": "' + b"x" * 300_000 + b'"}'),
    "html": (502, {"Content-Type": "text/html"}, b"<html><body>Bad gateway\x1b[2J</body></html>"),
    "empty": (200, {"Content-Type": "application/json"}, b"{}"),
    "no content": (204, {}, b""),
    "newline": (
        200,
        {"Content-Type": "application/json"},
        b'{"access_token": "ab\\ncd", "token_type": "Bearer"}',
    ),
    "number": (200, {"Content-Type": "application/json"}, b'{"access_token": 5}'),
    "mac": (200, {"Content-Type": "application/json"}, b'{"access_token":"t","token_type":"mac"}'),
    "odd error": (400, {"Content-Type": "application/json"}, b'{"error": {"code": 7}}'),
    "busy": (503, {"Content-Type": "application/json"}, b'{"error": "temporarily_unavailable"}'),
    "redirect": (307, {"Location": "http://192.0.2.1/steal"}, b""),
}
"""The responses of an endpoint that fails."""


@dataclass
class _Device:
    status: str
    user_code: str


@dataclass
class _Validator(RequestValidator):  # type: ignore[misc]
    """Implements the storage that oauthlib needs, in memory."""

    secret: str | None
    codes: dict[str, SimpleNamespace] = field(default_factory=dict)
    devices: dict[str, _Device] = field(default_factory=dict)
    access: dict[str, float] = field(default_factory=dict)
    """Access tokens and their expiry times."""
    refresh: set[str] = field(default_factory=set)
    rotates: bool = False

    def client_authentication_required(self, request: Any, *_: Any, **__: Any) -> bool:
        # The device endpoint gets the client id alone, as Microsoft and Google have it.
        return self.secret is not None and bool(request.grant_type)

    def authenticate_client(self, request: Any, *_: Any, **__: Any) -> bool:
        request.client = SimpleNamespace(client_id=request.client_id)
        return bool(request.client_id == CLIENT_ID and request.client_secret == self.secret)

    def authenticate_client_id(self, client_id: str, request: Any, *_: Any, **__: Any) -> bool:
        request.client = SimpleNamespace(client_id=client_id)
        return client_id == CLIENT_ID

    def validate_client_id(self, client_id: str, request: Any, *_: Any, **__: Any) -> bool:
        request.client = SimpleNamespace(client_id=client_id)
        return client_id == CLIENT_ID

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, *_: Any, **__: Any) -> bool:
        return redirect_uri.startswith(("http://127.0.0.1:", "http://localhost:"))

    def confirm_redirect_uri(
        self, _: str, code: str, redirect_uri: str, *__: Any, **___: Any
    ) -> bool:
        return bool(self.codes[code].redirect_uri == redirect_uri)

    def validate_response_type(self, *_: Any, **__: Any) -> bool:
        return True

    def validate_grant_type(self, *_: Any, **__: Any) -> bool:
        return True

    def validate_scopes(self, _: str, scopes: list[str], *__: Any, **___: Any) -> bool:
        return scopes == [SCOPE]

    def get_default_scopes(self, *_: Any, **__: Any) -> list[str]:
        return [SCOPE]

    def get_original_scopes(self, *_: Any, **__: Any) -> list[str]:
        return [SCOPE]

    def is_pkce_required(self, *_: Any) -> bool:
        return True

    def save_authorization_code(
        self, _: str, code: dict[str, str], request: Any, *__: Any, **___: Any
    ) -> None:
        self.codes[code["code"]] = SimpleNamespace(
            redirect_uri=request.redirect_uri,
            challenge=request.code_challenge,
            method=request.code_challenge_method,
        )

    def get_code_challenge(self, code: str, _: Any) -> str:
        return str(self.codes[code].challenge)

    def get_code_challenge_method(self, code: str, _: Any) -> str:
        return str(self.codes[code].method)

    def validate_code(
        self, _: str, code: str, __: Any, request: Any, *___: Any, **____: Any
    ) -> bool:
        request.user, request.scopes = "user", [SCOPE]
        return code in self.codes

    def invalidate_authorization_code(self, _: str, code: str, *__: Any, **___: Any) -> None:
        del self.codes[code]

    def validate_device_code(self, _: str, code: str, request: Any, *__: Any, **___: Any) -> Any:
        request.user, request.scopes = "user", [SCOPE]
        device = self.devices.get(code)
        return device.status if device else None

    def validate_refresh_token(
        self, token: str, _: Any, request: Any, *__: Any, **___: Any
    ) -> bool:
        request.user = "user"
        return token in self.refresh

    def rotate_refresh_token(self, request: Any) -> bool:
        if self.rotates:
            self.refresh.discard(request.refresh_token)
        return self.rotates

    def save_bearer_token(self, token: dict[str, Any], _: Any, *__: Any, **___: Any) -> None:
        self.access[token["access_token"]] = time.time() + token["expires_in"]
        if "refresh_token" in token:
            self.refresh.add(token["refresh_token"])


class AuthorizationServer:
    """The server, as a context manager. ``url`` is its address, ``requests`` what was sent to
    it."""

    def __init__(
        self,
        *,
        secret: str | None = None,
        tls: ssl.SSLContext | None = None,
        expires_s: int = 3600,
        rotates: bool = False,
    ) -> None:
        self.validator = _Validator(secret, rotates=rotates)
        self._oauth = Server(
            self.validator,
            token_expires_in=expires_s,
            token_generator=lambda request: f"access-{secrets.token_hex(24)}",
            refresh_token_generator=lambda request: f"refresh-{secrets.token_hex(24)}",
        )
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        if tls is not None:
            self._http.socket = tls.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._http.server_port}"
        self._device = DeviceApplicationServer(
            self.validator,
            verification_uri=f"{self.url}/activate",
            interval=1,
            user_code_generator=lambda: f"{secrets.token_hex(2)}-{secrets.token_hex(2)}".upper(),
        )
        self.requests: list[tuple[str, dict[str, str]]] = []
        self._faults: dict[str, str] = {}
        self._released = threading.Event()
        self.user = "user"
        """The user whose mailbox the tokens open."""
        self.called = threading.Event()
        """Set at each request of the token endpoint."""
        self.may_answer = threading.Event()
        """While this is cleared, the token endpoint waits before it answers."""
        self.may_answer.set()

    def __enter__(self) -> AuthorizationServer:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._released.set()
        self.may_answer.set()
        self._http.shutdown()
        self._http.server_close()

    def settings(self, *, secret: bool = False) -> str:
        """Return the lines of an account's table that use this server."""
        lines = [
            f'oauth_client_id = "{CLIENT_ID}"',
            f'oauth_scope = "{SCOPE}"',
            f'oauth_authorization_url = "{self.url}/authorize"',
            f'oauth_device_url = "{self.url}/device"',
            f'oauth_token_url = "{self.url}/token"',
        ]
        if secret:
            lines.append(f'oauth_client_secret = "{CLIENT_SECRET}"')
        return "\n".join(lines) + "\n"

    def fail(self, endpoint: str, fault: str) -> None:
        """Make ``endpoint`` answer with a fault, or not at all (``hang``); ``""`` ends that."""
        self._faults[endpoint] = fault

    def answer_codes(self, status: str) -> None:
        """Answer all device codes as a user would: ``authorized``, ``access_denied`` ..."""
        for device in self.validator.devices.values():
            device.status = status

    def revoke(self) -> None:
        """Forget all refresh tokens."""
        self.validator.refresh.clear()

    def expire(self) -> None:
        """Forget all access tokens."""
        self.validator.access.clear()

    def asked(self, grant: str) -> list[dict[str, str]]:
        """Return the token requests of one grant type."""
        return [form for path, form in self.requests if form.get("grant_type", "") == grant]

    def reply(
        self, method: str, path: str, body: str, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer one request."""
        # oauthlib accepts only HTTPS.
        uri = f"https://127.0.0.1{path}"
        endpoint = urlsplit(path).path
        query = {name: values[0] for name, values in parse_qs(body or urlsplit(path).query).items()}
        self.requests.append((endpoint, query))
        if fault := self._faults.get(endpoint):
            if fault == "hang":
                self._released.wait()
            return FAULTS.get(fault, FAULTS["empty"])
        match endpoint:
            case "/authorize":
                return self._authorize(uri)
            case "/device":
                return self._start_device(uri, body, headers)
            case "/token":
                self.called.set()
                self.may_answer.wait()
                head, response, status = self._oauth.create_token_response(
                    uri, "POST", body, headers
                )
                return status, head, response.encode()
            case "/introspect":
                return self._introspect(query["token"])
        return 404, {"Content-Type": "text/html"}, b"<p>Not found</p>"

    def _authorize(self, uri: str) -> tuple[int, dict[str, str], bytes]:
        try:
            _, credentials = self._oauth.validate_authorization_request(uri)
            assert credentials["code_challenge_method"] == "S256"
            headers, _, status = self._oauth.create_authorization_response(
                uri, scopes=[SCOPE], credentials=credentials
            )
        except OAuth2Error as error:
            return 400, {"Content-Type": "application/json"}, error.json.encode()
        return status, headers, b""

    def _start_device(
        self, uri: str, body: str, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        try:
            _, response, status = self._device.create_device_authorization_response(
                uri, "POST", body, headers
            )
        except OAuth2Error as error:
            return error.status_code, {"Content-Type": "application/json"}, error.json.encode()
        self.validator.devices[response["device_code"]] = _Device(
            "authorization_pending", response["user_code"]
        )
        return status, {"Content-Type": "application/json"}, json.dumps(response).encode()

    def _introspect(self, token: str) -> tuple[int, dict[str, str], bytes]:
        """Tell Dovecot whether a token is valid, and whose it is (RFC 7662)."""
        active = self.validator.access.get(token, 0) > time.time()
        response = {"active": active, "username": self.user} if active else {"active": False}
        return 200, {"Content-Type": "application/json"}, json.dumps(response).encode()


def _handler(server: AuthorizationServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length).decode("ascii")
            status, headers, response = server.reply(
                self.command, self.path, body, dict(self.headers)
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response)))
            self.end_headers()
            self.wfile.write(response)

        do_GET = do_POST = _serve

        def log_message(self, *_: Any) -> None:
            pass

        def handle(self) -> None:
            with suppress(OSError):  # the client gave up
                super().handle()

    return Handler


def sent_to(url: str, tls: ssl.SSLContext | None = None) -> str:
    """Open the address like the browser of a user who agrees; return the address it redirects
    to."""
    status, headers, response = fetch(url, tls)
    assert status == 302, response
    return headers["Location"]


def fetch(url: str, tls: ssl.SSLContext | None = None) -> tuple[int, dict[str, str], str]:
    """Fetch a page, without following redirects."""
    parts = urlsplit(url)
    assert parts.hostname
    line = (
        HTTPSConnection(parts.hostname, parts.port, context=tls, timeout=60)
        if parts.scheme == "https"
        else HTTPConnection(parts.hostname, parts.port, timeout=60)
    )
    try:
        line.request("GET", f"{parts.path or '/'}?{parts.query}")
        reply = line.getresponse()
        return reply.status, dict(reply.headers), reply.read().decode()
    finally:
        line.close()
