"""Header blocks: charsets, encoded words, malformed From, repeated and missing fields."""

from __future__ import annotations

import base64
import quopri
import string
import sys
from email.header import Header as WireHeader
from email.utils import formataddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poptui.mail.headers import mailparse
from poptui.mail.headers.decode import MAX_BLOCK_BYTES, TEXT_CHARS, decode_header, header_values
from poptui.mail.headers.header import Address, Header

MIGRATION_CENTRE = b"""Return-Path: <spammer@example.ru>\r
X-Blacklisted-By: cbl.abuseat.org\r
From: "=?koi8-r?B?48XO1NIg7cnH0sHDyck=?=" <spammer@example.ru>\r
To: user@nic.ru\r
Subject: =?koi8-r?B?SGVsbG8=?=\r
Date: Thu, 17 Dec 2009 18:18:12 +0300\r
MIME-Version: 1.0\r
Content-Type: multipart/related;\r
        type="multipart/alternative";\r
        boundary="----=_NextPart_000_003C_01CA7F45.01CA7F45"\r
X-Spam-Rating: 83.69\r
\r
"""

TEXTS = {
    "koi8-r": "Центр Миграции",
    "koi8-u": "Київ і Львів",
    "windows-1251": "Счёт на оплату №5",
    "iso-8859-5": "Привет",
    "cp866": "Отчёт",
    "iso-2022-jp": "会議のお知らせ",
    "shift_jis": "請求書",
    "euc-jp": "こんにちは",
    "gb18030": "发票通知",
    "gb2312": "中文邮件",
    "big5": "電子郵件",
    "euc-kr": "안녕하세요",
    "utf-8": "Grüße 😀 из Köln",
    "utf-7": "Grüße aus Köln",
    "iso-8859-1": "Crème brûlée",
    "windows-1252": "“quoted” – dash €",
    "iso-8859-2": "Žluťoučký kůň",
    "windows-1256": "مرحبا",
    "windows-1255": "שלום",
    "iso-8859-7": "Καλημέρα",
    "tis-620": "สวัสดี",
}


def _subject(value: bytes, *, after: bytes = b"") -> str:
    return decode_header(b"Subject: " + value + b"\r\n" + after).subject


def _sender(value: bytes) -> Address:
    return decode_header(b"From: " + value + b"\r\n\r\n").from_


def test_the_migration_centre_message() -> None:
    header = decode_header(MIGRATION_CENTRE)
    assert header.from_ == Address("Центр Миграции", "spammer@example.ru")
    assert (header.to, header.subject) == ("user@nic.ru", "Hello")
    assert header.date is not None
    assert header.date.isoformat() == "2009-12-17T18:18:12+03:00"
    assert header.attachments is False


