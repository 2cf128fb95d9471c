"""Test the parts of the benchmark."""

from __future__ import annotations

import socket
import threading
import time
from itertools import islice
from random import Random
from xml.etree import ElementTree

import pytest

from poptui.mail.headers.decode import decode_header
from tests.benchmarks.mailbox import header_block, messages
from tests.benchmarks.plot import Point, draw
from tests.benchmarks.relay import Relay
from tests.benchmarks.table import Report, at_most

RTT = 0.1


def test_the_same_seed_gives_the_same_mail() -> None:
    first = list(messages(20))
    assert first == list(islice(messages(30), 20))
    assert first != list(messages(20, seed=1))


@pytest.mark.parametrize("octets", [1_300, 3_000, 10_000])
def test_a_block_is_as_long_as_asked_and_names_its_number(octets: int) -> None:
    for number in range(1, 50):
        block = header_block(Random(number), number, octets)
        header = decode_header(block)
        assert 0.9 * octets < len(block) < 1.3 * octets + 300
        assert f"<{number}>" in header.subject
        assert header.from_.name
        assert header.date


@pytest.mark.parametrize("rate", [0, 2_000_000])
def test_the_relay_keeps_order_and_is_never_faster_than_its_round_trip(rate: int) -> None:
    sent = Random(1).randbytes(300_000)
    with socket.create_server(("127.0.0.1", 0)) as echo:
        threading.Thread(target=_echo, args=(echo,), daemon=True).start()
        started = time.monotonic()
        with Relay(echo.getsockname()[1], RTT, rate) as relay:
            received = _exchanged(relay.port, sent)
    assert received == sent
    handshake = 1.5 * RTT
    # A relay that overslept sends the next piece at once, so a tenth of the rate is left out.
    transfer = 0.9 * len(sent) / rate if rate else 0.0
    a_little_early = 0.98  # timers of a virtual machine may ring a millisecond before their time
    assert time.monotonic() - started >= a_little_early * (handshake + RTT + transfer)


def _echo(server: socket.socket) -> None:
    line, _ = server.accept()
    with line:
        while octets := line.recv(65536):
            line.sendall(octets)


def _exchanged(port: int, octets: bytes) -> bytes:
    """As many as ``octets`` that come back."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(octets)
        received = b""
        while len(received) < len(octets) and (more := line.recv(65536)):
            received += more
    return received


def test_the_picture_is_well_formed() -> None:
    curve = [Point(0.0, 0.01), Point(0.05, 5.0), Point(0.2, 400.0, guessed=True)]
    picture = draw("a < b", "remark", {"one": curve, "other": curve})
    assert len(ElementTree.fromstring(picture).findall("{*}polyline")) == 2


def test_a_missed_target_is_reported() -> None:
    report = Report()
    targets = [at_most(1.0, 1.0, " s"), at_most(1.1, 1.0, " s")]
    report.table(("a", "b"), [("x", str(target)) for target in targets])
    assert report.lines[-3:-1] == ["| x |   ≤ 1 s ok |", "| x | ≤ 1 s MISS |"]
