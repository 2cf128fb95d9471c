"""``poptui rescue``: safety copies are listed, shown and exported, without a server."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from poptui.storage.safety_copy_index import copies_of
from tests.acceptance.program import Result, RunBatch, write_config

ACCOUNT, OTHER = "me@mail.example.com:995", "you@other.example:110"


def message(number: int, subject: str = "") -> bytes:
    return (
        f"From: Sender {number} <s{number}@example.org>\r\nTo: me@example.org\r\n"
        f"Subject: {subject or f'letter {number}'}\r\n"
        f"Date: Thu, 17 Dec 2009 18:18:{number:02} +0300\r\n\r\nbody {number}\r\n"
    ).encode()


class Kept:
    """A data folder with safety copies, and the command that reads it."""

    def __init__(self, home: Path, batch: RunBatch) -> None:
        self.home = home
        self._batch = batch
        config = '[accounts.work]\nurl = "pops://me@mail.example.com"\n'
        self.env = {**write_config(home, config), "POPTUI_DATA": str(home / "data")}

    def keep(self, account: str, *messages: bytes, whole: bool = True) -> list[Path]:
        copies = copies_of(account, whole=whole, limit=10**9, days=30)
        copies.open()
        drafts = [copies.begin_copy(len(message), lambda octets: None) for message in messages]
        for draft, octets in zip(drafts, messages, strict=True):
            draft.write(octets)
            draft.finish()
        return copies.publish(drafts)

    def rescue(self, *words: str) -> Result:
        return self._batch("rescue", *words, env=self.env)

    def ids(self) -> dict[str, str]:
        """Ids by subject."""
        return {row["subject"]: row["id"] for row in self.rescue("list", "--jsonl").rows}


@pytest.fixture
def kept(tmp_path: Path, batch: RunBatch, monkeypatch: pytest.MonkeyPatch) -> Kept:
    monkeypatch.setenv("POPTUI_DATA", str(tmp_path / "data"))
    return Kept(tmp_path, batch)


def test_no_copies(kept: Kept) -> None:
    for words in (["list"], ["show", "abcd"], ["export", "--all", str(kept.home / "out")]):
        result = kept.rescue(*words)
        assert result.code == 1
        assert result.sentence.startswith("poptui: There are no safety copies in ")


def test_the_list(kept: Kept) -> None:
    kept.keep(ACCOUNT, message(1), message(2))
    kept.keep(OTHER, message(3), whole=False)
    table = kept.rescue("list").text.splitlines()
    assert len(table) == 3
    (third,) = (line for line in table if "letter 3" in line)
    assert OTHER in third
    assert "header" in third
    assert [len(line.split()[0]) for line in table] == [8, 8, 8]
    rows = json.loads(kept.rescue("list", "--json", "--limit", "3").out)
    assert {row["account"] for row in rows} == {ACCOUNT, OTHER}
    assert {row["subject"]: row["whole"] for row in rows} == {
        "letter 1": True,
        "letter 2": True,
        "letter 3": False,
    }
    assert len(kept.rescue("list", "--limit", "1").text.splitlines()) == 1


@pytest.mark.parametrize("target", ["work", "pops://me@mail.example.com", ACCOUNT])
def test_one_account(kept: Kept, target: str) -> None:
    kept.keep(ACCOUNT, message(1))
    kept.keep(OTHER, message(2))
    assert [row["subject"] for row in kept.rescue("list", target, "--jsonl").rows] == ["letter 1"]


def test_a_copy_renamed_by_another_program_is_found(kept: Kept) -> None:
    (path,) = kept.keep(ACCOUNT, message(1))
    before = kept.ids()
    path.rename(path.with_name(f"{path.name}RS"))
    assert kept.ids() == before


def test_a_copy_is_shown_like_a_message(kept: Kept) -> None:
    kept.keep(ACCOUNT, message(1), message(2))
    identity = kept.ids()["letter 2"]
    shown = kept.rescue("show", identity[:6])
    assert shown.code == 0
    assert "Subject   letter 2" in shown.text
    assert shown.text.endswith("body 2\n")
    assert kept.rescue("show", identity, "--raw").out == message(2)
    assert "body" not in kept.rescue("show", identity.upper(), "--headers").text


def test_a_copy_of_only_the_header_is_reported(kept: Kept) -> None:
    kept.keep(ACCOUNT, message(1).partition(b"body")[0], whole=False)
    shown = kept.rescue("show", kept.ids()["letter 1"])
    assert shown.code == 0
    assert "is only a header" in shown.err


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [("ffffffffffffffff", "There is no safety copy"), ("zz", "There is no safety copy")],
)
def test_an_unknown_id(kept: Kept, wanted: str, sentence: str) -> None:
    kept.keep(ACCOUNT, message(1))
    result = kept.rescue("show", wanted)
    assert result.code == 1
    assert sentence in result.sentence


def test_an_id_that_is_too_short(kept: Kept) -> None:
    kept.keep(ACCOUNT, message(1))
    result = kept.rescue("show", kept.ids()["letter 1"][:3])
    assert result.code == 1
    assert "too short" in result.sentence


def test_export_writes_the_original_bytes(kept: Kept) -> None:
    kept.keep(ACCOUNT, message(1), message(2), message(3))
    ids, out = kept.ids(), kept.home / "out"
    result = kept.rescue("export", ids["letter 1"], ids["letter 3"][:8], str(out))
    assert result.code == 0
    paths = [Path(line) for line in result.text.splitlines()]
    assert [path.name for path in paths] == ["2009-12-17 letter 1.eml", "2009-12-17 letter 3.eml"]
    assert [path.read_bytes() for path in paths] == [message(1), message(3)]
    everything = kept.rescue("export", "--all", str(out))
    assert len(everything.text.splitlines()) == 3
    assert len(list(out.iterdir())) == 5


@pytest.mark.parametrize("words", [["export", "DIR"], ["export", "--all", "abcd", "DIR"]])
def test_export_needs_ids_or_all(kept: Kept, words: list[str]) -> None:
    kept.keep(ACCOUNT, message(1))
    result = kept.rescue(*(word.replace("DIR", str(kept.home / "out")) for word in words))
    assert result.code == 2
    assert "--all" in result.sentence


def test_the_list_can_be_searched(kept: Kept) -> None:
    kept.keep(ACCOUNT, message(1, "An Invoice"), message(2), message(3))
    assert [
        row["subject"] for row in kept.rescue("list", "--search", "invoice", "--jsonl").rows
    ] == ["An Invoice"]
    assert "letter 3" in kept.rescue("list", "--search", "S3@example").text
    nothing = kept.rescue("list", "--search", "nowhere")
    assert nothing.code == 1
    assert "nowhere" in nothing.sentence


@pytest.mark.parametrize(
    ("config", "days"),
    [
        ("", 30),
        ("safety_copy_days = 7\n", 7),
        ('[accounts.a]\nurl = "pops://me@mail.example.com"\nsafety_copy_days = 90\n', 90),
        ("no configuration at all", None),
    ],
)
def test_json_has_the_date_until_which_it_is_kept(
    kept: Kept, config: str, days: int | None
) -> None:
    kept.keep(ACCOUNT, message(1))
    write_config(kept.home, config)
    (row,) = kept.rescue("list", "--jsonl").rows
    until = datetime.fromisoformat(row["deleted"]) + timedelta(days=days) if days else None
    assert row["kept_until"] == (until.isoformat() if until else None)


def test_an_unknown_account(kept: Kept) -> None:
    kept.keep(ACCOUNT, message(1))
    assert kept.rescue("list", "wrok").code == 2
