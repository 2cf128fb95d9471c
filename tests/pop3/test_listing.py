"""STAT, LIST and UIDL replies as real servers write them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.pop3.listing import MAX_UID_BYTES, parse_list, parse_stat, parse_uidl


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5 868540", (5, 868540)),
        ("5 868540 (proxing)", (5, 868540)),
        ("5\t868540", (5, 868540)),
        ("  0   0  ", (0, 0)),
        ("5 868540octets", (5, 868540)),
        ("5", None),
        ("", None),
        ("five messages", None),
        ("5 messages (868540 octets)", None),
        ("-1 5", None),
        ("12345678901 1", None),
        ("1 123456789012345678901", None),
    ],
)
def test_stat(text: str, found: tuple[int, int] | None) -> None:
    assert parse_stat(text) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", {}),
        (b"1 275368\r\n2 11196\r\n", {1: 275368, 2: 11196}),
        (b"1 275368 octets of mail\r\n", {1: 275368}),
        (b"1  \t 7\n3 8\n", {1: 7, 3: 8}),
        (b"+OK 1 7\r\n+ok   2 8\r\n", {1: 7, 2: 8}),
        (b"  5 9\r\n", {5: 9}),
        (b"1\r\n2 x\r\nhello\r\n\r\n3 1\r\n", {3: 1}),
        (b"1x 5\r\n1. 5\r\n", {}),
        (b"0 5\r\n-1 5\r\n2147483648 5\r\n2147483647 5\r\n", {2147483647: 5}),
        (b"99999999999 5\r\n", {}),
        (b"1 1%s\r\n2 -5\r\n3 7\r\n" % (b"0" * 30), {1: 0, 2: 0, 3: 7}),
        (b"\xd9\xa1 5\r\n", {}),
        (b"2 8\r\n1 7\r\n2 9\r\n", {2: 9, 1: 7}),
    ],
)
def test_list(body: bytes, found: dict[int, int]) -> None:
    assert parse_list(body) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", {}),
        (b"1 3876\r\n2 3877\r\n", {1: "3876", 2: "3877"}),
        (b"1     spaced\r\n2\ttabbed\r\n", {1: "spaced", 2: "tabbed"}),
        (b"+OK 1 a\r\n+OK  2  b\r\n", {1: "a", 2: "b"}),
        (b"1\r\n2 \r\n3  \t \r\n", {1: None, 2: None, 3: None}),
        (b"1 with spaces in it \r\n", {1: "with spaces in it"}),
        (b"1 \xfc\xff\x1b[31m\r\n", {1: "\xfc\xff\x1b[31m"}),
        (b"1 " + b"u" * 500, {1: "u" * 500}),
        (b"1 " + b"u" * MAX_UID_BYTES, {1: "u" * MAX_UID_BYTES}),
        (b"1 " + b"u" * (MAX_UID_BYTES + 1), {1: None}),
        (b"1 same\r\n2 same\r\n", {1: "same", 2: "same"}),
        (b"1 a\r\n7 b\r\n", {1: "a", 7: "b"}),
        (b"0 a\r\n2147483648 b\r\nunique-id follows\r\n", {}),
        (b"1 +OK 2 b\r\n", {1: "+OK 2 b"}),
        (b"1 0\r\n", {1: "0"}),
    ],
)
def test_uidl(body: bytes, found: dict[int, str | None]) -> None:
    assert parse_uidl(body) == found


@given(st.dictionaries(st.integers(1, 2**31 - 1), st.integers(0, 10**15 - 1)))
def test_a_valid_scan_listing_is_parsed_completely(sizes: dict[int, int]) -> None:
    body = b"".join(b"%d %d\r\n" % row for row in sizes.items())
    assert parse_list(body) == sizes


@given(st.dictionaries(st.integers(1, 2**31 - 1), st.text("!#$%azAZ09~", min_size=1, max_size=70)))
def test_a_valid_unique_id_listing_is_parsed_completely(uids: dict[int, str]) -> None:
    body = b"".join(b"%d %s\r\n" % (number, uid.encode()) for number, uid in uids.items())
    assert parse_uidl(body) == uids


LINES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.from_regex(rb"[ \t]{0,2}(\+OK[ \t])?[0-9-]{0,11}[ \t]{0,2}[-0-9a]{0,17}[ \t]?"),
    ),
    max_size=8,
)


@given(LINES, st.sampled_from([b"\r\n", b"\n", b"\r"]))
def test_parsing_at_once_equals_parsing_line_by_line(lines: list[bytes], end: bytes) -> None:
    body = end.join(lines)
    sizes: dict[int, int] = {}
    uids: dict[int, str | None] = {}
    for line in body.splitlines():
        sizes |= parse_list(line)
        uids |= parse_uidl(line)
        number, *size = re.sub(rb"(?i)\A\+OK[ \t]+", b"", line.strip(b" \t")).split()[:2] or [b""]
        named = re.fullmatch(rb"\d{1,10}", number) and 1 <= int(number) < 2**31
        odd = re.search(rb"[\v\f]", line)
        assert odd or set(parse_uidl(line)) == ({int(number)} if named else set())
        if named and not odd and size and re.fullmatch(rb"\d{1,15}", size[0]):
            assert parse_list(line) == {int(number): int(size[0])}
    assert (parse_list(body), parse_uidl(body)) == (sizes, uids)


@given(st.binary(), st.binary())
def test_different_bytes_are_different_uids(one: bytes, other: bytes) -> None:
    pair = [parse_uidl(b"1 x" + uid.translate(None, b"\r\n") + b"x") for uid in (one, other)]
    same = one.translate(None, b"\r\n") == other.translate(None, b"\r\n")
    assert (pair[0] == pair[1]) is same


@given(st.binary())
def test_all_parsed_numbers_can_be_sent_in_commands(body: bytes) -> None:
    for number in (*parse_list(body), *parse_uidl(body)):
        assert 1 <= number < 2**31


@pytest.mark.parametrize("line", [b"1 a%sb", b"+OK%sb", b"%s+OK%sx", b"1 %s", b"%s1"])
def test_millions_of_blanks_take_linear_time(line: bytes) -> None:
    """A pattern that backtracks at each blank would take hours."""
    body = line.replace(b"%s", b" " * 2_000_000)
    assert set(parse_uidl(body)) <= {1}
    assert parse_list(body) == {}
