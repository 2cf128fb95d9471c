"""Text declared with a wrong charset or encoding, as in real mail, is decoded correctly."""

from __future__ import annotations

import base64

import pytest

from poptui.mail.headers.decode import decode_header
from tests.kit.parsing import parse_here


def text_of(body: bytes, content_type: str, encoding: str = "8bit") -> str:
    head = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return parse_here(head.encode() + body).body.text


GERMAN, JAPANESE, RUSSIAN = (
    "Gr\u00fc\u00dfe aus K\u00f6ln",
    "\u672c\u65e5\u306e\u304a\u77e5\u3089\u305b",
    "\u041f\u0440\u0438\u0432\u0435\u0442 \u0432\u0441\u0435\u043c",
)
NEC = b"\x1b$B2q5D$O\x1b(B\x1b$B-!\x1b(B\x1b$B;~$G$9\x1b(B"
"""A text with a circled digit, which Python's iso2022_jp rejects."""


@pytest.mark.parametrize(
    ("octets", "charset", "text"),
    [
        (GERMAN.encode("utf-16-le"), "utf-16", GERMAN),
        (GERMAN.encode("utf-16-be"), "utf-16", GERMAN),
        (JAPANESE.encode("utf-16-be") * 3, "utf-16", JAPANESE * 3),
        (JAPANESE.encode("utf-16-le") * 3, "utf-16", JAPANESE * 3),
        (RUSSIAN.encode("utf-16-le"), "utf-16", RUSSIAN),
        (GERMAN.encode("utf-16"), "utf-16", GERMAN),
        (GERMAN.encode("utf-16-le"), "utf-8", GERMAN),
        (GERMAN.encode("utf-16-be"), "iso-8859-1", GERMAN),
        (GERMAN.encode("utf-16-le"), "", GERMAN),
        (NEC, "iso-2022-jp", "\u4f1a\u8b70\u306f\u2460\u6642\u3067\u3059"),
        (NEC, "", "\u4f1a\u8b70\u306f\u2460\u6642\u3067\u3059"),
        (b"\x1b$B-j\x1b(B A", "iso-2022-jp", "\u3231 A"),
        (b"\x1b$By!\x1b(B", "iso-2022-jp", "\u7e8a"),
        (b"\x1b(I6E\x1b(B", "iso-2022-jp", "\uff76\uff85"),
        (JAPANESE.encode("iso2022_jp"), "iso-2022-jp", JAPANESE),
        (JAPANESE.encode("iso2022_jp_2004"), "iso-2022-jp-2004", JAPANESE),
        (JAPANESE.encode("cp932"), "iso-2022-jp", JAPANESE),
        (JAPANESE.encode("euc_jp"), "iso-2022-jp", JAPANESE),
        (JAPANESE.encode("utf-8"), "iso-2022-jp", JAPANESE),
        (GERMAN.encode("utf-8"), "iso-8859-1", GERMAN),
        (GERMAN.encode("utf-8"), "us-ascii", GERMAN),
        (GERMAN.encode("cp1252"), "utf-8", GERMAN),
        (GERMAN.encode("cp1252"), "us-ascii", GERMAN),
    ],
)  # fmt: skip
def test_text_under_a_wrong_charset(octets: bytes, charset: str, text: str) -> None:
    declared = f"text/plain; charset={charset}" if charset else "text/plain"
    assert text_of(octets, declared) == text
    encoded = base64.encodebytes(octets)
    assert text_of(encoded, declared, "base64") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (
            "\U0001f4a5 =?utf-8?q?You=E2=80=99ve_won!?= \U0001f381".encode(),
            "\U0001f4a5 You\u2019ve won! \U0001f381",
        ),
        ("\u00fcber =?iso-8859-1?q?=FCber?=".encode(), "\u00fcber \u00fcber"),
        (b"\xfcber =?iso-8859-1?q?=FCber?=", "\u00fcber \u00fcber"),
        ("\u00fcber".encode(), "\u00fcber"),
        (b"=?ISO-2022-JP?B?GyRCLWo0dUs+GyhCIDIwMjY=?=", "\u3231\u5e0c\u671b 2026"),
        (b"=?iso-2022-jp?b?" + base64.b64encode(JAPANESE.encode("cp932")) + b"?=", JAPANESE),
    ],
)  # fmt: skip
def test_subjects_under_a_wrong_charset(value: bytes, text: str) -> None:
    for content_type in (b"", b"Content-Type: text/plain; charset=windows-1252\r\n"):
        assert decode_header(content_type + b"Subject: " + value + b"\r\n").subject == text


