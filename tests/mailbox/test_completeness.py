"""The size at which a downloaded message counts as complete."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.mailbox.messages.completeness import ByteCount, missing

LINES = 300
MESSAGE = b"Subject: x\r\n\r\n" + b"a line of text\r\n" * LINES


def counted(*pieces: bytes) -> ByteCount:
    count = ByteCount()
    for piece in pieces:
        count.add(piece)
    return count


@pytest.mark.parametrize(
    ("why", "announced"),
    [
        ("as it came", len(MESSAGE)),
        ("LF counted for CRLF", len(MESSAGE.replace(b"\r\n", b"\n"))),
        ("header fields added after counting", len(MESSAGE) - 900),
        ("the closing dot counted", len(MESSAGE) + 5),
        ("Status and X-UID counted and left out", len(MESSAGE) + 120),
        ("no size", 0),
        ("a size that lies low", 7),
    ],
)
def test_sizes_that_servers_count_differently_are_complete(why: str, announced: int) -> None:
    assert missing(announced, counted(MESSAGE)) == ""


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9])
def test_a_truncated_message_is_incomplete(part: float) -> None:
    came = MESSAGE[: int(len(MESSAGE) * part)]
    assert missing(len(MESSAGE), counted(came)) == f"{len(came):,} of {len(MESSAGE):,} bytes came"


def test_missing_text_of_a_short_message_is_noticed() -> None:
    text = b"Subject: short\r\n\r\nMeet me at noon, behind the old mill.\r\n"
    assert missing(len(text), counted(text[: -len(b", behind the old mill.\r\n")]))


def test_stuffed_dots_may_be_counted() -> None:
    text = b"Subject: dots\r\n\r\n" + b".\r\n" * 200
    assert missing(len(text) + 200, counted(text)) == ""
    assert missing(len(text) + 300, counted(text))


DOTTED = st.binary(max_size=60).map(lambda data: data.replace(b"\x00", b"\n."))


@given(data=DOTTED, cut=st.integers(0, 60))
def test_pieces_make_no_difference(data: bytes, cut: int) -> None:
    whole, pieces = counted(data), counted(data[:cut], data[cut:])
    assert (whole.octets, whole.dots) == (pieces.octets, pieces.dots)
    assert whole.dots == sum(line.startswith(b".") for line in data.split(b"\n"))
