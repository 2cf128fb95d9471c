"""Safety copies of mail on a real Dovecot, and a program that is killed while making them."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from poptui.storage.safety_copies import STALE_S
from tests.acceptance.program import (
    PASSWORD,
    PATIENCE,
    RunBatch,
    batch_environment,
    command,
    serving,
    write_config,
)
from tests.kit.dovecot import Dovecot
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_messages

HEAD = b"From: a <a@example.org>\nSubject: x\nMessage-ID: <%d@example.org>\n\n"
BODIES = [
    b"plain\n",
    b".\n..\n.dot\n",
    b"\xff\xfe\x00\x80 eight bits\n",
    b"no end of line",
    b"",
    b"\n\n\n",
    b"cr\r alone\n",
    b"x" * 100_000 + b"\n",
    b"From here\n>From there\n",
]


def environment(home: Path) -> dict[str, str]:
    settings = write_config(home, 'safety_copy = "full"\n')
    return {**settings, "POPTUI_DATA": str(home / "data")}


def copies(home: Path, folder: str = "cur") -> list[Path]:
    return list((home / "data").glob(f"rescue/*/{folder}/*"))


def test_copies_equal_the_files_on_the_server(
    dovecot: Dovecot, batch: RunBatch, tmp_path: Path
) -> None:
    messages = [HEAD % number + body for number, body in enumerate(BODIES)]
    dovecot.deliver(messages)
    env = environment(tmp_path) | {"POPTUI_PASSWORD": dovecot.password}
    result = batch("triage", dovecot.url, "--filter", "size:>1", "--delete", "--yes", env=env)
    assert (result.code, dovecot.files()) == (0, set())
    ended = [octets if octets.endswith(b"\n") else octets + b"\n" for octets in messages]
    assert sorted(path.read_bytes() for path in copies(tmp_path)) == sorted(ended)


def test_killed_while_copying(batch: RunBatch, tmp_path: Path) -> None:
    """Nothing is deleted, no copy is partial, and temporary files are removed once they are old."""
    env = environment(tmp_path) | PASSWORD
    with serving(OddServer(make_messages(9), ["retr-hangs:1"])) as server:
        words = ("triage", f"pop://user@127.0.0.1:{server.port}", "--filter", "size:>1")
        program = subprocess.Popen(
            command(*words, "--delete", "--yes"),
            env=batch_environment(tmp_path, env),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            until = time.monotonic() + PATIENCE
            while not copies(tmp_path, "tmp") and time.monotonic() < until:
                time.sleep(0.01)
        finally:
            program.kill()
            program.wait()
        assert len(server.messages) == 9
        assert not copies(tmp_path)
        left = copies(tmp_path, "tmp")
        assert left
        for path in left:
            os.utime(path, (time.time() - STALE_S - 60,) * 2)
        server.become()
        assert batch(*words, "--delete", "--yes", env=env).code == 0
        assert not server.messages
    assert not copies(tmp_path, "tmp")
    assert len(copies(tmp_path)) == 9
