"""Authorizing by a code for another device and in a browser, against a local server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from poptui.accounts.oauth import browser, http
from poptui.accounts.oauth.authorize import browser_command
from poptui.accounts.oauth.browser import BrowserGrant
from poptui.accounts.oauth.client import OAuthClient
from poptui.accounts.oauth.device import DeviceCode, request_device_code, wait_for_tokens
from poptui.accounts.oauth.tokens import Tokens
from poptui.errors import (
    AccountRefusedError,
    AuthorizationNeededError,
    ConnectError,
    PoptuiError,
    ServerError,
    UsageError,
)
from tests.accounts.oauth_kit import client_of
from tests.kit.authorization_server import (
    CLIENT_ID,
    CLIENT_SECRET,
    AuthorizationServer,
    fetch,
    sent_to,
)
from tests.kit.certificates import Certificates


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer() as running:
        yield running


class Pauses:
    """Replaces the pause between two polls; ``then`` maps a pause to what happens in it."""

    def __init__(self, server: AuthorizationServer, *answers: str) -> None:
        self.seconds: list[float] = []
        self._server, self._answers = server, list(answers)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if self._answers:
            self._server.answer_codes(self._answers.pop(0))


async def device_tokens(
    server: AuthorizationServer, folder: Path, *answers: str
) -> tuple[DeviceCode, Tokens, Pauses]:
    client, pauses = client_of(server, folder), Pauses(server, *answers)
    code = await request_device_code(client)
    return code, await wait_for_tokens(client, code, pause=pauses), pauses


async def authorized_code(
    server: AuthorizationServer, folder: Path
) -> tuple[OAuthClient, DeviceCode]:
    """Return a device code that the user has confirmed, and the client that asked for it."""
    client = client_of(server, folder)
    code = await request_device_code(client)
    server.answer_codes("authorized")
    return client, code


async def test_a_device_code_waits_for_the_user_and_polls_more_slowly_on_request(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    code, tokens, pauses = await device_tokens(
        server, tmp_path, "authorization_pending", "slow_down", "slow_down", "authorized"
    )
    assert pauses.seconds == [1, 1, 6, 11]
    assert (code.page, code.expires_s) == (f"{server.url}/activate", 1800)
    assert tokens.expires_s == 3600
    assert tokens.access.reveal() in server.validator.access
    assert tokens.refresh is not None
    assert tokens.refresh.reveal() in server.validator.refresh


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("access_denied", "was denied (“access_denied”). To try again, run: poptui account autho"),
        ("expired_token", "The code for me@mail.example.com expired before it was used. Run again"),
    ],
)
async def test_a_device_code_that_is_refused(
    server: AuthorizationServer, tmp_path: Path, answer: str, sentence: str
) -> None:
    with pytest.raises(AuthorizationNeededError) as caught:
        await device_tokens(server, tmp_path, answer)
    assert sentence in str(caught.value)


async def test_the_user_never_uses_the_device_code(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    client, pauses = client_of(server, tmp_path), Pauses(server)
    code = replace(await request_device_code(client), expires_s=3)
    with pytest.raises(AuthorizationNeededError, match="expired before it was used"):
        await wait_for_tokens(client, code, pause=pauses)
    assert pauses.seconds == [1, 1, 1]


async def test_polling_ends_even_if_the_server_always_asks_for_more_time(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    client = client_of(server, tmp_path)
    code = replace(await request_device_code(client), expires_s=900)
    server.answer_codes("slow_down")
    pauses = Pauses(server)
    with pytest.raises(AuthorizationNeededError, match="expired before it was used"):
        await wait_for_tokens(client, code, pause=pauses)
    assert sum(pauses.seconds) < 1000
    assert len(pauses.seconds) < 30


@pytest.mark.parametrize(
    ("interval", "expires", "expected"),
    [
        (-5, -1, (1.0, 1.0)),
        (0, 10**400, (1.0, 900.0)),
        (10**9, 1e308, (60.0, 3600.0)),
        ("7", "600", (7.0, 600.0)),
        ("nan", "inf", (5.0, 3600.0)),
        ([], {}, (5.0, 900.0)),
        (None, None, (5.0, 900.0)),
    ],
)
async def test_absurd_intervals_are_limited(
    interval: object,
    expires: object,
    expected: tuple[float, float],
    server: AuthorizationServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def answer(*_: object) -> http.OAuthResponse:
        values = {"interval": interval, "expires_in": expires, "device_code": "d"}
        return http.OAuthResponse(
            200, values | {"verification_uri": "https://example.com/", "user_code": "A"}, ""
        )

    monkeypatch.setattr("poptui.accounts.oauth.device.post_form", answer)
    code = await request_device_code(client_of(server, tmp_path))
    assert (code.interval_s, code.expires_s) == expected


async def test_a_lost_network_does_not_end_the_wait_for_the_user(
    server: AuthorizationServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, code = await authorized_code(server, tmp_path)
    monkeypatch.setattr(http, "TIMEOUT_S", 0.1)
    server.fail("/token", "hang")
    seconds: list[float] = []

    async def pause(wait_s: float) -> None:
        seconds.append(wait_s)
        if len(seconds) == 3:
            monkeypatch.setattr(http, "TIMEOUT_S", 20.0)
            server.fail("/token", "")

    assert (await wait_for_tokens(client, code, pause=pause)).refresh
    assert seconds == [1, 2, 4]


@pytest.mark.parametrize("times", [2, 3])
async def test_a_broken_gateway_is_tolerated_for_a_moment(
    server: AuthorizationServer, tmp_path: Path, times: int
) -> None:
    client, code = await authorized_code(server, tmp_path)
    server.fail("/token", "html")
    seconds: list[float] = []

    async def pause(wait_s: float) -> None:
        seconds.append(wait_s)
        server.fail("/token", "html" if len(seconds) <= times else "")

    if times == 2:
        assert (await wait_for_tokens(client, code, pause=pause)).refresh
    else:
        with pytest.raises(ServerError, match="answered HTTP 502"):
            await wait_for_tokens(client, code, pause=pause)
    assert seconds == [1, 2, 4]


async def follow(grant: BrowserGrant) -> tuple[int, str]:
    """Do what the browser of an agreeing user does; return what it shows in the end."""
    answer = await asyncio.to_thread(sent_to, grant.url)
    status, _, page = await asyncio.to_thread(fetch, answer)
    return status, page


@pytest.mark.parametrize("secret", [False, True])
async def test_a_browser_comes_back_to_this_machine(tmp_path: Path, secret: bool) -> None:
    with AuthorizationServer(secret=CLIENT_SECRET if secret else None) as server:
        async with BrowserGrant(client_of(server, tmp_path, secret=secret)) as grant:
            fields = parse_qs(urlsplit(grant.url).query)
            status, page = await follow(grant)
            tokens = await grant.tokens()
            assert (status, "terminal" in page) == (200, True)
            assert (await asyncio.to_thread(fetch, grant.redirect))[0] == 409
    assert tokens.refresh is not None
    assert tokens.refresh.reveal() in server.validator.refresh
    assert fields["code_challenge_method"] == ["S256"]
    (asked,) = server.asked("authorization_code")
    assert len(asked["code_verifier"]) >= 43
    assert asked["redirect_uri"].startswith("http://127.0.0.1:")
    assert (asked["client_id"], asked.get("client_secret")) == (
        CLIENT_ID,
        CLIENT_SECRET if secret else None,
    )


async def test_the_address_can_be_pasted_even_in_pieces(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    async with BrowserGrant(client_of(server, tmp_path)) as grant:
        answer = await asyncio.to_thread(sent_to, grant.url)
        for wrong in (
            "",
            "x",
            grant.redirect,
            f"{grant.redirect}?code=a&state=b",
            "?" + "&" * 9999,
        ):
            with pytest.raises(UsageError, match="not the address of this attempt"):
                grant.paste(wrong)
        grant.paste(f"  {answer[:60]}\r\n  {answer[60:]} ")
        assert (await grant.tokens()).refresh


async def test_a_stranger_on_this_machine_cannot_answer(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    async with BrowserGrant(client_of(server, tmp_path)) as grant:
        assert grant.redirect.startswith("http://127.0.0.1:")
        state = parse_qs(urlsplit(grant.url).query)["state"][0]
        for path, status in (
            ("favicon.ico", 404),
            ("?code=evil&state=guess", 400),
            ("?code=evil", 400),
            (f"?code=evil&code=twice&state={state}", 400),
            (f"?state={state}", 400),
        ):
            assert (await asyncio.to_thread(fetch, grant.redirect + path))[0] == status
        port = urlsplit(grant.redirect).port
        for request, reply in (
            (b"GET /" + b"x" * 100_000, b""),
            (b"GET //[ HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 Not Found"),
            (b"\0\xff\r\n\r\n", b"HTTP/1.1 404 Not Found"),
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            writer.write_eof()
            assert (await reader.read()).partition(b"\r\n")[0] == reply
            writer.close()
        await follow(grant)
        assert (await grant.tokens()).refresh
    assert len(server.asked("authorization_code")) == 1


async def test_the_user_says_no_in_the_browser(server: AuthorizationServer, tmp_path: Path) -> None:
    async with BrowserGrant(client_of(server, tmp_path)) as grant:
        state = parse_qs(urlsplit(grant.url).query)["state"][0]
        answer = f"{grant.redirect}?error=access_denied&error_description=no%1b[2J&state={state}"
        status, _, page = await asyncio.to_thread(fetch, answer)
        assert (status, page[:25]) == (200, "poptui was not authorized")
        with pytest.raises(AuthorizationNeededError, match=r"was denied \(“access_denied: no�\[2J"):
            await grant.tokens()


async def test_the_user_never_answers_in_the_browser(
    server: AuthorizationServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "WAIT_S", 0.02)
    async with BrowserGrant(client_of(server, tmp_path)) as grant:
        with pytest.raises(AuthorizationNeededError, match="No answer from the browser within"):
            await grant.tokens()


BROKEN = {
    "garbage": "answered HTTP 200 with broken JSON",
    "array": "answered HTTP 200 with broken JSON",
    "deep": "answered HTTP 200 with broken JSON",
    "huge": "answered more than 256 kB",
    "html": "answered HTTP 502 with “text/html” instead of JSON",
    "no content": "answered HTTP 204 with “no content type” instead of JSON",
    "redirect": "redirected to “http://192.0.2.1/steal”. poptui does not send secrets there",
    "hang": "did not answer within 0.1 seconds",
}


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        *BROKEN.items(),
        ("empty", "answered HTTP 200 without a usable token"),
        ("newline", "answered HTTP 200 without a usable token"),
        ("number", "answered HTTP 200 without a usable token"),
        ("mac", "sent a token of type “mac”"),
        ("odd error", "gave no token for me@mail.example.com (“{'code': 7}”)"),
        ("busy", "has a problem (“temporarily_unavailable”). Try again later"),
    ],
)
async def test_a_broken_token_endpoint_is_one_sentence(
    server: AuthorizationServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    sentence: str,
) -> None:
    monkeypatch.setattr(http, "TIMEOUT_S", 0.1 if fault == "hang" else 10)
    server.fail("/token", fault)
    async with BrowserGrant(client_of(server, tmp_path)) as grant:
        await follow(grant)
        with pytest.raises(PoptuiError) as caught:
            await grant.tokens()
    assert sentence in str(caught.value)
    assert isinstance(caught.value, (ServerError, ConnectError, AccountRefusedError))


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [*BROKEN.items(), ("empty", "answered HTTP 200 without a code for another device")],
)
async def test_a_broken_device_endpoint_is_one_sentence(
    server: AuthorizationServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    sentence: str,
) -> None:
    monkeypatch.setattr(http, "TIMEOUT_S", 0.1 if fault == "hang" else 10)
    server.fail("/device", fault)
    with pytest.raises(PoptuiError) as caught:
        await request_device_code(client_of(server, tmp_path))
    assert sentence in str(caught.value)


async def test_https_is_verified(
    certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with AuthorizationServer(tls=certificates.good.context()) as server:
        client = client_of(server, tmp_path)
        with pytest.raises(
            ConnectError, match=r"certificate cannot be trusted .* nothing was sent"
        ):
            await request_device_code(client)
        assert server.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", certificates.ca_file)
        assert (await request_device_code(client)).user_code


async def test_a_wrong_client_secret_is_named(tmp_path: Path) -> None:
    with AuthorizationServer(secret="another") as server:
        async with BrowserGrant(client_of(server, tmp_path, secret=True)) as grant:
            await follow(grant)
            with pytest.raises(AccountRefusedError, match="does not accept this client id"):
                await grant.tokens()


@pytest.mark.parametrize(
    ("page", "code"),
    [
        ("http://example.com/activate", "ABCD"),
        ("https://example.com/\x1b[2J", "ABCD"),
        ("https://example.com/", "AB\x1b[2JCD"),
        ("https://example.com/", "A" * 500),
        ("https://example.com/", ""),
        (5, "ABCD"),
    ],
)
async def test_a_device_page_or_code_that_could_deceive_is_refused(
    server: AuthorizationServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    code: str,
) -> None:
    async def answer(*_: object) -> http.OAuthResponse:
        values = {"verification_uri": page, "user_code": code, "device_code": "d"}
        return http.OAuthResponse(200, values, "")

    monkeypatch.setattr("poptui.accounts.oauth.device.post_form", answer)
    with pytest.raises(ServerError, match="without a code for another device"):
        await request_device_code(client_of(server, tmp_path))


def test_which_command_opens_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    page, seen = "https://example.com/?a=1", {"DISPLAY": ":0"}
    assert browser_command(page, "", seen, "linux") == ["xdg-open", page]
    assert browser_command(page, "", {}, "darwin") == ["open", page]
    assert browser_command(page, "", {}, "linux") is None
    assert browser_command(page, "", seen | {"SSH_CONNECTION": "1"}, "linux") is None
    assert browser_command(page, "firefox --new-tab %s", {}) == ["firefox", "--new-tab", page]
    assert browser_command(page, "firefox", {}) == ["firefox", page]
    assert browser_command("file:///etc/passwd", "firefox", {}) is None
