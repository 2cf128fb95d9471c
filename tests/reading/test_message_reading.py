"""Complete messages, most of them broken in ways that occur in real mail."""

from __future__ import annotations

import base64
import logging
import quopri

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poptui.mail.headers import mailparse
from poptui.mail.headers.header import Address
from poptui.mail.link import Link
from poptui.mail.mime.structure import MAX_PARTS
from poptui.mail.parsed_message import MAX_LINES, MAX_TEXT_CHARACTERS, ParsedMessage
from poptui.mail.reader.parse import as_raw_text
from poptui.mail.reader.reader import parse_message
from tests.kit.parsing import parse_here

HEAD = b"From: Ann <a@b.example>\r\nSubject: A letter\r\nMIME-Version: 1.0\r\n"
MIXED = HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'


def problems_of(parsed: ParsedMessage) -> tuple[str, ...]:
    return tuple(remark.sentence for remark in (*parsed.remarks, *parsed.body.remarks))


def _single(content_type: bytes, body: bytes, encoding: bytes = b"8bit") -> bytes:
    """Return a message of one part."""
    head = HEAD + b"Content-Type: " + content_type + b"\r\n"
    return head + b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body


def _multi(*parts: bytes, kind: bytes = b"mixed", end: bytes = b"--b--\r\n") -> bytes:
    """Return a multipart message. Each of ``parts`` includes its header lines."""
    head = HEAD + b'Content-Type: multipart/%s; boundary="b"\r\n\r\nPreamble\r\n' % kind
    return head + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + end


def _nested(levels: int) -> bytes:
    """Return nested multiparts."""
    line = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
    return b"".join(line % (level, level) for level in range(levels))


PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "Grüße".encode()
HTML = b"Content-Type: text/html\r\n\r\n<p>Hi <a href='http://x.example/'>there</a>"
PDF = (
    b'Content-Type: application/pdf; name="bill.pdf"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nQUJDRA==\r\n"
)
FORWARDED = b"Content-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?gr=C3=BCn?=\r\n\r\nInner text"

