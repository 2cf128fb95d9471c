"""Connections through real SOCKS5 and HTTP proxies, and which proxy is used for which host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from poptui.errors import ConnectError, PoptuiError, UsageError
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.proxy import Proxy, parse_proxy, proxy_from_environment
from poptui.net.server import ConnectionOptions, Security, Server
from poptui.secret import Secret
from poptui.storage.config import load_config
from tests.kit.certificates import Certificates
from tests.kit.proxies import ProxyServer
from tests.kit.scripted import OddServer

CREDENTIALS = Credentials(Secret("secret"))
KINDS = pytest.mark.parametrize("kind", ["socks5h", "http"])


def through(proxy: ProxyServer, kind: str, *, login: tuple[str, str] = ("", "")) -> Proxy:
    """Return ``proxy`` as the client's setting."""
    user, password = login
    return Proxy(kind, "127.0.0.1", proxy.port, user, Secret(password) if password else None)


def beyond(proxy: Proxy, security: Security = Security.PLAIN, **more: Any) -> Server:
    """Return a server that only the proxy can reach."""
    return Server("localhost", 110, "user", security, proxy=proxy)._replace(**more)


async def fault_of(proxy: Proxy, timeout_s: float = 5.0) -> str:
    """Return the sentence of a connection that fails."""
    with pytest.raises(ConnectError) as caught:
        await log_in(beyond(proxy), CREDENTIALS, options=ConnectionOptions(timeout_s))
    sentence = str(caught.value)
    assert f"{proxy.kind}://127.0.0.1:{proxy.port}" in sentence
    assert "hunter2" not in sentence
    return sentence


@KINDS
@pytest.mark.parametrize("security", [Security.PLAIN, Security.TLS, Security.STLS])
async def test_a_session_through_a_proxy(
    certificates: Certificates, kind: str, security: Security
) -> None:
    """The proxy looks up the name. The greeting may come in the same packet as its reply."""
    context = certificates.good.context()
    tls, stls = (
        context if security is Security.TLS else None,
        context if security is Security.STLS else None,
    )
    async with OddServer([], tls=tls, stls=stls) as peer, ProxyServer(peer.port) as proxy:
        server = beyond(through(proxy, kind), security, ca_file=certificates.ca_file)
        session = await log_in(server, CREDENTIALS)
        reply = await session.client.quit()
        assert reply.ok
    assert proxy.asked == [("localhost", 110)]
    assert peer.connections == 1


@pytest.mark.parametrize("kind", ["socks5", "socks5h"])
async def test_who_looks_up_the_name(kind: str) -> None:
    async with OddServer([]) as peer, ProxyServer(peer.port) as proxy:
        session = await log_in(beyond(through(proxy, kind)), CREDENTIALS)
        session.client.close()
    assert proxy.asked == [("127.0.0.1" if kind == "socks5" else "localhost", 110)]


@KINDS
async def test_a_proxy_that_wants_a_password(kind: str) -> None:
    login = ("me", "hunter2:%")
    async with OddServer([]) as peer, ProxyServer(peer.port, login=login) as proxy:
        assert "wants a user name and password" in await fault_of(through(proxy, kind))
        wrong = through(proxy, kind, login=("me", "other"))
        assert "refused the user name and password" in await fault_of(wrong)
        session = await log_in(beyond(through(proxy, kind, login=login)), CREDENTIALS)
        session.client.close()


@pytest.mark.parametrize(
    ("kind", "fault", "message"),
    [
        ("socks5h", "2", "its rules don't allow this connection"),
        ("socks5h", "4", "it finds the server unreachable, or doesn't know its name"),
        ("socks5h", "5", "the server refused the connection: check the port"),
        ("http", "403 Forbidden by \x1b[31m policy", "it answered “403 Forbidden by"),
        ("http", "502 Bad Gateway", "it answered “502 Bad Gateway”"),
    ],
)
async def test_a_proxy_that_refuses(kind: str, fault: str, message: str) -> None:
    async with ProxyServer(1, fault=fault) as proxy:
        sentence = await fault_of(through(proxy, kind))
    assert f"made no connection to localhost:110: {message}" in sentence
    assert sentence.isprintable()


@pytest.mark.parametrize("kind", ["socks5h", "socks5", "socks4a", "http"])
async def test_a_proxy_that_hangs_or_is_none(kind: str) -> None:
    async with ProxyServer(1, fault="hangs") as proxy:
        sentence = await fault_of(through(proxy, kind), timeout_s=0.1)
        assert "did not connect to localhost:110 within 0.1 seconds" in sentence
    assert "cannot be used (Connection refused)" in await fault_of(through(proxy, kind))
    async with OddServer([]) as pop3:
        wrong = Proxy(kind, "127.0.0.1", pop3.port)
        assert "made no connection" in await fault_of(wrong)


