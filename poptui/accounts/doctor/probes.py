"""Probes of ``poptui doctor``: connections to a server's addresses, TOP, pipelining."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncGenerator, Mapping

from poptui.accounts.doctor.finding import Finding, Status, sentence
from poptui.accounts.doctor.server_findings import (
    TopProbe,
    no_pipelining_finding,
    pipelining_finding,
)
from poptui.errors import PoptuiError
from poptui.net.client import Client
from poptui.net.window import WindowLimits
from poptui.pop3.commands import Command, List, Noop, Top

CONNECT_TIMEOUT_S = 5.0
"""Timeout for each address of the host; they are tried in parallel."""

BATCH_COUNT = 10
"""The number of commands that are sent one at a time, and then together."""
BATCH_TIMEOUT_S = 8.0


async def connect_time(family: int, address: tuple[object, ...]) -> float | str:
    """Return the seconds that a TCP connection takes, or the reason for its failure."""
    loop, started = asyncio.get_running_loop(), time.monotonic()
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await loop.sock_connect(probe, address)
        except TimeoutError:
            return f"no answer within {CONNECT_TIMEOUT_S:g} s"
        except OSError as error:
            return os.strerror(error.errno) if error.errno else type(error).__name__
    return time.monotonic() - started


async def try_top(client: Client, sizes: Mapping[int, int]) -> AsyncGenerator[TopProbe, None]:
    """Fetch the headers of the newest, the largest and the oldest message."""
    if not sizes:
        return
    chosen = (max(sizes), max(sizes, key=lambda number: sizes[number]), min(sizes))
    for number in dict.fromkeys(chosen):
        reply = await client.execute(Top(number))
        if not reply.ok:
            yield TopProbe(number, sizes[number], refusal=reply.text)
            continue
        header, _, body = reply.body.partition(b"\r\n\r\n")
        if not body:
            header, _, body = reply.body.partition(b"\n\n")
        beyond = max(0, reply.octets - len(reply.body))  # received, but too long to be kept
        sent = len(body) + beyond if body.strip() else 0
        yield TopProbe(number, sizes[number], len(header), sent)


async def try_pipelining(client: Client, numbers: list[int], *, announced: bool) -> Finding:
    """Time commands one at a time and together; the replies must be the same."""
    if client.options.pipelining == "off":
        text = "Not tried: it is turned off by the setting pipelining."
        return Finding("pipelining", Status.OK, text, "", {"announced": announced})
    batch: list[Command] = [Noop()] * BATCH_COUNT
    if numbers:
        batch = [List(numbers[index % len(numbers)]) for index in range(BATCH_COUNT)]
    started = time.monotonic()
    expected = [await client.execute(command) for command in batch]
    alone_s = time.monotonic() - started
    started = time.monotonic()
    client.enable_pipelining(WindowLimits(BATCH_COUNT, BATCH_COUNT, BATCH_COUNT))
    try:
        async with asyncio.timeout(BATCH_TIMEOUT_S + 2 * alone_s):
            replies = await asyncio.gather(*(client.submit(command) for command in batch))
    except TimeoutError:
        return no_pipelining_finding(announced, "some got no reply.")
    except PoptuiError as error:
        return no_pipelining_finding(announced, sentence(error))
    together_s = time.monotonic() - started
    if [reply.text for reply in replies] != [reply.text for reply in expected]:
        return no_pipelining_finding(announced, "the replies come in another order.")
    return pipelining_finding(announced, BATCH_COUNT, alone_s, together_s)