TEXTS: dict[str, tuple[bytes, str]] = {
    "no MIME at all": (b"Subject: x\r\n\r\none\r\ntwo\r\n", "one\ntwo\n"),
    "no header at all": (b"\r\nbody\r\n", "body\n"),
    "no body": (b"Subject: x\r\n", ""),
    "bare line feeds": (b"Subject: x\n\none\ntwo", "one\ntwo"),
    "nothing": (b"", ""),
    "raw utf-8, no charset": (b"Subject: x\r\n\r\n" + "Grüße".encode(), "Grüße"),
    "raw koi8-r, no charset": (
        b"Subject: x\r\n\r\n" + "Привет, мир".encode("koi8-r"),
        "Привет, мир",
    ),
    "windows-1251 declared": (
        _single(b"text/plain; charset=windows-1251", "Привет".encode("cp1251")),
        "Привет",
    ),
    "us-ascii declared, cp1251 sent": (
        _single(b"text/plain; charset=us-ascii", "Привет, как дела".encode("cp1251")),
        "Привет, как дела",
    ),
    "utf-8 declared, latin-1 sent": (
        _single(b"text/plain; charset=utf-8", "Crème brûlée".encode("latin-1")),
        "Crème brûlée",
    ),
    "utf-8 with one broken octet": (
        _single(b"text/plain; charset=utf-8", "Привет, мир".encode() + b"\xff"),
        "Привет, мир\ufffd",
    ),
    "unknown charset": (_single(b"text/plain; charset=x-odd", "Grüße".encode()), "Grüße"),
    "charset that is no charset": (_single(b"text/plain; charset=zlib", b"plain"), "plain"),
    "iso-2022-jp as 7bit": (
        _single(b"text/plain; charset=iso-2022-jp", "会議".encode("iso-2022-jp"), b"7bit"),
        "会議",
    ),
    "utf-7": (_single(b"text/plain; charset=utf-7", "Grüße".encode("utf-7"), b"7bit"), "Grüße"),
    "utf-16 in base64": (
        _single(
            b"text/plain; charset=utf-16", base64.b64encode("héllo".encode("utf-16")), b"base64"
        ),
        "héllo",
    ),
    "utf-32 with its mark": (
        _single(
            b"text/plain; charset=utf-32", base64.b64encode("wörd".encode("utf-32")), b"base64"
        ),
        "wörd",
    ),
    "iso-2022-jp, no charset": (b"Subject: x\r\n\r\n" + "会議".encode("iso-2022-jp"), "会議"),
    "cut within a character": (
        _single(b"text/plain; charset=utf-8", "яя".encode()[:-1]),
        "я\ufffd",
    ),
    "undeclared base64": (
        _single(b"text/plain", base64.encodebytes(b"words " * 40)),
        "words " * 40,
    ),
    "quoted-printable": (
        _single(
            b"text/plain; charset=utf-8", quopri.encodestring("Grüße".encode()), b"Quoted-Printable"
        ),
        "Grüße",
    ),
    "damaged quoted-printable": (
        _single(b"text/plain", b"a=3Db=ZZc=\r\nd=4", b"quoted-printable"),
        "a=b=ZZcd=4",
    ),
    "damaged base64": (_single(b"text/plain", b"aGVs!!bG8", b"base64"), "hello"),
    "base64 with a footer behind it": (
        _multi(b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n"),
        "hello",
    ),
    "an encoding with a comment": (
        _multi(b"Content-Transfer-Encoding: BASE64 (yes)\r\n\r\naGVsbG8=\r\n"),
        "hello",
    ),
    "an unknown encoding": (_single(b"text/plain", b"as it is", b"x-odd"), "as it is"),
    "plain beside HTML": (_multi(PLAIN, HTML, kind=b"alternative"), "Grüße"),
    "HTML first": (_multi(HTML, PLAIN, kind=b"alternative"), "Grüße"),
    "empty plain beside HTML": (
        _multi(b"Content-Type: text/plain\r\n\r\n \r\n", HTML, kind=b"alternative"),
        "Hi there [1]",
    ),
    "two texts": (_multi(PLAIN, PLAIN), "Grüße\n\nGrüße"),
    "text, then HTML": (_multi(PLAIN, HTML), "Grüße\n\nHi there [1]"),
    "HTML twice, links counted on": (_multi(HTML, HTML), "Hi there [1]\n\nHi there [2]"),
    "HTML as each alternative": (_multi(HTML, HTML, kind=b"alternative"), "Hi there [1]"),
    "HTML whose meta names the charset": (
        _single(b"text/html", b'<meta charset="windows-1251"><p>' + "Привет".encode("cp1251")),
        "Привет",
    ),
    "a boundary that is folded": (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="a\r\n b"\r\n\r\n--a b\r\n\r\nx\r\n--a b--\r\n',
        "x",
    ),
    "an encoded word in an attachment's place": (
        _multi(PLAIN, b"Content-Type: image/png; name==?utf-8?q?=C3=BC.png?=\r\n\r\nx"),
        "Grüße",
    ),
    "a delimiter right below the header": (
        _multi(PLAIN).replace(b"\r\n\r\nPreamble", b""),
        "Grüße",
    ),
    "a blank line in place of the empty one": (
        _multi(PLAIN).replace(b"\r\n\r\nPreamble", b"\r\n \t"),
        "Grüße",
    ),
    "a text right below the header": (HEAD + b"One line\r\n\r\nand one", "One line\n\nand one"),
    "a text below a blank line": (HEAD + b" \r\none\r\n\r\ntwo", "one\n\ntwo"),
    "a text right below the header of a part": (
        _multi(b"Content-Type: text/plain\r\nOne line\r\n\r\nand one"),
        "One line\n\nand one",
    ),
    "a broken line in the header": (
        b"Subject: long\r\nwithout fold\r\nX-Mailer: x\r\n" + _single(b"text/plain", b"x"),
        "x",
    ),
    "an empty multipart before the text": (
        _multi(
            b"Content-Type: multipart/related; boundary=c\r\n\r\n--c--\r\n",
            PLAIN,
            kind=b"related",
        ),
        "Grüße",
    ),
    "plain beside another kind of text": (
        _multi(PLAIN, b"Content-Type: text/x-vertical\r\n\r\nG\r\nr", kind=b"alternative"),
        "Grüße",
    ),
    "another kind of text alone": (
        _multi(b"Content-Type: text/x-odd\r\n\r\nx", kind=b"alternative"),
        "x",
    ),
    "parts that the header does not announce": (
        HEAD + b"\r\nThis is a MIME message.\r\n--b\r\n" + PLAIN + b"\r\n--b--\r\n",
        "Grüße",
    ),
    "parts below a header that ends early": (
        HEAD + b'\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' + PLAIN,
        "Grüße",
    ),
    "parts that are quoted": (
        HEAD + b"\r\nLook:\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--",
        "Look:\n--b\nContent-Type: text/plain\n\nx\n--b--",
    ),
    "a reference to a file": (
        _multi(b'Content-Type: message/external-body; name="x.ps"\r\n\r\nContent-Type: a/b\r\n'),
        "[a reference to a file elsewhere: x.ps; among the attachments]",
    ),
    "a piece of a message": (
        _multi(b"Content-Type: message/partial; id=a; number=2\r\n\r\nx"),
        "[a piece of a message that was sent in several; among the attachments]",
    ),
    "a content type without sense": (_single(b"text", b"x"), "x"),
    "a signed text": (
        _multi(PLAIN, b"Content-Type: application/pgp-signature\r\n\r\nx", kind=b"signed"),
        "Grüße",
    ),
}


@pytest.mark.parametrize("case", TEXTS)
def test_the_shown_text(case: str) -> None:
    raw, text = TEXTS[case]
    assert parse_here(raw).body.text.strip() == text.strip()


@pytest.mark.parametrize("case", [case for case, (raw, _) in TEXTS.items() if b"multi" not in raw])
async def test_parse_message_shows_the_same_text(case: str) -> None:
    raw, text = TEXTS[case]
    assert (await parse_message(raw, seconds=60)).body.text.strip() == text.strip()


def test_a_complete_message() -> None:
    raw = b"Cc: =?utf-8?q?J=C3=BCrgen?= <j@b.example>\r\n" + _multi(HTML, PDF, FORWARDED)
    parsed = parse_here(raw)
    assert parsed.header.from_ == Address("Ann", "a@b.example")
    assert parsed.header.attachments
    assert parsed.cc == "Jürgen <j@b.example>"
    assert parsed.body.html
    assert parsed.body.text == (
        "Hi there [1]\n\n[enclosed message: grün; among the attachments, to be opened]"
    )
    assert parsed.body.links == (Link("there", "http://x.example/"),)
    assert (parsed.attachments[0].name, parsed.attachments[0].declared) == (
        "bill.pdf",
        "application/pdf",
    )
    assert parsed.attachments[0].octets == 4
    assert parsed.attachments[1].name == "grün"
    assert parsed.attachments[1].declared == "message/rfc822"
    assert problems_of(parsed) == ()
    assert [part.is_message for part in parsed.attachments] == [False, True]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b'Content-Disposition: attachment; filename="a b.txt"', "a b.txt"),
        (b"Content-Disposition: attachment; filename*=utf-8''%D0%A6.txt", "Ц.txt"),
        (b"Content-Disposition: attachment; filename*0*=koi8-r''%C1; filename*1=.txt", "а.txt"),
        (b'Content-Disposition: attachment; filename="=?koi8-r?B?wQ==?=.txt"', "а.txt"),
        (b'Content-Disposition: attachment; filename="' + "ü.txt".encode() + b'"', "ü.txt"),
        (b'Content-Disposition: attachment; filename="../../etc/passwd"', "../../etc/passwd"),
        (b"Content-Disposition: attachment; filename*" + b"9" * 5000 + b"*=x", ""),
        (b"Content-Disposition: attachment; filename*=no-charset'x'%ff", "я"),
        (b"Content-Disposition: attachment", ""),
    ],
)
def test_attachment_names(line: bytes, name: str) -> None:
    raw = _multi(PLAIN, b"Content-Type: text/plain\r\n" + line + b"\r\n\r\nx")
    parsed = parse_here(raw)
    assert parsed.body.text == "Grüße"
    assert [part.name for part in parsed.attachments] == [name]