@pytest.mark.parametrize("charset", TEXTS)
def test_charsets_in_b_and_q_encoded_words(charset: str) -> None:
    octets = TEXTS[charset].encode(charset)
    name = charset.upper().encode()
    b = b"=?%s?B?%s?=" % (name, base64.b64encode(octets))
    q = b"=?%s?q?%s?=" % (name, quopri.encodestring(octets, header=True).replace(b"?", b"=3F"))
    assert _subject(b) == TEXTS[charset]
    assert _subject(q.replace(b"=\n", b"")) == TEXTS[charset]
    assert _sender(b'"%s" <a@b.example>' % b) == Address(TEXTS[charset], "a@b.example")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"=?utf-8?B?0A==?= =?utf-8?B?pg==?=", "Ц"),
        (b"=?utf-8?B?0A==?=\r\n\t=?UTF-8?Q?=A6?=", "Ц"),
        (b"=?utf-8?q?a?= =?koi8-r?q?=C2?= c", "aб c"),
        (b"Re: =?utf-8?q?gr=C3=BCn?=, blau", "Re: grün, blau"),
        (b"=?utf-8?q?one_two?=three", "one twothree"),
        (b"=?utf-8*de?q?gr=C3=BCn?=", "grün"),
        (b"=?utf-8?B?0KbQtd?=", "Це"),
        (b"=?utf-8?B?0KbQ!!tQ==?=", "Це"),
        (b"=?utf-8?Q?What? yes?=", "What? yes"),
        (b"=?utf-8?Q?with raw spaces?=", "with raw spaces"),
        (b"=?no-such-charset?B?0KY=?=", "Ц"),
        (b"=?punycode?Q?abc-def?=", "abc-def"),
        (b"=?unicode_escape?Q?=5Cu001b?=", "\\u001b"),
        (b"=?utf-7?Q?+2AA-?=", "\ufffd"),
        (b"=?us-ascii?Q?=D0=A6?=", "Ц"),
        (b"=?utf-8?B?", "=?utf-8?B?"),
        (b"=??B?QQ==?=", "A"),
        ("Привет".encode(), "Привет"),
        ("Привет, мир".encode("koi8-r"), "Привет, мир"),
        ("ЗАРАБОТОК без вложений".encode("cp1251"), "ЗАРАБОТОК без вложений"),
        ("Grüße aus Köln".encode("latin-1"), "Grüße aus Köln"),
        (b"\x1b$BF|K\\\x1b(B", "日本"),
        ("Ц".encode("koi8-r") + b" =?koi8-r?Q?=C2?=", "Ц б"),
        (b"one\r\n two\r\n\tthree", "one two three"),
        (b"\r\n folded at once", "folded at once"),
        (b"", ""),
    ],
)
def test_subjects(value: bytes, text: str) -> None:
    assert _subject(value) == text


@pytest.mark.parametrize("charset", [b"", b"iso-8859-1", b"windows-1251", b"x-odd"])
def test_raw_utf8_may_be_cut_within_a_character(charset: bytes) -> None:
    """Servers cut long values at an octet."""
    after = b"Content-Type: text/plain; charset=" + charset + b"\r\n"
    assert _subject("Картинка".encode()[:-1], after=after) == "Картинк\ufffd"
    assert _subject("Größen für Öfen, Türen".encode()[:-6] + b"\xc3", after=after)[:-1] == (
        "Größen für Öfen, "
    )


