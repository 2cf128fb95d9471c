"""``poptui stats``: its table, its JSON, and what it asks the server for."""

from __future__ import annotations

import json

from tests.acceptance.program import RunBatch, serving
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_messages


def test_bars_by_sender_and_domain(batch: RunBatch) -> None:
    with serving(OddServer(make_messages(12))) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        table = batch("stats", url, "--limit", "3")
        assert table.code == 0
        lines = table.text.splitlines()
        assert len(lines) == 3
        assert all("@example.org" in line and "▄" in line for line in lines)
        assert "12 messages, 2 kB." in table.err
        assert not {b"RETR", b"DELE"} & set(server.keywords)
        result = batch("stats", url, "--by", "domain", "--json")
        (bar,) = json.loads(result.text)
        assert bar == {
            "title": "example.org",
            "messages": 12,
            "size": sum(map(len, make_messages(12))),
            "spam": 0,
            "filter": "domain:example.org",
        }
        months = batch("stats", url, "--by", "month", "--jsonl", "--filter", bar["filter"])
        assert json.loads(months.text)["filter"] == "date:2009-12"
        nothing = batch("stats", url, "--filter", "from:nobody")
        assert (nothing.code, nothing.out) == (1, b"")
        assert batch("stats", url, "--by", "colour").code == 2


def test_an_empty_mailbox(batch: RunBatch) -> None:
    with serving(OddServer([])) as server:
        result = batch("stats", f"pop://user@127.0.0.1:{server.port}")
        assert (result.code, result.out) == (0, b"")
        assert "The mailbox is empty." in result.err
