"""``poptui triage --delete`` over a connection that fails once, while the mailbox changes.

Between the sessions another program removes a message and a new one arrives, so that numbers mean
other messages. What the filter does not select must stay, and what the command says must be true.
"""

from __future__ import annotations

import json
import random
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from poptui.demo.stored_mailbox import StoredMessage
from tests.acceptance.program import Result, serving, write_config
from tests.acceptance.spam import mixed
from tests.cli.conftest import run_in_process
from tests.kit.odd import OddServer
from tests.kit.relay import Direction, FaultKind, FaultyRelay, LineFault
from tests.mailbox.watched import make_message

COUNT = 9
SERVERS: tuple[tuple[str, ...], ...] = (
    (),
    ("no-uidl", "uidl-refused"),
    ("uids-are-numbers",),
    ("duplicate-uids",),
)
"""Servers on which a number or UID may name another message in the next session."""
CONFIGURATION = "timeout = 0.3\n"
ARGUMENTS = ("--filter", "is:spam", "--delete", "--yes", "--json")
_DELETED = re.compile(r"^(\d+) messages?(?: \([^)]*\))? deleted\.", re.MULTILINE)


class SharedServer(OddServer):
    """A server on whose mailbox another program works whenever a session was lost."""

    def __init__(self, oddities: tuple[str, ...]) -> None:
        messages, numbers = mixed(COUNT)
        super().__init__(messages, oddities)
        self.spam = {message.data for message in self.messages if b"X-Spam" in message.data}
        assert len(self.spam) == len(numbers)
        self.elsewhere: set[bytes] = set()
        """Messages that the other program removed."""
        self.everything = {message.data for message in self.messages}
        self._sessions = 0

    async def converse(self, reader: StreamReader, writer: StreamWriter) -> None:
        if self._sessions and len(self.messages) == COUNT:
            self._change()
        self._sessions += 1
        await super().converse(reader, writer)

    def _change(self) -> None:
        self.elsewhere.add(self.messages.pop(0).data)
        self.messages.append(StoredMessage("uid-9999", make_message(99)))

    @property
    def gone(self) -> set[bytes]:
        """Return the initial messages that are gone but were not removed by the other program."""
        return self.everything - {message.data for message in self.messages} - self.elsewhere


@dataclass(frozen=True)
class Run:
    """The output of the command, and the state of the mailbox."""

    result: Result
    spam: set[bytes]
    gone: set[bytes]
    passed: dict[Direction, int]
    fault: LineFault | None = None
    happened: bool = False

    def check(self) -> None:
        """Raise AssertionError if an unselected message was deleted, or the output is wrong."""
        output = self.result.err
        assert self.gone <= self.spam, f"{len(self.gone - self.spam)} went unselected: {output}"
        assert "Traceback" not in output, output
        if self.fault is not None and self.fault.kind is FaultKind.CORRUPT:
            return  # the output is about what was read
        rows = json.loads(self.result.out) if self.result.out else []
        outcomes = {row["subject"]: row["outcome"] for row in rows if row["outcome"]}
        gone = {_subject(message) for message in self.gone}
        reported = {subject for subject, outcome in outcomes.items() if outcome == "deleted"}
        doubted = {subject for subject, outcome in outcomes.items() if outcome == "unknown"}
        assert reported <= gone, f"{reported - gone} were said to be deleted: {output}"
        known = "not known" not in output
        assert gone <= reported | doubted or not known, f"{gone - reported} went untold: {output}"
        if self.result.code == 0:
            assert self.gone == self.spam, (
                f"a success, and {self.spam - self.gone} remain: {output}"
            )
        if (found := _DELETED.search(output)) is not None:
            assert int(found[1]) == len(reported), output
        if "Nothing was deleted" in output:
            assert not gone, f"{gone} went: {output}"
        assert known or self.result.code, output
        assert "sent no header" not in output, f"it sends every header: {output}"


def _subject(message: bytes) -> str:
    return message.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode()


def run(oddities: tuple[str, ...], fault: LineFault | None, home: Path) -> Run:
    """Delete all spam over a connection with ``fault``."""
    with (
        serving(SharedServer(oddities)) as server,
        serving(FaultyRelay(server.port, fault)) as line,
    ):
        target = f"pop://user@127.0.0.1:{line.port}"
        env = write_config(home, CONFIGURATION)
        result = run_in_process("triage", target, *ARGUMENTS, home=home, env=env)
        return Run(result, server.spam, server.gone, dict(line.passed), fault, line.failed)


def points(home: Path, count: int, seed: int) -> Iterator[tuple[tuple[str, ...], LineFault]]:
    """Yield ``count`` servers and faults; the same for the same seed.

    No command is garbled: with another number it would name another message, and replies name none.
    """
    rng = random.Random(seed)
    passed = {oddities: run(oddities, None, home).passed for oddities in SERVERS}
    kinds = [
        (oddities, direction, kind)
        for oddities, direction, kind in product(SERVERS, Direction, FaultKind)
        if (direction, kind) != (Direction.UP, FaultKind.CORRUPT)
    ]
    for _ in range(count):
        oddities, direction, kind = rng.choice(kinds)
        yield oddities, LineFault(direction, rng.randrange(passed[oddities][direction]), kind)


def survives(oddities: tuple[str, ...], fault: LineFault, home: Path) -> bool:
    """Run once; return whether the fault happened. The AssertionError names the server and
    fault."""
    done = run(oddities, fault, home)
    try:
        done.check()
    except AssertionError as error:
        raise AssertionError(f"triage ({' '.join(oddities)}), {fault}: {error}") from error
    return done.happened
