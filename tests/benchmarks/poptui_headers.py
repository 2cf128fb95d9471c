"""Time poptui's loading of headers: in this process, and ``poptui list`` as a program."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from unittest.mock import patch

from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.session.header_loader import HeaderLoader
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions, parse_target
from poptui.pop3.events import Reply
from poptui.secret import Secret
from tests.benchmarks.readers import PATIENCE
from tests.benchmarks.servers import ServedMailbox
from tests.kit.environment import terminal_environment

POPTUI = (sys.executable, "-m", "poptui")
BEFORE = 1.0
"""How long headers load before a message is opened, in seconds."""


def mailbox(box: ServedMailbox, port: int, *, background: bool) -> Mailbox:
    """Make the mailbox of ``box`` through ``port``, not yet connected."""
    server, options = parse_target(box.url(port)), ConnectionOptions(PATIENCE)
    sign_in = partial(log_in, server, Credentials(Secret(box.password)), options=options)
    return Mailbox(server.title, sign_in, background=background)


@dataclass(frozen=True)
class Loading:
    """Seconds from the first TOP, over an open session."""

    here: float
    """Until the last header has arrived and is cut out of the stream."""
    decoded: float
    """Until the last header is decoded and scored."""


def load_headers(box: ServedMailbox, port: int) -> Loading:
    """Load all headers of ``box``, as the interface does while no key is pressed."""
    return asyncio.run(_load(mailbox(box, port, background=False)))


async def _load(mailbox: Mailbox) -> Loading:
    arrivals: list[float] = []
    take = HeaderLoader._on_replies

    def came(loader: HeaderLoader, replies: list[Reply]) -> None:
        take(loader, replies)
        arrivals.append(perf_counter())

    with patch.object(HeaderLoader, "_on_replies", came):
        await mailbox.session.connect()
        entries = list(mailbox.listing.entries)
        started = perf_counter()
        await mailbox.headers.load(entries)
        decoded = perf_counter() - started
        if mailbox.listing.loaded != len(entries):
            raise AssertionError(f"{mailbox.listing.loaded} of {len(entries)} headers came")
        await mailbox.session.discard()
    return Loading(arrivals[-1] - started, decoded)


def open_while_loading(box: ServedMailbox, port: int) -> float:
    """Return the seconds until a small message is open, while headers load."""
    return asyncio.run(_open(mailbox(box, port, background=True)))


async def _open(mailbox: Mailbox) -> float:
    await mailbox.session.connect()
    await asyncio.sleep(BEFORE)
    smallest = min(mailbox.listing.entries, key=lambda entry: entry.size)
    if mailbox.listing.loaded == len(mailbox.listing.entries):
        raise AssertionError("the headers were there before the message was opened")
    started = perf_counter()
    message = await mailbox.messages.retrieve(smallest)
    seconds = perf_counter() - started
    message.close()
    mailbox.session.abandon()
    await asyncio.sleep(0)
    return seconds


def environment(box: ServedMailbox, home: Path) -> dict[str, str]:
    """Return the environment for logging in to ``box``, without the developer's settings."""
    return terminal_environment(home) | {"POPTUI_PASSWORD": box.password}


def list_program(box: ServedMailbox, port: int, home: Path) -> float:
    """Return how many seconds ``poptui list --jsonl`` takes from start to end."""
    command = [*POPTUI, "list", box.url(port), "--jsonl"]
    started = perf_counter()
    done = subprocess.run(command, env=environment(box, home), capture_output=True)
    seconds = perf_counter() - started
    lines = done.stdout.count(b"\n")
    if done.returncode or lines != box.count:
        errors = done.stderr.decode("utf-8", "replace")
        raise AssertionError(f"poptui list printed {lines} of {box.count} messages. {errors}")
    return seconds