QUOTED = (
    b"Gr=C3=BC=C3=9Fe aus dem S=C3=BCden, wo die Sonne scheint, der Wein gut=\r\n"
    b" ist und man lange schl=C3=A4ft, w=C3=A4hrend andere arbeiten, wie=\r\n"
    b" man h=C3=B6rt.\r\n"
)
SIGNATURE = (
    b"ARC-Seal: i=1; a=rsa-sha256; t=1582925921; cv=none;\r\n"
    b"        b=Abcdefghij=20klmnop=\r\n"
    b"ARC-Message-Signature: i=1; a=rsa-sha256; b=Qrstuvw=09xyz=\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; bh=AbC=20dEf=\r\n"
)


def test_undeclared_quoted_printable_is_decoded() -> None:
    text = text_of(QUOTED, "text/plain; charset=utf-8", "7bit")
    assert text.startswith("Gr\u00fc\u00dfe aus dem S\u00fcden, wo")
    assert "man lange schl\u00e4ft" in text


@pytest.mark.parametrize(
    "body",
    [
        SIGNATURE,
        b"https://x.example/?a=20&b=3D\r\n" * 5,
        b"total=\r\n2=20\r\nsum=\r\n3=20\r\n4=3D\r\n",
        b"if x == 20:\r\n    y=3D\r\n" * 4,
        b"key=C3=A9\r\nname=\r\nvalue=\r\nother=20\r\n",
        QUOTED + b"x = y\r\n",
        b"A" * 90 + b"=\r\n" + QUOTED,
    ],
)
def test_seven_bit_text_is_not_mistaken_for_quoted_printable(body: bytes) -> None:
    text = text_of(body, "text/plain", "7bit")
    assert text.rstrip().split("\n") == body.decode().rstrip().split("\r\n")


def test_the_header_of_a_returned_message_is_never_decoded() -> None:
    raw = (
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\nIt came back.\r\n--b\r\n"
        b"Content-Type: text/rfc822-headers\r\n\r\n" + SIGNATURE + QUOTED + b"\r\n--b--\r\n"
    )
    parsed = parse_here(raw)
    assert "b=Abcdefghij=20klmnop=\n" in parsed.body.text
    assert "Gr=C3=BC" in parsed.body.text
    assert parsed.remarks == ()


FOOTER = b"\r\n-- \r\nverein mailing list\r\nverein@lists.example\r\n"


@pytest.mark.parametrize(
    "text", ["Hallo Welt, morgen um acht.", "Hallo Welt, morgen um 8.", "Hi" * 9]
)
@pytest.mark.parametrize("footer", [FOOTER, b"\r\n_____\r\nsent by our list to all of you\r\n"])
def test_base64_is_decoded_and_a_footer_after_it_kept(text: str, footer: bytes) -> None:
    encoded = base64.encodebytes(text.encode()).replace(b"\n", b"\r\n")
    shown = text_of(encoded + footer, "text/plain; charset=utf-8", "base64")
    assert shown.split("\n\n")[0] == text
    assert footer.split()[-1].decode() in shown


@pytest.mark.parametrize(
    "body",
    [b"Hello Ann,\r\n\r\nsee you at eight o'clock.\r\n", b"Hallo123\r\nplain it is, all of it\r\n"],
)
def test_plain_text_declared_as_base64_is_kept(body: bytes) -> None:
    shown = text_of(body, "text/plain; charset=utf-8", "base64")
    assert shown.split() == body.decode().split()


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (
            b'filename*0="=?utf-8?Q?Ma=C3=9Fnahmen_?="; filename*1="=?utf-8?Q?2020=2Ehtml?="',
            "Ma\u00dfnahmen 2020.html",
        ),
        (b"filename*0=a; filename*1=b.txt", "ab.txt"),
        (b"filename*=utf-8''Ma%C3%9F.txt", "Ma\u00df.txt"),
        (b'; ; filename = "a b.txt" ;;', "a b.txt"),
        (b'junk filename="a.txt"', "a.txt"),
        (b'"junk; filename=a.txt', "a.txt"),
    ],
)  # fmt: skip
def test_attachment_file_names(disposition: bytes, name: str) -> None:
    raw = b"Content-Disposition: attachment; " + disposition + b"\r\n\r\nx"
    assert [part.name for part in parse_here(raw).attachments] == [name]
