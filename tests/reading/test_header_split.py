"""Splitting a header block into fields, with their folds, up to the first empty line."""

from __future__ import annotations

import pytest

from poptui.mail.headers.decode import MAX_BLOCK_BYTES, decode_fields, decode_header, split_header


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        ([], []),
        ([b"A: b"], [(b"a", b" b")]),
        ([b"A: b", b"", b"C: d"], [(b"a", b" b")]),
        ([b"", b"A: b"], []),
        ([b"A: b", b"", b" C: d", b"E: f"], [(b"a", b" b")]),
        ([b" A: b", b"C: d"], [(b" a", b" b"), (b"c", b" d")]),
        ([b"A:", b" b", b"\tc: d", b"E:f"], [(b"a", b"@ b@\tc: d"), (b"e", b"f")]),
        ([b"A: b", b" ", b"C: d"], [(b"a", b" b@ "), (b"c", b" d")]),
        ([b"no field", b" below it", b"C: d"], [(b"c", b" d")]),
        ([b"OLD \t: b: c", b": d"], [(b"old", b" b: c"), (b"", b" d")]),
    ],
)
def test_splitting_into_fields(
    lines: list[bytes], fields: list[tuple[bytes, bytes]], end: bytes
) -> None:
    found = split_header(end.join([*lines, b"", b"Z: body"]))
    assert [(name, value.rstrip(b"\r")) for name, value in found] == [
        (name, value.replace(b"@", end)) for name, value in fields
    ]


def test_lines_after_the_cap_are_ignored() -> None:
    late = b"X: " + b"a" * MAX_BLOCK_BYTES + b"\nSubject: late\n"
    assert [name for name, _ in split_header(late)] == [b"x"]


def test_an_already_split_block_decodes_the_same() -> None:
    block = b"From : Ann <ann@roe.example>\r\nSubject: one\r\n two\r\n\r\nTo: body\r\n"
    assert decode_fields(split_header(block)) == decode_header(block)
    assert decode_header(block).subject == "one two"
