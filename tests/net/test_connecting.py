"""Connecting: host names, ports, greetings, and servers without CAPA."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from poptui.errors import ExitCode, PoptuiError
from poptui.net.connecting import connect
from poptui.net.server import ConnectionOptions, Security, Server
from poptui.net.stream import MAX_BUFFERED_BYTES, open_stream
from tests.kit.certificates import Certificates
from tests.kit.scripted import OddServer, ScriptedServer, hold, steps

HTTP = b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<html>\x1b[31m</html>\r\n"


def local(port: int, host: str = "127.0.0.1") -> Server:
    """Return a server on this machine, without TLS."""
    return Server(host, port, "me", Security.PLAIN)


async def fault_of(server: Server, timeout_s: float = 5.0) -> str:
    """Return the message of a failed connection, after checking that the exit code is 3."""
    with pytest.raises(PoptuiError) as caught:
        await connect(server, ConnectionOptions(timeout_s))
    assert caught.value.exit_code is ExitCode.CONNECT, caught.value
    return str(caught.value)


@pytest.fixture
def closed_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


async def test_a_closed_port(closed_port: int) -> None:
    sentence = await fault_of(local(closed_port))
    assert sentence.startswith(f"Nothing listens at 127.0.0.1:{closed_port}: check the port")


def resolve(monkeypatch: pytest.MonkeyPatch, *addresses: str, error: OSError | None = None) -> None:
    """Make every name resolve to these addresses."""

    async def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        if error:
            raise error
        return [
            (family(address), socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses
        ]

    def family(address: str) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in address else socket.AF_INET

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


async def test_an_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, error=socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    sentence = await fault_of(local(110, host="pop.nowhere.example"))
    assert sentence.startswith("There is no host named pop.nowhere.example: check the name")


async def test_a_closed_port_at_every_address(
    monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    resolve(monkeypatch, "::1", "127.0.0.1", "127.0.0.2")
    sentence = await fault_of(local(closed_port, host="localhost"))
    assert sentence.startswith(f"Nothing listens at localhost:{closed_port}")


async def test_one_working_address_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    async with OddServer([]) as peer:
        resolve(monkeypatch, "127.0.0.2", "127.0.0.1")
        connection = await connect(local(peer.port, host="localhost"))
        connection.client.close()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "“Network is unreachable”"),
        (OSError(errno.EHOSTUNREACH, "Connect call failed ('x', 1)"), "“No route to host”"),
        (
            OSError("Multiple exceptions: [Errno 101] a, [Errno 113] b, [Errno 101] c"),
            "“Network is unreachable, No route to host”",
        ),
        (OSError("odd"), "“OSError”"),
    ],
)
async def test_network_errors(monkeypatch: pytest.MonkeyPatch, error: OSError, reason: str) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("poptui.net.connecting.open_stream", fail)
    assert await fault_of(local(110)) == f"No connection to 127.0.0.1:110: {reason}."


async def test_a_connection_attempt_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def wait(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", wait)
    sentence = await fault_of(local(110), timeout_s=0.05)
    assert sentence.startswith("127.0.0.1:110 did not answer within 0.05 seconds: check host")


@pytest.mark.parametrize(
    ("banner", "shown"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "is an SSH server, not a POP3 server: check host"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "(it says “SSH-2.0-OpenSSH_9.2p1”)."),
        (HTTP, "(it says “HTTP/1.1 400 Bad Request”)."),
        (b"* OK [CAPABILITY IMAP4rev1] \x1b]52;c;aGk=\x07\r\n", "is an IMAP server, not"),
        (b"220 mail ESMTP\r\n", "(it says “220 mail ESMTP”)."),
        (b"hello\r\n", "Is it a POP3 server, and the right port?"),
        (b"x" * 20000, "a line that is too long for a reply"),
        (b"\r\n" * 100, "many lines that are not POP3 replies"),
    ],
)
@pytest.mark.parametrize("hang_up", [False, True])
async def test_servers_of_other_protocols(banner: bytes, shown: str, hang_up: bool) -> None:
    async with ScriptedServer(steps((None, banner), then=None if hang_up else hold)) as peer:
        sentence = await fault_of(local(peer.port))
    assert f"127.0.0.1:{peer.port}" in sentence
    assert shown in sentence
    assert sentence.isprintable()
    assert peer.commands == []


@pytest.mark.parametrize("sent", [b"", b"+OK read"])
async def test_a_server_that_sends_no_greeting(sent: bytes) -> None:
    async with ScriptedServer(steps((None, sent), then=hold)) as peer:
        sentence = await fault_of(local(peer.port), timeout_s=0.1)
    assert f"127.0.0.1:{peer.port} did not answer within 0.1 seconds" in sentence


@pytest.mark.parametrize("sent", [b"", b"+OK read", b"\r\n"])
async def test_a_server_that_hangs_up_early(sent: bytes) -> None:
    async with ScriptedServer([(None, sent)]) as peer:
        sentence = await fault_of(local(peer.port))
    assert sentence.startswith(f"No greeting: the connection to 127.0.0.1:{peer.port} was closed")


@pytest.mark.parametrize("oddity", ["no-capa", "capa-refused"])
async def test_a_server_that_refuses_capa(oddity: str) -> None:
    async with OddServer([], {oddity}) as peer:
        connection = await connect(local(peer.port))
        connection.client.close()
    assert not connection.capabilities.known
    assert peer.connections == 1


@pytest.mark.parametrize(
    "oddity", ["capa-hangs", "capa-hangs-up", "capa-trickles", "capa-endless", "capa-cut"]
)
async def test_a_server_that_ends_the_session_on_capa(
    oddity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poptui.net.connecting.CAPA_TIMEOUT_S", 0.1)
    async with OddServer([], {oddity}) as peer:
        connection = await connect(local(peer.port))
        connection.client.close()
    assert not connection.capabilities.known
    assert peer.connections == 2
    assert peer.conversations[1] == []


async def test_capa_reply_in_pieces() -> None:
    async with OddServer([], {"capa-in-pieces", "resp-codes-underscore"}) as peer:
        connection = await connect(local(peer.port))
        connection.client.close()
    assert "RESP-CODES" in connection.capabilities
    assert "PIPELINING" in connection.capabilities


async def test_cancelled_while_connecting() -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"+OK\r\n")
        assert await reader.readline() == b"CAPA\r\n"
        asked.set()
        await hold(reader, writer)
        left.set()

    async with ScriptedServer(hang) as peer:
        task = asyncio.ensure_future(connect(local(peer.port), ConnectionOptions(600)))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(left.wait(), 10)


async def test_plaintext_if_allowed_and_stls_is_not_offered() -> None:
    async with OddServer([]) as peer:
        server = local(peer.port)._replace(security=Security.STLS_IF_OFFERED)
        connection = await connect(server)
        connection.client.close()
    assert not connection.encrypted
    assert b"STLS" not in peer.commands


async def test_a_stream_buffers_a_bounded_amount() -> None:
    """With a full buffer the stream stops reading from the network, and nothing is lost."""
    octets = bytes(range(256)) * 4096 * 8

    async with ScriptedServer(steps((None, octets), then=hold)) as peer:
        stream = await open_stream("127.0.0.1", peer.port, None, 5)
        for _ in range(50):
            await asyncio.sleep(0.001)
        received = bytearray(await stream.read())
        assert len(received) <= MAX_BUFFERED_BYTES + 262_144
        while len(received) < len(octets):
            received += await stream.read()
        assert bytes(received) == octets
        stream.close()


async def test_a_broken_connection_is_an_oserror() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        linger = b"\1\0\0\0\0\0\0\0"
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    async with ScriptedServer(reset) as peer:
        stream = await open_stream("127.0.0.1", peer.port, None, 5)
        with pytest.raises(ConnectionResetError):
            await stream.read()
        stream.write(b"too late")
        stream.close()


@pytest.fixture
def dual_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve ``dual.example`` to this machine, first over IPv6 and then over IPv4."""
    monkeypatch.setattr("poptui.net.connecting.MUTE_IPV6_S", 0.1)
    monkeypatch.setattr("poptui.net.stream.SILENT_IPV6_S", 0.1)
    resolve = socket.getaddrinfo

    def both(host: str, *options: Any, **named: Any) -> list[tuple[Any, ...]]:
        addresses = ["::1", "127.0.0.1"] if host == "dual.example" else [host]
        return [info for address in addresses for info in resolve(address, *options, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", both)


@asynccontextmanager
async def mute_over_ipv6(port: int) -> AsyncIterator[None]:
    """Accept connections at ``::1`` and say nothing, as some networks do."""
    open_ones: list[asyncio.StreamWriter] = []

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.append(writer)

    try:
        mute = await asyncio.start_server(say_nothing, "::1", port)
    except OSError:
        pytest.skip("no IPv6 on this machine")
    try:
        yield
    finally:
        mute.close()
        for writer in open_ones:
            writer.transport.abort()
        await asyncio.sleep(0.3)  # the abandoned attempt ends in the background


@pytest.mark.usefixtures("dual_stack")
async def test_ipv4_is_tried_if_no_greeting_comes_over_ipv6() -> None:
    async with OddServer([]) as peer:
        async with mute_over_ipv6(peer.port):
            contact = await connect(local(peer.port, "dual.example"), ConnectionOptions(20.0))
            assert contact.client.alive
            contact.client.close()


@pytest.mark.usefixtures("dual_stack")
async def test_ipv4_is_tried_if_tls_does_not_start_over_ipv6(certificates: Certificates) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with OddServer([], tls=certificates.good.context()) as peer:
        async with mute_over_ipv6(peer.port):
            stream = await open_stream("dual.example", peer.port, context, 20.0)
            assert not stream.is_ipv6
            assert (await stream.read()).startswith(b"+OK")
            stream.close()
