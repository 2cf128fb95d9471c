"""The screen and the batch commands give every message the same score, whatever was learned."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from poptui.cli.session import mailbox_at
from poptui.demo.messages import sample_messages
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.scoring.from_config import scorer_of
from poptui.net.credentials import Credentials
from poptui.secret import Secret
from poptui.storage.config import load_config
from poptui.storage.learned_words import open_learned
from poptui.triage.learning.bayes import MIN_MESSAGES, tokens_of
from poptui.triage.learning.training import TrainingExample
from tests.acceptance.program import RunBatch, serving
from tests.kit.odd import OddServer

CONFIG = """
friends = ["@northgate.example"]
[weights]
subject-exclaims = 2
[[rules]]
match = "subject:invoice"
action = "score"
score = 1.5
"""
CHOIR = (
    b"From: Ann <ann@roe.example>\r\nTo: pat@example.org\r\nSubject: Harvest choir lunch\r\n"
    b"Message-ID: <1@roe.example>\r\nDate: Thu, 17 Dec 2026 18:18:00 +0100\r\n"
    b"X-Spam-Flag: YES\r\n\r\nbody\r\n"
)
FEW_S = 20.0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A configuration and a data folder, for this process and for the batch commands."""
    config = tmp_path / "poptui.toml"
    config.write_text(CONFIG, "utf-8")
    variables = {"POPTUI_CONFIG": str(config), "POPTUI_DATA": str(tmp_path / "data")}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


async def on_screen(url: str) -> list[MessageEntry]:
    """The entries as the screen would show them, all headers loaded."""
    settings = load_config().for_target(url)
    scorer = scorer_of(settings)
    mailbox = mailbox_at(settings, Credentials(Secret("secret")), background=True, scorer=scorer)
    async with asyncio.timeout(FEW_S):
        await mailbox.session.connect()
        await mailbox.headers.load(mailbox.listing.entries)
    await mailbox.session.discard()
    await mailbox.close()
    return list(mailbox.listing.entries)


def scores(entries: Iterable[MessageEntry]) -> dict[str | None, float | None]:
    return {entry.uid: entry.score for entry in entries}


def teach(url: str, entries: Iterable[MessageEntry]) -> None:
    """Train on every second message as spam and the others as ham, often enough for an opinion."""
    file = open_learned(f"user@{url.rpartition('@')[2]}")
    for at, entry in enumerate(entries):
        assert entry.header is not None
        tokens = tokens_of(entry.header, entry.verdict)
        file.teach([TrainingExample(f"{at}-{n}", at % 2 == 0, tokens) for n in range(3)])
    spam, ham, _ = file.counts()
    file.close()
    assert min(spam, ham) >= MIN_MESSAGES


def test_the_demo_mailbox_with_a_trained_model(batch: RunBatch, home: dict[str, str]) -> None:
    messages = [message.data for message in sample_messages()]
    with serving(OddServer(messages)) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        untrained = asyncio.run(on_screen(url))
        teach(url, untrained)
        trained = asyncio.run(on_screen(url))
        listed = batch("list", url, "--jsonl", env=home).rows
        triaged = batch("triage", url, "--filter", "size:>0", "--jsonl", env=home).rows
    assert scores(trained) != scores(untrained)
    for rows in (listed, triaged):
        assert {row["uid"]: row["spam"]["score"] for row in rows} == scores(trained)
    learned = [row for row in listed if any(s["name"] == "learned" for s in row["spam"]["signals"])]
    assert len(learned) > 10


def test_batch_commands_agree_with_the_screen_on_ham(batch: RunBatch, home: dict[str, str]) -> None:
    with serving(OddServer([CHOIR])) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        (entry,) = asyncio.run(on_screen(url))
        assert entry.header is not None
        assert (entry.score or 0) >= 5
        file = open_learned(f"user@127.0.0.1:{server.port}")
        kept = tokens_of(entry.header, entry.verdict)
        file.teach([TrainingExample(f"kept-{n}", False, kept) for n in range(60)])
        file.teach([TrainingExample(f"spam-{n}", True, {"subject:offer"}) for n in range(60)])
        file.close()
        (entry,) = asyncio.run(on_screen(url))
        (row,) = batch("list", url, "--jsonl", env=home).rows
        found = batch("triage", url, "--filter", "is:spam", "--delete", "--yes", env=home)
        assert server.uids
    assert entry.score is not None
    assert entry.score < 5
    assert row["spam"]["score"] == entry.score
    assert (found.code, found.text) == (0, "")
    assert "No message matches." in found.err


def test_listing_mail_creates_no_file_of_learned_words(
    batch: RunBatch, home: dict[str, str]
) -> None:
    with serving(OddServer([CHOIR])) as server:
        assert batch("list", f"pop://user@127.0.0.1:{server.port}", env=home).code == 0
    assert not Path(home["POPTUI_DATA"], "learned.sqlite3").exists()


def test_mark_rules_mark_nothing_in_a_batch_command(batch: RunBatch, home: dict[str, str]) -> None:
    """``triage`` deletes what its own filter finds, not what a rule would mark on the screen."""
    Path(home["POPTUI_CONFIG"]).write_text(
        '[[rules]]\nmatch = "from:ann"\naction = "mark"\n', "utf-8"
    )
    other = CHOIR.replace(b"Ann <ann@roe", b"Bob <bob@roe").replace(b"<1@", b"<2@")
    with serving(OddServer([CHOIR, other], uids=["ann", "bob"])) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        assert batch("triage", url, "--filter", "from:bob", "--delete", "--yes", env=home).code == 0
        assert server.uids == ["ann"]
