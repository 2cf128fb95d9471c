"""``poptui learn`` from the mailbox and from files, and what batch deletions teach."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.program import RunBatch, serving
from tests.kit.odd import OddServer

URL = "pop://user@127.0.0.1:1110"


def message(number: int, subject: str, more: str = "") -> bytes:
    return (
        f"From: P{number} <p{number}@roe{number}.example>\r\nTo: me@example.org\r\n"
        f"Subject: {subject} {number}\r\nDate: Thu, 17 Dec 2026 18:18:00 +0100\r\n"
        f"Message-ID: <{number}@roe{number}.example>\r\n{more}\r\nbody\r\n"
    ).encode()


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"POPTUI_DATA": str(tmp_path / "data")}


def learned_counts(batch: RunBatch, env: dict[str, str], url: str = URL) -> str:
    return batch("learned", "show", url, env=env).text.partition("\n")[0]


def test_files_mbox_and_folders_teach_each_message_once(
    batch: RunBatch, env: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "junk"
    folder.mkdir()
    for number in range(15):
        (folder / f"{number}.eml").write_bytes(message(number, "watches"))
    lines = [
        b"From x Thu Dec 17 18:18:00 2026\n" + message(n, "watches").replace(b"\r\n", b"\n") + b"\n"
        for n in range(20, 30)
    ]
    (tmp_path / "junk.mbox").write_bytes(b"".join(lines))
    result = batch("learn", "spam", URL, str(folder), str(tmp_path / "junk.mbox"), env=env)
    assert (result.code, result.text) == (0, "25 messages learned as spam.\n")
    assert learned_counts(batch, env).startswith("25 spam")
    batch("learn", "spam", URL, str(folder), env=env)
    assert learned_counts(batch, env).startswith("25 spam")
    batch("learn", "ham", URL, str(folder), env=env)
    assert learned_counts(batch, env).startswith("10 spam")
    assert ", 15 not spam" in learned_counts(batch, env)


def test_messages_of_the_mailbox_teach_and_change_the_next_listing(
    batch: RunBatch, env: dict[str, str]
) -> None:
    messages = [message(n, "cheap watches" if n % 2 else "choir") for n in range(50)]
    with serving(OddServer(messages)) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        before = batch("list", url, "--jsonl", env=env).rows
        assert batch("learn", "spam", url, "--filter", "subject:watches", env=env).code == 0
        assert batch("learn", "ham", url, "--filter", "subject:choir", env=env).code == 0
        rows = batch("list", url, "--jsonl", env=env).rows
        explained = batch("list", url, "--filter", "subject:watches", "--explain", env=env).text
        assert not {b"DELE", b"RETR"} & set(server.keywords)
    assert all(row["spam"]["score"] < 5 for row in before)
    for row in rows:
        assert (row["spam"]["verdict"] == "spam") == ("watches" in row["subject"]), row
    assert "learned: Learned from your mail: “99 % spam by" in explained


def test_a_batch_deletion_teaches_by_what_it_deletes_and_keeps(
    batch: RunBatch, env: dict[str, str]
) -> None:
    flagged = "X-Spam-Flag: YES\r\n"
    messages = [message(n, "watches", flagged) for n in range(3)]
    messages += [message(n, "choir") for n in range(10, 14)]
    with serving(OddServer(messages)) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        done = batch("triage", url, "--filter", "is:spam", "--delete", "--yes", env=env)
        assert done.code == 0
        assert learned_counts(batch, env, url).startswith("3 spam")
        assert ", 4 not spam" in learned_counts(batch, env, url)


def test_a_dry_run_teaches_nothing(batch: RunBatch, env: dict[str, str]) -> None:
    with serving(OddServer([message(1, "watches", "X-Spam-Flag: YES\r\n")])) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        batch("triage", url, "--filter", "is:spam", env=env)
        assert batch("learned", "show", url, env=env).text == "Nothing has been learned yet.\n"


def test_a_poisoned_model_is_reset(batch: RunBatch, env: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "ham"
    folder.mkdir()
    for number in range(1000):
        (folder / f"{number}").write_bytes(message(number, "choir"))
    batch("learn", "spam", URL, str(folder), env=env)
    assert learned_counts(batch, env).startswith("1,000 spam")
    batch("learn", "ham", URL, str(folder), env=env)
    assert learned_counts(batch, env).startswith("0 spam")
    assert batch("learned", "reset", URL, env=env).code == 0
    assert ", 0 not spam" in learned_counts(batch, env)


def test_invalid_arguments(batch: RunBatch, env: dict[str, str], tmp_path: Path) -> None:
    assert batch("learn", "spam", URL, env=env).code == 2
    assert batch("learn", "burn", URL, "x", env=env).code == 2
    assert batch("learn", "spam", URL, "x", "--filter", "is:spam", env=env).code == 2
    missing = batch("learn", "spam", URL, str(tmp_path / "none.eml"), env=env)
    assert missing.code == 1
    assert "cannot be read" in missing.err