def test_raw_octets_use_the_charset_of_content_type() -> None:
    octets = "Žluťoučký kůň".encode("iso-8859-2")
    content_type = b'Content-Type: text/plain; charset="ISO-8859-2"\r\n'
    assert _subject(octets, after=content_type) == "Žluťoučký kůň"


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        (b"a@b.example", "", "a@b.example"),
        (b"<a@b.example>", "", "a@b.example"),
        (b"Ann Bee <a@b.example>", "Ann Bee", "a@b.example"),
        (b'"Bee, \\"Ann\\"" <a@b.example>', 'Bee, "Ann"', "a@b.example"),
        (b'"a@b.example" <a@b.example>', "", "a@b.example"),
        (b"Facebook, Inc <x@y.example>", "Facebook, Inc", "x@y.example"),
        (b"=?utf-8?Q?Bee,_Ann?= <a@b.example>", "Bee, Ann", "a@b.example"),
        (b"=?utf-8?B?A?= <a@b.example>", "", "a@b.example"),
        (b"=?utf-8?Q?Ann_=3Ca=40b.example=3E?=", "Ann", "a@b.example"),
        (b"a@b.example (Ann Bee)", "Ann Bee", "a@b.example"),
        (b"Ann (at work) <a@b.example>", "Ann (at work)", "a@b.example"),
        (b"Ann <a@b.example>, Cy <c@d.example>", "Ann", "a@b.example"),
        (b"a@b.example, Cy <c@d.example>", "", "a@b.example"),
        (b"Team: a@b.example, c@d.example;", "Team", "a@b.example"),
        (b"undisclosed-recipients:;", "undisclosed-recipients", ""),
        (b"Ann a@b.example>", "Ann", "a@b.example"),
        (b"Ann <a@b.example", "Ann", "a@b.example"),
        (b"Ann <<a@b.example>>", "Ann", "a@b.example"),
        (b"Mailer <MAILER-DAEMON>", "Mailer", "MAILER-DAEMON"),
        (b"Ann <ann at b.example>", "Ann", "ann at b.example"),
        (b'"real@bank.example" <x@evil.example>', "real@bank.example", "x@evil.example"),
        (b"<@relay.example:a@b.example>", "", "a@b.example"),
        (b"Only A Name", "Only A Name", ""),
        (b"=?x\x00y?B?QQ==?= <a@b.example>", "=?x\x00y?B?QQ==?=", "a@b.example"),
        ("Привет <a@b.example>".encode("cp1251"), "Привет", "a@b.example"),
        (b"", "", ""),
        (b"a:" * 5000, "a", ""),
    ],
)
def test_from(value: bytes, name: str, address: str) -> None:
    assert _sender(value) == Address(name, address)


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        (b"ada@a.example (Ada Lovelace)", "Ada Lovelace", "ada@a.example"),
        (b"hello@pot <ada@a.example>", "hello@pot", "ada@a.example"),
        (b"Facebook, Inc <x@a.example>", "Facebook, Inc", "x@a.example"),
        (b"Offers! ,_<x@a.example>", "Offers! ,_", "x@a.example"),
        (b'"Parcel", now <x@a.example>', '"Parcel", now', "x@a.example"),
        (b"Ada <x@a.example >", "Ada", "x@a.example"),
    ],
)
def test_common_malformed_addresses_do_not_need_mail_parser(
    value: bytes, name: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = mailparse.parse_header(b"From: " + value).from_
    assert read.address in (address, "")
    monkeypatch.setattr(mailparse, "load", lambda: pytest.fail("mail-parser was asked"))
    assert decode_header(b"From: " + value + b"\r\n\r\n").from_ == Address(name, address)


def test_the_first_of_several_mailboxes_is_used() -> None:
    block = b"From: ada@a.example, Bob <bob@b.example>\r\n\r\n"
    assert decode_header(block).from_.address == "ada@a.example"


def test_the_first_of_repeated_headers_is_used() -> None:
    block = b"Subject: one\r\nFrom: a@b.c\r\nSubject: two\r\n three\r\nFrom: d@e.f\r\n\r\n"
    header = decode_header(block)
    assert (header.subject, header.from_.address) == ("one", "a@b.c")


def test_absent_headers_are_empty() -> None:
    assert decode_header(b"") == Header()
    assert decode_header(b"X-Other: 1\r\n\r\nSubject: in the body\r\n") == Header()


def test_bare_line_feeds_and_odd_names() -> None:
    block = (
        b"SUBJECT : one\n two\nmessage-id:<1@b.example>\nlist-id: The List <l.b.example>\n\nTo: x\n"
    )
    header = decode_header(block)
    assert header.subject == "one two"
    assert (header.message_id, header.list_id, header.to) == ("<1@b.example>", "l.b.example", "")
    assert decode_header(b"List-Id: Just words\n").list_id == "Just words"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (b"Content-Type: multipart/mixed; boundary=x", True),
        (b"Content-Type: Multipart/MIXED", True),
        (b"Content-Type: application/pdf", True),
        (b"Content-Disposition: attachment; filename=a", True),
        (b"Content-Type: multipart/alternative; boundary=x", False),
        (b"Content-Type: text/plain", False),
        (b"Content-Type: ;", False),
    ],
)
def test_the_attachment_hint(line: bytes, hint: bool) -> None:
    assert decode_header(line + b"\r\n\r\n").attachments is hint


