"""poptui gives up on a server that trickles, but not on one that keeps the minimum rate."""

from __future__ import annotations

import asyncio

import pytest

from poptui.errors import ReplyTimeoutError
from poptui.net.client import Client
from poptui.net.reply_timer import DownloadPace
from poptui.net.server import ConnectionOptions, parse_target
from poptui.net.stream import open_stream
from poptui.pop3.commands import Retr, Top, User
from tests.kit.listener import Listener, received

DAY_S = 24 * 3600


def time_to_give_up(rate: int, piece: int, pause_s: float, most_s: float) -> float | None:
    """Return when a server that sends ``piece`` bytes at a time is given up; None if never."""
    pace = DownloadPace(rate, 600.0, 0.0)
    now = 0.0
    while now < most_s:
        now += pause_s
        if pace.is_too_slow(piece, now):
            return now
    return None


@pytest.mark.parametrize(("piece", "pause_s"), [(1024, 29.0), (1, 0.1), (500, 1.0)])
def test_a_trickle_ends(piece: int, pause_s: float) -> None:
    ended = time_to_give_up(512, piece, pause_s, 2 * DAY_S)
    assert ended is not None
    assert ended >= 600


@pytest.mark.parametrize(("piece", "pause_s"), [(520, 1.0), (15_000, 29.0), (1400, 0.01)])
def test_a_slow_server_may_take_as_long_as_it_needs(piece: int, pause_s: float) -> None:
    assert time_to_give_up(512, piece, pause_s, DAY_S / 2) is None


def test_without_a_minimum_rate_no_server_is_too_slow() -> None:
    assert time_to_give_up(0, 1, 10.0, DAY_S) is None


def test_fast_replies_earn_no_time_for_a_later_trickle() -> None:
    pace = DownloadPace(512, 600.0, 0.0)
    assert not pace.is_too_slow(10**9, 1.0)
    pace.idle_until(DAY_S)
    assert not pace.is_too_slow(1, DAY_S + 599)
    assert pace.is_too_slow(1, DAY_S + 602)


class EndlessBodyServer(Listener):
    """Sends an endless body, 2 kB at a time."""

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"+OK ready\r\n")
        while line := await received(reader):
            writer.write(b"+OK\r\n")
            while line.split(b" ")[0] in (b"RETR", b"TOP"):
                writer.write(b"X-Filler: %s\r\n" % (b"x" * 2000))
                await writer.drain()
                await asyncio.sleep(0.01)


@pytest.mark.parametrize(("command", "number"), [(Retr(1), 0), (Top(7), 7)])
async def test_the_error_names_the_setting(
    command: Retr | Top, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poptui.net.server_connection.GRACE_TIMEOUT_COUNT", 0.05)
    async with EndlessBodyServer() as server:
        target = parse_target(f"pop://user@127.0.0.1:{server.port}")
        stream = await open_stream("127.0.0.1", server.port, None, 5.0)
        options = ConnectionOptions(timeout_s=5.0, minimum_rate=10**9)
        client = Client(stream, target, options)
        await client.greeting()
        await client.execute(User("user"))
        client.connection.protocol.state = client.connection.protocol.state.TRANSACTION
        with pytest.raises(ReplyTimeoutError, match="minimum_rate") as caught:
            await client.execute(command)
        assert caught.value.number == number
        client.close()
