"""Attached texts, invitations, alternative versions, images and winmail.dat."""

from __future__ import annotations

import base64
import struct

import pytest

from poptui.mail.mime.attachments import header_of_text
from poptui.mail.mime.magic import pixels
from poptui.mail.parsed_message import Part, PartLocation
from tests.kit.parsing import parse_here

ICS = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Budget review\r\n"
    "DTSTART:20261203T140000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def mixed(*parts: str, kind: str = "mixed") -> bytes:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary=b\r\n\r\n{body}--b--\r\n".encode()


def part(kind: str, name: str, contents: str, disposition: str = "attachment") -> str:
    named = f'; filename="{name}"' if name else ""
    return f"Content-Type: {kind}\r\nContent-Disposition: {disposition}{named}\r\n\r\n{contents}"


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nAll",
        b"Content-Type: text/html\r\nContent-Disposition: attachment\r\n\r\n<p>All",
        mixed(part("text/plain", "body.txt", "All"), part("image/png", "a.png", "x")),
    ],
)
def test_a_single_text_declared_as_an_attachment_is_shown(raw: bytes) -> None:
    parsed = parse_here(raw)
    assert parsed.body.text == "All"
    assert len(parsed.attachments) == raw.count(b"attachment")


def test_a_second_text_stays_an_attachment() -> None:
    parsed = parse_here(mixed("\r\nHello", part("text/plain", "notes.txt", "Notes")))
    assert parsed.body.text == "Hello"
    assert [(part.name, part.opens) for part in parsed.attachments] == [("notes.txt", True)]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("application/ics", "invite.ics"),
        ("text/calendar; method=REQUEST", "invite.ics"),
        ("application/octet-stream", "Invite.ICS"),
        ("text/calendar", ""),
    ],
)
def test_attached_invitations_are_shown(kind: str, name: str) -> None:
    parsed = parse_here(mixed("\r\nYou are invited.", part(kind, name, ICS)))
    assert "What      Budget review" in parsed.body.text
    assert [part.name for part in parsed.attachments] == [name or "invitation.ics"]


def test_an_invitation_in_two_parts_is_shown_once() -> None:
    forms = mixed("\r\nHi", part("text/calendar", "", ICS, "inline"), kind="alternative").decode()
    inner = forms.replace("boundary=b", "boundary=c").replace("--b", "--c")
    parsed = parse_here(mixed(inner, part("application/ics", "invite.ics", ICS)))
    assert parsed.body.text.count("Budget review") == 1
    assert [part.name for part in parsed.attachments] == ["invitation.ics", "invite.ics"]


def test_an_amp_version_is_not_an_attachment() -> None:
    raw = mixed(
        "Content-Type: text/plain\r\n\r\nHello",
        "Content-Type: text/x-amp-html\r\n\r\n<html amp4email>Hello",
        "Content-Type: text/html\r\n\r\n<p>Hello",
        kind="alternative",
    )
    parsed = parse_here(raw)
    assert parsed.attachments == ()
    assert [body.text for body in parsed.bodies] == ["Hello", "Hello"]


@pytest.mark.parametrize("kind", ["application/ms-tnef", "application/octet-stream"])
def test_winmail_dat_is_reported_as_outlook_format(kind: str) -> None:
    tnef = part(f"{kind}\r\nContent-Transfer-Encoding: base64", "winmail.dat", "eJ8+IgEAAQaQCAAE")
    parsed = parse_here(mixed("\r\nSee the offer.", tnef))
    assert any("Outlook's own format, TNEF" in remark.sentence for remark in parsed.remarks)


@pytest.mark.parametrize(
    ("declared", "name", "actual", "opens"),
    [
        ("text/plain", "a.txt", "", True),
        ("text/csv", "", "", True),
        ("text/x-log", "a.log", "", True),
        ("application/octet-stream", "a.LOG", "", True),
        ("", "a.md", "", True),
        ("application/json", "", "", True),
        ("text/html", "invoice.html", "text/html", True),
        ("text/plain", "a.sh", "text/x-shellscript", True),
        ("message/rfc822", "", "", True),
        ("text/plain", "a.txt", "application/x-msdownload", False),
        ("application/octet-stream", "a.bin", "", False),
        ("application/pdf", "a.txt", "application/pdf", False),
        ("image/png", "a.png", "image/png", False),
    ],
)
def test_which_attachments_can_be_opened(
    declared: str, name: str, actual: str, opens: bool
) -> None:
    assert Part(name, declared, 3, actual, location=PartLocation(1, 4)).opens is opens
    assert not Part(name, declared, 3, actual, location=PartLocation(0, 0)).opens


@pytest.mark.parametrize(
    ("text", "charset"),
    [("Größe;1\nб;2", "utf-8"), ("Größe", "iso-8859-1"), ("Größe", ""), ("plain", "x y\r\nX: z")],
)
def test_a_text_part_gets_a_header_to_be_parsed_as_a_message(text: str, charset: str) -> None:
    octets = text.encode(charset if charset and " " not in charset else "utf-8")
    name = "Übersicht\r\nX-Evil: 1.csv"
    parsed = parse_here(header_of_text(Part(name, "text/csv", 3, charset=charset)) + octets)
    assert parsed.body.text == text
    assert parsed.header.subject.split() == name.split()
    assert parsed.attachments == ()


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480)
JPEG = (
    b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(10) + b"\xff\xc2\0\x11\x08" + struct.pack(">HH", 480, 640)
)


@pytest.mark.parametrize(
    "head",
    [
        PNG,
        JPEG + bytes(8),
        b"GIF89a" + struct.pack("<HH", 640, 480),
        b"BM" + bytes(16) + struct.pack("<ii", 640, -480) + bytes(8),
        b"RIFF    WEBPVP8 " + bytes(10) + struct.pack("<HH", 640, 480) + bytes(4),
        b"RIFF    WEBPVP8L" + bytes(5) + struct.pack("<I", 639 | 479 << 14) + bytes(9),
        b"RIFF    WEBPVP8X" + bytes(8) + b"\x7f\x02\0\xdf\x01\0" + bytes(4),
    ],
)
def test_image_dimensions(head: bytes) -> None:
    assert pixels(head) == "640×480"
    for cut in range(len(head)):
        assert pixels(head[:cut]) in ("", "640×480")


def test_an_image_is_listed_with_its_dimensions() -> None:
    encoded = base64.b64encode(PNG).decode()
    raw = mixed("\r\nHi", part("image/png\r\nContent-Transfer-Encoding: base64", "a.png", encoded))
    assert [part.pixels for part in parse_here(raw).attachments] == ["640×480"]
    assert pixels(b"\xff\xd8" + b"\xff" * 70_000) == pixels(b"") == pixels(b"BM") == ""