def test_blocks_and_values_are_capped() -> None:
    assert len(_subject(b"a" * 100_000)) == TEXT_CHARS
    assert len(_subject(b"a\r\n" + b" b\r\n" * 50_000)) == TEXT_CHARS
    late = b"X: " + b"a" * MAX_BLOCK_BYTES + b"\r\nSubject: late\r\n"
    assert decode_header(late).subject == ""


def test_only_requested_fields_are_kept() -> None:
    block = b"Cc: a@b.c\r\nSubject: no\r\n\r\n"
    assert header_values(block, frozenset({b"cc"})) == {b"cc": b"a@b.c"}


def _values(header: Header) -> str:
    return "".join(
        (
            header.from_.name,
            header.from_.address,
            header.to,
            header.subject,
            header.list_id,
            header.message_id,
        )
    )


_PIECES = st.lists(
    st.sampled_from(
        [
            *[b"From: ", b"\r\nSubject: ", b"\r\nDate: ", b"\r\nTo:", b"\r\nList-Id: ", b"\r\n "],
            *[b"=?utf-8?B?", b"=?utf-7?q?", b"=?iso-2022-jp?B?", b"?=", b"\xd0", b"\xff", b"\x00"],
            *[b"<", b">", b'"', b",", b":", b";", b"(", b")", b"@", b"\\", b"+2AA-", b"a", b" "],
            *[b"1 Jan 2024", b" 10:00", b" +9999", b"\x1b$B", b"=", b"?", b"\r", b"\n"],
        ]
    ),
    max_size=40,
).map(b"".join)


@given(st.binary(max_size=400) | _PIECES)
@example(b"From: " + b"(" * 9000)
@example(b"Date: " + b"9" * 9000 + b" Jan 2024 10:00 +0000")
@example(b"From: " + b'"' * 9000)
def test_any_octets_decode_to_encodable_text_without_errors(block: bytes) -> None:
    header = decode_header(block)
    assert _values(header).encode("utf-8") is not None
    assert header.date is None or header.date.utcoffset() is not None


_WORDS = st.text(
    string.ascii_letters + string.digits + " äöüßéèñЖдйяΩあ漢字", min_size=1, max_size=60
)
_NAMES = _WORDS.map(lambda text: " ".join(text.split())).filter(bool)
_LOCAL = st.text(string.ascii_lowercase + string.digits + "+_-", min_size=1, max_size=12)


@given(name=_NAMES, local=_LOCAL, subject=_NAMES, moment=st.datetimes())
def test_well_formed_headers_decode_as_in_mail_parser(
    name: str, local: str, subject: str, moment: object
) -> None:
    address = f"{local}@example.org"
    block = (
        f"From: {formataddr((name, address), 'utf-8')}\r\n"
        f"To: {address}\r\n"
        f"Subject: {WireHeader(subject, 'utf-8').encode(linesep=chr(13) + chr(10))}\r\n"
        f"Message-ID: <{local}@example.org>\r\n"
        "Date: Thu, 17 Dec 2009 18:18:12 +0300\r\n"
    ).encode("ascii")
    ours, theirs = decode_header(block), mailparse.parse_header(block)
    assert ours.from_ == theirs.from_ == Address(name, address)
    assert ours.subject == theirs.subject == subject
    assert (ours.to, ours.message_id, ours.date) == (theirs.to, theirs.message_id, theirs.date)


def test_long_fields_of_many_messages_do_not_fill_memory() -> None:
    fat = "".join(chr(0x1F600 + n % 60) for n in range(20_000)).encode()
    names = (b"From", b"To", b"Subject", b"List-Id", b"Message-ID", b"X-Extra")
    block = b"".join(name + b": " + fat + b" <" + fat + b"@example.org>\r\n" for name in names)
    header = decode_header(block, frozenset({"x-extra"}))
    kept = (*header.from_, header.to, header.subject, header.list_id, header.message_id)
    assert sum(map(sys.getsizeof, (*kept, *header.extra.values()))) < 20_000