def test_an_inline_text_with_a_name_is_shown_and_listed() -> None:
    raw = _multi(b'Content-Type: text/plain; name="n.txt"\r\nContent-Disposition: inline\r\n\r\nx')
    parsed = parse_here(raw)
    (part,) = parsed.attachments
    assert (parsed.body.text, part.name, part.octets, part.inline) == ("x", "n.txt", 1, True)


def test_an_invitation_among_alternatives_is_listed() -> None:
    calendar = b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR"
    parsed = parse_here(_multi(PLAIN, HTML, calendar, kind=b"alternative"))
    assert (parsed.body.text, parsed.body.html, parsed.body.links) == ("Grüße", False, ())
    assert [part.declared for part in parsed.attachments] == ["text/calendar"]


PROBLEMS: dict[str, tuple[bytes, str]] = {
    "cut off": (_multi(PLAIN, end=b""), "ends before its last part"),
    "no boundary named": (HEAD + b"Content-Type: multipart/mixed\r\n\r\ntext\r\n", "never begin"),
    "boundary never comes": (MIXED + b"text\r\n", "never begin"),
    "inner boundary never comes, outer unclosed": (
        _multi(b"Content-Type: multipart/mixed; boundary=c\r\n\r\ntext", end=b""),
        "never begin",
    ),
    "damaged base64": (
        _multi(b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8\r\n"),
        "base64 is damaged",
    ),
    "wrong charset": (
        _multi(b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xfd\xfc\xfb"),
        "does not fit its charset",
    ),
    "malformed header": (b"Subject: x\r\nno colon here\r\n" + MIXED + b"--b--\r\n", "header"),
    "thousands of parts": (MIXED + b"--b\r\n\r\nx\r\n" * (MAX_PARTS + 5) + b"--b--", "1000 parts"),
    "nested too deeply to walk": (
        _nested(90),
        "nested too deeply",
    ),
    "nested too deeply to parse": (
        _nested(5000),
        "nested too deeply",
    ),
    "a form": (_single(b"text/html", b"<form action='http://x.example'>a</form>"), "form"),
    "too much text": (
        _single(b"text/plain", b"word\n" * (MAX_TEXT_CHARACTERS // 4)),
        "The text is cut",
    ),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_broken_messages_are_reported(case: str) -> None:
    raw, words = PROBLEMS[case]
    parsed = parse_here(raw)
    assert any(words in problem for problem in problems_of(parsed)), problems_of(parsed)
    assert all(problem.endswith(".") for problem in problems_of(parsed))
    assert len(parsed.body.text) <= MAX_TEXT_CHARACTERS


@pytest.mark.parametrize("case", ["no boundary named", "boundary never comes"])
def test_text_without_its_boundary_is_shown(case: str) -> None:
    assert parse_here(PROBLEMS[case][0]).body.text == "text"


def test_raw_text_is_cut_and_reported() -> None:
    parsed = as_raw_text(
        b"Subject: x\r\n\r\n" + "日".encode() * MAX_TEXT_CHARACTERS, "It is broken."
    )
    assert parsed.header.subject == "x"
    assert parsed.body.text.startswith("Subject: x\n\n日日日")
    assert problems_of(parsed) == (
        "It is broken.",
        f"Only its first {MAX_TEXT_CHARACTERS:,} octets are shown.",
    )


def test_too_many_lines_are_cut_and_reported() -> None:
    raw = b"Subject: x\r\n\r\nfirst" + b"\n" * 2 * MAX_LINES + b"last"
    for parsed in (parse_here(raw), as_raw_text(raw, "It is broken.")):
        assert parsed.body.text.count("\n") < MAX_LINES
        assert any("The text is cut" in problem for problem in problems_of(parsed))


def test_long_parameters_are_cut_before_they_are_read() -> None:
    raw = _multi(b"Content-Type: text/plain; " + b'a="b"; ' * 15_000 + b"\r\n\r\nx", PLAIN)
    assert parse_here(raw).body.text == "x\n\nGrüße"


def test_thousands_of_nested_messages_are_handled() -> None:
    (part,) = parse_here(b"Content-Type: message/rfc822\r\n\r\n" * 3000).attachments
    assert part.is_message


def test_nothing_is_logged(capfd: pytest.CaptureFixture[str]) -> None:
    parse_here(_multi(b"Content-Type: text/x-odd; charset=\x1b[2J\r\n\r\nx", PDF))
    mailparse.parse_header(b"Subject: =?shift_jis?B?A?=\x1b]0;x\x07\r\n")
    logging.getLogger("mailparser.core").error("to no one")
    assert capfd.readouterr() == ("", "")


def test_an_error_in_mail_parser_gives_an_empty_header() -> None:
    assert mailparse.parse_header(b"From: =?utf-8?B?A?= <a@b.c>\r\n").subject == ""
    assert mailparse.parse_header(b"Subject: =?a\x00b?B?QQ==?=\r\n").from_ == Address()
    assert mailparse.parse_header(b"Subject: one\r\nSubject: two\r\n").subject == "one"


def _strings(parsed: ParsedMessage) -> str:
    parts = [
        *[part.name for part in parsed.attachments],
        *[link.text for link in parsed.body.links],
    ]
    return "".join(
        (parsed.body.text, parsed.cc, parsed.header.subject, *parts, *problems_of(parsed))
    )


_LINES = st.sampled_from(
    [
        *[b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: text/html; charset=utf-7"],
        *[b"Content-Type: multipart/alternative; boundary=c", b"--b", b"--c", b"--b--", b"--c--"],
        *[b"Content-Type: message/rfc822", b"Content-Transfer-Encoding: base64", b"", b"", b"text"],
        *[b"Content-Type: multipart/digest; boundary=b", b"Content-Transfer-Encoding: x-uuencode"],
        *[b"begin 644 x", b"\xff\xd8", b"+2AA-", b"<a href=x>y", b" folded", b"Subject: \xff"],
        *[b"Content-Type: message/delivery-status", b"Content-Type: message/external-body; x"],
        *[
            b"Content-Disposition: attachment; filename*=utf-8'",
            b"Content-Type: text/plain; name=\x00",
        ],
    ]
)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.lists(_LINES, max_size=30).map(b"\r\n".join))
def test_any_octets_parse_to_encodable_text(raw: bytes) -> None:
    assert _strings(parse_here(raw)).encode("utf-8") is not None
