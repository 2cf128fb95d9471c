"""``poptui list``: what it prints, and what it asks the server for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.acceptance.hostile import MESSAGES, PAYLOADS, WORD, HostileServer, assert_harmless
from tests.acceptance.program import RunBatch, serving
from tests.kit.dovecot import Dovecot
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_messages

KEYS = ["number", "uid", "size", "from", "to", "subject", "date", "marked", "spam"]
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")


def dated(date: str) -> bytes:
    return f"From: a@b.example\r\nSubject: s\r\nDate: {date}\r\n\r\nbody\r\n".encode()


def message(name: str, subject: str, day: int, octets: int) -> bytes:
    return (
        f"From: {name} <x@example.org>\r\nSubject: {subject}\r\n"
        f"Date: {day} Dec 2009 12:00:00 +0000\r\n\r\n{'x' * octets}\r\n"
    ).encode()


SORTED = [
    message("Bert", "gamma", 3, 10),
    message("anna", "Beta", 1, 900),
    message("Cora", "alpha", 2, 300),
]


@pytest.fixture
def server() -> Iterator[OddServer]:
    with serving(OddServer(make_messages(50))) as running:
        yield running


def url(server: OddServer | HostileServer) -> str:
    return f"pop://user@127.0.0.1:{server.port}"


def test_a_table_has_a_line_for_each_message(server: OddServer, batch: RunBatch) -> None:
    result = batch("list", url(server))
    assert (result.code, result.err) == (0, "")
    lines = result.text.splitlines()
    assert [line.split()[0] for line in lines] == [str(number) for number in range(50, 0, -1)]
    assert all(f"letter {line.split()[0]}" in line for line in lines)
    assert server.keywords.count(b"TOP") == 50
    assert not {b"RETR", b"DELE"} & set(server.keywords)
    assert server.commands[-1] == b"QUIT"
    assert len(server.messages) == 50


def test_json_lines_have_the_documented_keys(server: OddServer, batch: RunBatch) -> None:
    result = batch("list", url(server), "--jsonl")
    assert (result.code, result.err) == (0, "")
    assert len(result.rows) == 50
    assert all(list(row) == KEYS for row in result.rows)
    first = dict(result.rows[0])
    assert list(first.pop("spam")) == ["score", "verdict", "signals"]
    assert first == {
        "number": 50,
        "uid": "uid-0050",
        "size": len(make_messages(50)[49]),
        "from": {"name": "Sender 50", "address": "s50@example.org"},
        "to": "me@example.org",
        "subject": "letter 50",
        "date": "2009-12-17T18:18:50+03:00",
        "marked": False,
    }


def test_json_is_one_array_of_the_same(server: OddServer, batch: RunBatch) -> None:
    array = json.loads(batch("list", url(server), "--json", "--limit", "5").out)
    assert array == batch("list", url(server), "--jsonl", "--limit", "5").rows


def test_absent_values_are_null(batch: RunBatch) -> None:
    with serving(OddServer([b"X-Nothing: here\r\n\r\nbody\r\n"], ["no-uidl"])) as server:
        (row,) = batch("list", url(server), "--jsonl").rows
    assert [key for key in KEYS if row[key] is None] == [
        "uid",
        "from",
        "to",
        "subject",
        "date",
    ]
    with serving(OddServer(make_messages(2), ["no-top"])) as server:
        assert [row["spam"] for row in batch("list", url(server), "--jsonl").rows] == [None, None]


@pytest.mark.parametrize("form", ["--jsonl", "--json"])
@pytest.mark.parametrize("limit", [1, 3, 50, 99])
def test_a_limit_loads_no_more_headers(
    form: str, limit: int, server: OddServer, batch: RunBatch
) -> None:
    result = batch("list", url(server), form, "--limit", str(limit))
    assert len(json.loads(result.out) if form == "--json" else result.rows) == min(limit, 50)
    assert server.keywords.count(b"TOP") == min(limit, 50)
    assert b"RETR" not in server.keywords


def test_a_second_start_loads_no_header_again(server: OddServer, batch: RunBatch) -> None:
    some = batch("list", url(server), "--jsonl", "--limit", "5").rows
    everything = batch("list", url(server), "--jsonl").rows
    assert everything[:5] == some
    assert batch("list", url(server), "--jsonl").rows == everything
    assert server.keywords.count(b"TOP") == 50


@pytest.mark.parametrize(
    ("key", "numbers"),
    [
        ("number", [3, 2, 1]),
        ("size", [2, 3, 1]),
        ("date", [1, 3, 2]),
        ("from", [2, 1, 3]),
        ("subject", [3, 2, 1]),
    ],
)
def test_sorting_comes_before_the_limit(key: str, numbers: list[int], batch: RunBatch) -> None:
    with serving(OddServer(SORTED)) as server:
        rows = batch("list", url(server), "--jsonl", "--sort", key).rows
        first = batch("list", url(server), "--jsonl", "--sort", key, "--limit", "1").rows
    assert [row["number"] for row in rows] == numbers
    assert first == rows[:1]


def spammy(number: int, score: float = 9.9, more: str = "") -> bytes:
    """A message that its server calls spam."""
    return (
        f"From: x{number}@spam.example\r\nTo: me@example.org\r\nSubject: win {number}\r\n"
        f"Message-ID: <{number}@spam.example>\r\nX-Spam-Flag: YES\r\n"
        f"X-Spam-Status: Yes, score={score} required=5.0\r\n{more}\r\nbody\r\n"
    ).encode()


def test_a_filter_loads_only_the_headers_it_needs(batch: RunBatch) -> None:
    messages = [*make_messages(6), spammy(7), message("Zed", "large", 9, 5000), spammy(9)]
    with serving(OddServer(messages)) as server:
        large = batch("list", url(server), "--jsonl", "--filter", "size:>4k")
        assert ([row["number"] for row in large.rows], large.code) == ([8], 0)
        assert server.keywords.count(b"TOP") == 1
        none = batch("list", url(server), "--jsonl", "--filter", "size:>90k OR uid:nowhere")
        assert (none.rows, none.code, none.err) == ([], 1, "No message matches.\n")
        assert server.keywords.count(b"TOP") == 1
        few = batch("list", url(server), "--jsonl", "--filter", "-from:spam size:<1k letter-4")
        assert few.rows == []
        assert b"RETR" not in server.keywords


def test_spam_is_found_explained_and_sorted(batch: RunBatch) -> None:
    with serving(OddServer([*make_messages(3), spammy(4), spammy(5)])) as server:
        found = batch("list", url(server), "--jsonl", "--filter", "is:spam").rows
        rest = batch("list", url(server), "--jsonl", "--filter=-is:spam").rows
        ordered = batch("list", url(server), "--jsonl", "--sort", "spam", "--limit", "2").rows
        table = batch("list", url(server), "--filter", "win")
    assert [row["number"] for row in found] == [5, 4]
    assert [row["number"] for row in rest] == [3, 2, 1]
    assert {row["number"] for row in ordered} == {4, 5}
    for row in found:
        assert row["spam"]["verdict"] == "spam"
        assert row["spam"]["score"] >= 5
        assert all(list(signal) == ["name", "score", "why"] for signal in row["spam"]["signals"])
        assert "X-Spam" in str(row["spam"]["signals"]) or "spam" in str(row["spam"]["signals"])
    assert f"{found[0]['spam']['score']:.1f}" in table.text


def test_a_filter_by_any_header_fetches_it(batch: RunBatch) -> None:
    mailer = [spammy(n, more=f"X-Mailer: {name}\r\n") for n, name in enumerate("abcab")]
    with serving(OddServer(mailer)) as server:
        first = batch("list", url(server), "--jsonl")
        found = batch("list", url(server), "--jsonl", "--filter", "header:x-mailer=a")
        absent = batch("list", url(server), "--jsonl", "--filter", "-header:x-other").rows
    assert (first.code, len(first.rows)) == (0, 5)
    assert [row["number"] for row in found.rows] == [4, 1]
    assert len(absent) == 5


def test_duplicates_are_found(batch: RunBatch) -> None:
    with serving(OddServer([spammy(1), spammy(2), spammy(1), spammy(1)])) as server:
        found = batch("list", url(server), "--jsonl", "--filter", "is:dup").rows
    assert [row["number"] for row in found] == [3, 1]


def test_an_error_in_a_filter_is_pointed_at(batch: RunBatch) -> None:
    result = batch("list", "pop://user@127.0.0.1:1", "--filter", "from:ann size:>1Q")
    assert result.code == 2
    line, carets, sentence = result.err.splitlines()
    assert line == "from:ann size:>1Q"
    assert carets == " " * 14 + "^^^"
    assert sentence.startswith("poptui: Filter error at “>1Q”: expected a size such as")


def test_a_filter_of_ten_kilobytes_is_refused(batch: RunBatch) -> None:
    result = batch("list", "pop://user@127.0.0.1:1", "--filter", "(" * 10_240)
    assert result.code == 2
    assert "10,240 characters" in result.err
    assert len(result.err) < 500


def test_dates_are_rfc_3339(batch: RunBatch) -> None:
    dates = [
        "Thu, 17 Dec 2009 18:18:12 +0300",
        "Thu, 17 Dec 2009 18:18:12 -0000",
        "Thu, 17 Dec 2009 18:18:12",
        "Thu, 17 Dec 2009 18:18 GMT",
        "17 Dec 09 18:18:12 EST",
        "Thu, 17 Dec 2009 18:18:12 +0330 (Tehran)",
        "Thu, 17 Dec 2009 18:18:12 +9999",
        "Thu, 99 Dec 2009 18:18:12 +0000",
        "Mon, 01 Jan 0001 00:00:00 +1400",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "yesterday",
        "",
    ]
    with serving(OddServer([dated(date) for date in dates])) as server:
        rows = batch("list", url(server), "--jsonl").rows
        by_date = batch("list", url(server), "--sort", "date")
    found = [row["date"] for row in reversed(rows)]
    assert all(date is None or RFC_3339.fullmatch(date) for date in found), found
    assert found[0] == "2009-12-17T18:18:12+03:00"
    assert found[5] == "2009-12-17T18:18:12+03:30"
    assert found[-2:] == [None, None]
    assert by_date.code == 0


@pytest.mark.parametrize("form", ["--jsonl", "--json", "--sort=from"])
def test_hostile_text_is_escaped(form: str, batch: RunBatch) -> None:
    with serving(HostileServer(uids=True)) as server:
        result = batch("list", url(server), form)
    assert result.code == 0
    assert_harmless(result.out)
    assert_harmless(result.err.encode())
    assert b"\t" not in result.out
    assert b"\r" not in result.out


def test_json_keeps_the_exact_text(batch: RunBatch) -> None:
    with serving(HostileServer(uids=True)) as server:
        rows = batch("list", url(server), "--jsonl").rows
    assert len(rows) == len(MESSAGES)
    subjects = {row["number"]: row["subject"] for row in rows}
    for number, name in enumerate(PAYLOADS, 1):
        assert subjects[number].startswith(f"S{WORD[name]}")
    assert subjects[1] == "S01" + PAYLOADS["title"]


def test_a_refused_header_is_reported_in_its_row(batch: RunBatch) -> None:
    with serving(OddServer(make_messages(3), ["top-refused:2"])) as server:
        table = batch("list", url(server))
        rows = batch("list", url(server), "--jsonl").rows
    assert table.code == 0
    assert "not this one" in table.text.splitlines()[1]
    assert [row["subject"] for row in rows] == ["letter 3", None, "letter 1"]
    assert b"RETR" not in server.keywords


def test_servers_without_top_uidl_and_capa(batch: RunBatch) -> None:
    with serving(OddServer(make_messages(3), ["no-top", "no-uidl", "no-capa"])) as server:
        result = batch("list", url(server))
        assert b"RETR" not in server.keywords
    assert result.code == 0
    assert len(result.text.splitlines()) == 3
    assert "TOP" in result.err


def test_dovecot_over_tls_with_the_password_on_stdin(batch: RunBatch, dovecot: Dovecot) -> None:
    dovecot.deliver(make_messages(4))
    options = ["--ca-file", dovecot.ca_file, "--password-stdin", "--jsonl"]
    password = dovecot.password.encode() + b"\r\n"
    for target in ([dovecot.tls_url], [dovecot.url, "--starttls"], [dovecot.apop_url]):
        result = batch("list", *target, *options, env={"POPTUI_PASSWORD": "no"}, stdin=password)
        assert (result.code, result.err) == (0, "")
        assert [row["subject"] for row in result.rows] == [f"letter {n}" for n in (4, 3, 2, 1)]


@pytest.mark.parametrize(
    ("oddities", "notice"),
    [
        (["no-uidl", "uidl-refused"], "no UIDL"),
        (["uidl-extra"], "UIDL names 1 more than LIST"),
        (["list-stale"], "UIDL names 46 more than LIST"),
        (["capa-refused"], "no CAPA"),
        (["no-top", "top-refused"], "refuses TOP"),
    ],
)
def test_oddities_of_the_server_are_reported_on_stderr(
    oddities: list[str], notice: str, batch: RunBatch
) -> None:
    with serving(OddServer(make_messages(50), oddities)) as server:
        result = batch("list", url(server), "--limit", "2")
        quiet = batch("list", url(server), "--limit", "2", "--quiet")
    assert notice in result.err
    assert (result.code, quiet.code, quiet.err) == (0, 0, "")


@pytest.mark.parametrize("uids", [["uids-change"], ["no-uidl", "uidl-refused"], []])
@pytest.mark.parametrize("end", ["top-cut:1", "burst-limited-8"])
def test_no_number_is_listed_twice_after_a_lost_session(
    uids: list[str], end: str, batch: RunBatch
) -> None:
    with serving(OddServer(make_messages(50), [*uids, end])) as server:
        result = batch("list", url(server), "--jsonl", "--filter", "subject:letter")
    rows = [json.loads(line) for line in result.text.splitlines()]
    numbers = [row["number"] for row in rows]
    assert len(set(numbers)) == len(numbers)
    if result.code == 0:
        assert numbers == list(range(50, 0, -1))
    else:
        assert result.code == 5
        assert rows == []


@pytest.mark.parametrize("options", [(), ("--read-only",)])
def test_the_demo_prints_its_list_without_a_terminal(
    options: tuple[str, ...], batch: RunBatch
) -> None:
    result = batch("demo", *options)
    assert result.code == 0
    assert len(result.text.splitlines()) > 40
    assert result.err == "No terminal to open the demo in; this is its list of messages:\n"
