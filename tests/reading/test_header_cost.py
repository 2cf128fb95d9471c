"""All header parsers take linear time, because they run in the event loop.

Each parser gets 40 kB of every separator, quote, escape and bracket. The tests lift the limits on
the length of a value, which could hide a quadratic pattern. Such a pattern takes many seconds of
CPU time for 40 kB, a linear one about a hundredth of a second.
"""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time

import pytest

from poptui.mail.encodings import encoded_words
from poptui.mail.headers.decode import decode_header, split_header
from poptui.mail.headers.view import all_fields, received_chain, short_fields
from poptui.mail.link import link
from poptui.mail.mime.part_header import read_part_head
from poptui.mail.plain import plain_body
from poptui.mail.reader.parse import MAX_SHORT_BYTES, parse_short, read_head
from poptui.printable import printable, printable_line
from poptui.text.cells import with_stable_width
from poptui.text.format import cut
from poptui.triage.filters.text import accented, fold
from poptui.triage.grouping import subject_key
from poptui.triage.spam import fields
from poptui.triage.spam.judge import judge
from poptui.triage.spam.verdict import Context

LENGTH = 40_000
CEILING_S = 1.0
"""CPU seconds of this thread, without waiting: about fifty times the slowest linear parser, and a
small part of a quadratic one."""

CONTEXT = Context(frozenset({"me@example.com"}), frozenset({"mail.example.com", "example.com"}))
SIGNS = [bytes([sign]) for sign in b" \t;:,.<>()[]{}\"'\\/=?@!#$%&*+-^_`|~\x00\x1b\x80\xff\r0aA"]
SEQUENCES = [
    *(b"; ", b"; ;", b"\n ", b"\r\n ", b"=?", b"?=", b"=?utf-8?q?", b"=?utf-8?q?a?= "),
    *(b"=?utf-8?b?4pyT?= ", b"a@", b"@a", b"a.", b"a-", b"<a@b.c>", b"<a@b.c>,", b'"a" <', b"a,b"),
    *(b"((", b"()", b"(a", b'\\"', b"from ", b"by a ", b"from a by b ", b"a=b;", b'a="', b"x*0*="),
    *(b"; a=b", b"a;", b" =", b"= ", b"a =", b"name*", b"charset", b"charset=", b"charset ="),
    *(b"spf=pass ", b"header.d=", b"header.i=a@", b"; dkim=pass header.d=a", b"1 Jan ", b"1:"),
    *(b"[1]", b"Re: ", b"[a] ", b"1.", b"http://", b"www.", b"xn--", b"a1", b"$1", b"%41", b"&#"),
    *(b"tests=A,", b"X=1,", b"(1.0) A ", b"FREE ", b"\xc2\xad", b"\xe2\x80\x8b", b"\xd0\xb0"),
    *(b"\xcc\x81", b"\xef\xb7\xba", b"\x1b$B", b"\x1b(B", b"\x1b$B!", b"=?iso-2022-jp?b?GyRC?= "),
]
UNITS = [*SIGNS, *SEQUENCES]
NAMES = (
    b"from to cc subject date list-id message-id content-type content-disposition received "
    b"content-transfer-encoding authentication-results arc-authentication-results received-spf "
    b"reply-to return-path sender list-unsubscribe x-spam-status x-spam-report references "
    b"x-microsoft-antispam x-forefront-antispam-report x-rspamd-score x-mailer in-reply-to"
).split()


def judged(block: bytes) -> None:
    judge(split_header(block), decode_header(block), CONTEXT)


def part_head(block: bytes) -> None:
    read_part_head(block, 0, len(block), lambda line: False)


def plain_message(value: bytes) -> None:
    flowed = b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n"
    for head in (b"Subject: x\r\n\r\n", flowed, b"Content-Transfer-Encoding: base64\r\n\r\n"):
        parse_short((head + value)[:MAX_SHORT_BYTES], complete=True)


def texts(value: bytes) -> None:
    text = value.decode("utf-8", "replace")
    for function in (
        fold,
        accented,
        printable,
        printable_line,
        subject_key,
        with_stable_width,
        plain_body,
    ):
        function(text)
    cut(text, 40)
    link(text, f"https://{text}")
    link(text, f"mailto:{text}")


def cost(read: Callable[[bytes], object], block: bytes) -> float:
    started = thread_time()
    read(block)
    return thread_time() - started


@pytest.fixture(autouse=True)
def unlimited_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded_words, "MAX_VALUE_BYTES", 1 << 30)
    monkeypatch.setattr(fields, "MAX_VALUE_BYTES", 1 << 30)


@pytest.mark.parametrize("name", NAMES, ids=bytes.decode)
@pytest.mark.parametrize("read", [judged, part_head])
def test_every_field_is_read_in_linear_time(read: Callable[[bytes], object], name: bytes) -> None:
    before = b"" if name == b"from" else b"From: Ann <ann@a.example>\r\n"
    for unit in UNITS:
        value = (unit * LENGTH)[:LENGTH]
        assert cost(read, name + b": " + value + b"\r\n" + before) < CEILING_S, unit


@pytest.mark.parametrize("read", [all_fields, short_fields, received_chain, read_head])
def test_every_view_of_a_header_takes_linear_time(read: Callable[[bytes], object]) -> None:
    for unit in UNITS:
        value = (unit * LENGTH)[:LENGTH]
        for name in (b"From", b"Received"):
            assert cost(read, name + b": " + value) < CEILING_S, unit


@pytest.mark.parametrize("read", [plain_message, texts])
def test_every_text_takes_linear_time(read: Callable[[bytes], object]) -> None:
    for unit in UNITS:
        assert cost(read, (unit * LENGTH)[:LENGTH]) < CEILING_S, unit


def test_a_quadratic_parser_would_be_noticed() -> None:
    """Uses the pattern that once parsed parameters."""
    import re

    pattern = re.compile(rb"[;\s]*([^\s=;]{1,80})\s*=")
    spent = cost(pattern.search, b"Content-Type: " + b"; " * 1_000)
    assert spent * (LENGTH / 2_000) ** 2 > CEILING_S
