"""OAuth requests use the proxy and the CA file of the account, as mail does."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
import warnings
from pathlib import Path

import pytest

from poptui.accounts.oauth import http
from poptui.accounts.oauth.client import OAuthClient, oauth_client
from poptui.accounts.oauth.device import request_device_code
from poptui.accounts.oauth.http import post_form
from poptui.accounts.oauth.tokens import refresh_tokens
from poptui.errors import ConnectError, PoptuiError
from poptui.net.https import exchange
from poptui.net.server import WebRoute
from poptui.secret import Secret
from poptui.storage.config import load_config
from tests.kit.authorization_server import AuthorizationServer
from tests.kit.certificates import Certificates
from tests.kit.proxies import ProxyServer
from tests.kit.scripted import ScriptedServer

HOST = "login.example.test"
"""A name that only the proxy can look up."""


def client_behind_proxy(server: AuthorizationServer, folder: Path, *settings: str) -> OAuthClient:
    """Return the client of an account whose authorization server only the proxy can reach."""
    there = server.settings().replace(server.url, f"https://{HOST}")
    file = folder / "config.toml"
    lines = ["[accounts.work]", 'url = "pops://me@mail.example.com"', *settings, there]
    file.write_text("\n".join(lines), "utf-8")
    return oauth_client(load_config(file).for_target("work"))


def port_of(server: AuthorizationServer) -> int:
    return int(server.url.rpartition(":")[2])


@pytest.mark.parametrize("kind", ["socks5h", "http"])
async def test_codes_and_tokens_are_requested_through_the_proxy(
    kind: str, tmp_path: Path, certificates: Certificates
) -> None:
    login = ("me", "hunter2:%")
    with AuthorizationServer(tls=certificates.good.context()) as server:
        server.validator.refresh.add("refresh-first")
        async with ProxyServer(port_of(server), login=login) as proxy:
            client = client_behind_proxy(
                server,
                tmp_path,
                f'proxy = "{kind}://me:hunter2%3A%25@127.0.0.1:{proxy.port}"',
                f'ca_file = "{certificates.ca_file}"',
            )
            assert (await request_device_code(client)).user_code
            assert (await refresh_tokens(client, Secret("refresh-first"))).access
        assert proxy.asked == [(HOST, 443)] * 2
        assert "hunter2" not in repr(client)


async def test_without_the_ca_file_nothing_is_sent(
    tmp_path: Path, certificates: Certificates
) -> None:
    with AuthorizationServer(tls=certificates.good.context()) as server:
        async with ProxyServer(port_of(server)) as proxy:
            client = client_behind_proxy(
                server, tmp_path, f'proxy = "socks5h://127.0.0.1:{proxy.port}"'
            )
            with pytest.raises(ConnectError, match=r"cannot be trusted .* nothing was sent"):
                await refresh_tokens(client, Secret("refresh-first"))
        assert server.requests == []


@pytest.mark.parametrize(
    ("setting", "fault", "message"),
    [
        ("socks5h", "2", f"made no connection to {HOST}:443: its rules don't allow"),
        ("http", "403 No", f"made no connection to {HOST}:443: it answered “403 No”"),
        ("", "2", "rules"),
    ],
)
async def test_a_proxy_that_refuses_is_one_sentence(
    setting: str, fault: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with AuthorizationServer() as server:
        async with ProxyServer(1, fault=fault) as proxy:
            url = f"{setting or 'socks5h'}://127.0.0.1:{proxy.port}"
            monkeypatch.setenv("HTTPS_PROXY", url)
            own = [f'proxy = "{url}"'] if setting else []
            client = client_behind_proxy(server, tmp_path, *own)
            with pytest.raises(ConnectError, match=message):
                await request_device_code(client)
        with pytest.raises(ConnectError) as closed:
            await request_device_code(client)
    source = "the setting proxy" if setting else "HTTPS_PROXY"
    assert str(closed.value).endswith(f"is its address right? See {source}.")


async def test_a_proxy_that_hangs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT_S", 2.0)
    with AuthorizationServer() as server:
        async with ProxyServer(1, fault="hangs") as proxy:
            url = f"socks5h://127.0.0.1:{proxy.port}"
            client = client_behind_proxy(server, tmp_path, f'proxy = "{url}"')
            with pytest.raises(ConnectError, match=f"The proxy {url} did not connect to {HOST}"):
                await request_device_code(client)


async def test_a_missing_file_of_authorities_is_named(tmp_path: Path) -> None:
    with AuthorizationServer() as server:
        client = client_behind_proxy(server, tmp_path, 'ca_file = "missing.pem"')
        with pytest.raises(PoptuiError, match=r"The CA file .*missing\.pem cannot be read"):
            await request_device_code(client)


async def test_this_machine_is_never_asked_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Unencrypted HTTP is safe only if loopback is this machine's."""
    for name in ("HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with AuthorizationServer() as server:
        answer = await post_form(f"{server.url}/token", "a=b", WebRoute("http://127.0.0.1:1"))
        assert answer.values["error"]


async def test_a_truncated_response_leaves_no_socket_open() -> None:
    """The server has said that it will close, and then resets the connection within the answer."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 99\r\n\r\n{")
        await writer.drain()
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    async with ScriptedServer(converse) as server:
        with pytest.raises(ConnectionResetError) as caught:
            await exchange(
                f"http://127.0.0.1:{server.port}/token", WebRoute(),
                headers={}, form="a=b", timeout_s=5.0, max_bytes=1000,
            )  # fmt: skip
    with warnings.catch_warnings(record=True) as caught_warnings:
        warnings.simplefilter("always", ResourceWarning)
        del caught
        gc.collect()
    assert [str(warning.message) for warning in caught_warnings] == []


@pytest.mark.parametrize(
    ("setting", "variables", "used"),
    [
        ("", {"HTTPS_PROXY": "http://web:1", "ALL_PROXY": "socks5://all:1"}, "web"),
        ("", {"ALL_PROXY": "socks5://all:1"}, "all"),
        ("", {"https_proxy": "http://lower:1", "HTTPS_PROXY": "http://web:1"}, "lower"),
        ("", {"HTTPS_PROXY": "http://web:1", "NO_PROXY": "example.test"}, None),
        ("socks5h://own:1", {"HTTPS_PROXY": "http://web:1", "NO_PROXY": "*"}, "own"),
        ("none", {"HTTPS_PROXY": "http://web:1"}, None),
    ],
)
def test_which_proxy_web_requests_take(
    setting: str, variables: dict[str, str], used: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    proxy = WebRoute(setting).proxy_to(HOST)
    assert (proxy.host if proxy else None) == used


def test_a_mail_server_on_this_machine_does_not_keep_oauth_from_the_files_proxy(
    tmp_path: Path,
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('proxy = "socks5h://p:1"\n[accounts.a]\nurl = "pop://me@127.0.0.1:1110"\n')
    settings = load_config(file).for_target("a")
    assert settings.server.proxy is None
    proxy = settings.web.proxy_to("oauth2.googleapis.com")
    assert proxy is not None
    assert proxy.host == "p"