@pytest.mark.parametrize(
    ("text", "kind", "host", "port", "user"),
    [
        ("socks5://127.0.0.1", "socks5", "127.0.0.1", 1080, ""),
        ("socks5h://[::1]:9050/", "socks5h", "::1", 9050, ""),
        ("SOCKS4A://me@proxy", "socks4a", "proxy", 1080, "me"),
        ("http://me:pass%40word@proxy:3128", "http", "proxy", 3128, "me"),
        ("proxy.example:3128", "http", "proxy.example", 3128, ""),
        ("socks://127.0.0.1:1080/", "socks5h", "127.0.0.1", 1080, ""),
        ("http://bücher.example", "http", "xn--bcher-kva.example", 8080, ""),
    ],
)
def test_urls(text: str, kind: str, host: str, port: int, user: str) -> None:
    proxy = parse_proxy(text)
    assert (proxy.kind, proxy.host, proxy.port, proxy.user) == (kind, host, port, user)
    assert "pass@" not in repr(proxy)
    if user == "me" and kind == "http":
        assert proxy.password == Secret("pass@word")


@pytest.mark.parametrize(
    "text",
    ["", "http://" + "a" * 64 + ".example", "http://a..b", "http://☃.net",
     "ftp://me:hunter2@x", "socks5://", "http://x:0", "http://x:99999", "http://x/path?hunter2",
     "socks5://me:hunter2@a b", "http://[::1", "socks5h://x\x1b:1"],
)  # fmt: skip
def test_invalid_proxies(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_proxy(text, "ALL_PROXY")
    assert str(caught.value).startswith("The value of ALL_PROXY is not the URL of a proxy: write")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("excluded", "host", "is_used"),
    [
        ("", "mail.example.com", True),
        ("*", "mail.example.com", False),
        ("other.example, example.com", "mail.example.com", False),
        (".example.com", "mail.example.com", False),
        ("*.example.com", "mail.example.com", False),
        ("ample.com", "mail.example.com", True),
        ("MAIL.example.com", "mail.example.com", False),
        ("10.0.0.0/8", "10.1.2.3", False),
        ("10.0.0.0/8", "11.1.2.3", True),
        ("[2001:db8::1]", "2001:db8::1", False),
        ("not/a/network", "10.1.2.3", True),
    ],
)
def test_no_proxy(excluded: str, host: str, is_used: bool) -> None:
    for all_name, no_name in (("ALL_PROXY", "NO_PROXY"), ("all_proxy", "no_proxy")):
        variables = {all_name: "socks5h://proxy", no_name: excluded}
        assert (proxy_from_environment(host, variables) is not None) is is_used


@pytest.mark.parametrize(
    ("top", "own", "host", "variable", "used"),
    [
        ("", "", "mail.example.com", "socks5://variable", "variable"),
        ("socks5://top", "", "mail.example.com", "socks5://variable", "top"),
        ("socks5://top", "http://own", "mail.example.com", "", "own"),
        ("socks5://top", "none", "mail.example.com", "socks5://variable", None),
        ("none", "", "mail.example.com", "socks5://variable", None),
        ("", "", "127.0.0.1", "socks5://variable", None),
        ("socks5://top", "", "localhost", "", None),
        ("socks5://top", "socks5://own", "localhost", "", "own"),
    ],
)
def test_which_proxy_is_used(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    top: str,
    own: str,
    host: str,
    variable: str,
    used: str | None,
) -> None:
    """The account's, then the file's, then the variable's; for loopback only the account's."""
    monkeypatch.setenv("ALL_PROXY", variable)
    lines = [f'proxy = "{top}"'] if top else []
    lines += ["[accounts.work]", f'url = "pops://me@{host}"']
    lines += [f'proxy = "{own}"'] if own else []
    file = tmp_path / "config.toml"
    file.write_text("\n".join(lines))
    proxy = load_config(file).for_target("work").server.proxy
    assert (proxy.host if proxy else None) == used


def test_a_wrong_proxy_is_one_printable_message(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('proxy = "gopher://me:hunter2@proxy"\n')
    with pytest.raises(PoptuiError) as caught:
        load_config(file)
    text = "\n".join(caught.value.sentences)
    assert 'proxy must be "none" or a URL: socks5h://host:port' in text
    assert "hunter2" not in text
