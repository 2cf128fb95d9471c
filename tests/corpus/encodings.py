"""Transfer encodings that are wrong, truncated or undeclared; endless, signed and special texts."""

from __future__ import annotations

import binascii
from collections.abc import Iterator

from tests.corpus.sample import TEXT, Sample, b64, coded, file, part, parts, plain, qp, sample

BASE64 = coded(plain("utf-8"), "base64")
QUOTED = coded(plain("utf-8"), "quoted-printable")
RECEIPT = "Final-Recipient: rfc822; ann@example.org\nDisposition: manual-action/x; displayed\n"
MIME = "MIME-Version: 1.0\nContent-Type: "


def samples() -> Iterator[Sample]:
    """Yield the samples by kind of encoding problem."""
    yield from _undeclared()
    yield from _damaged()
    yield from _within_text()
    yield from _endless()
    yield from _special()


def _undeclared() -> Iterator[Sample]:
    said = "without saying so"
    yield sample("base64 undeclared", "", b64(b"secretly so. " * 40), "secretly so.", said)
    soft = qp("Überall über große Brücken gehen, müde Füße und kein Ende, ".encode() * 3)
    yield sample("quoted-printable undeclared", plain("utf-8"), soft, "müde Füße", said)
    yield sample(
        "base64 of a few plain words", BASE64, "never was base64 at all", "never was base64"
    )
    wide = b64("utf-32 with its mark".encode("utf-32"))
    yield sample("utf-32", coded(plain("utf-32"), "base64"), wide, "utf-32 with its mark")
    fields, body = parts("mixed", TEXT)
    yield sample(
        "parts encoded as a whole",
        coded(fields, "base64"),
        b64(body),
        "the plain text",
        "encoded as a whole",
    )


def _damaged() -> Iterator[Sample]:
    cut = b64("cut here: яяя".encode()).strip()[:-3]
    yield sample("base64 cut within a character", BASE64, cut, "cut here: яя", "base64 is damaged")
    yield sample("base64 with a footer", BASE64, b64(b"above it") + b"_____\nfooter", "above it")
    yield sample("base64 padded halfway", BASE64, b64(b"padded o") + b64(b"nce more"), "once more")
    yield sample("quoted-printable cut", QUOTED, "cut in an escape: =C3=BC =C3=", "escape: ü")
    yield sample("quoted-printable in lower case", QUOTED, "gr=c3=b6=c3=9fer", "größer")
    yield sample("an encoding that acts", coded(plain("utf-8"), "\x1b[2J"), "as it is", "as it is")
    yield sample(
        "a length that lies",
        f"Content-Length: 2147483648\nLines: -1\n{plain('utf-8')}",
        "two gigabytes",
        "two gigabytes",
    )


def _within_text() -> Iterator[Sample]:
    gif = uuencoded("chart.gif", b"GIF89a" + bytes(90))
    yield sample(
        "a file in the text", "", b"before\n" + gif + b"after", "before", "after", "chart.gif"
    )
    yield sample("a file is all the text", "", gif, "chart.gif", hides=("begin 644",))
    yield sample("a file in the text, cut", "", b"half of it\n" + gif[:80], "half of it")
    path = uuencoded("../../.bashrc", b"x" * 60)
    yield sample("a file in the text as a path", "", b"escaping\n" + path, "escaping", ".bashrc")
    lies = b"lengths\nbegin 644 lie\nM!!\n~~~~\n`\nend\n"
    yield sample("a file whose lengths lie", "", lies, "lengths")
    yield sample("yEnc", plain("latin1"), b"=ybegin line=128 name=y\n\x8b\x8c\n=yend", "=ybegin")


def uuencoded(name: str, data: bytes) -> bytes:
    """Return ``data`` uuencoded, between ``begin`` and ``end``."""
    lines = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    return b"begin 644 " + name.encode() + b"\n" + b"".join(lines) + b"`\nend\n"


def _endless() -> Iterator[Sample]:
    cut = "The text is cut"
    yield sample("12 MB of text", "", b"row upon row of it\n" * 630_000, "row upon row of it", cut)
    yield sample("a million empty lines", "", "above" + "\n" * 1_000_000 + "below", "above", cut)
    yield sample("quoted-printable in one line", QUOTED, b"=41" * 300_000, "AAAAAAAA")
    many = "".join("Content-Type: message/rfc822\n\n" for _ in range(3000))
    yield sample("3,000 nested messages", f"MIME-Version: 1.0\n{many}", "", "enclosed message")


def _special() -> Iterator[Sample]:
    wrapped = coded(
        f"{MIME}application/pkcs7-mime; smime-type=signed-data; name=wrap.p7m", "base64"
    )
    yield sample("wrapped by S/MIME", wrapped, b64(b"0\x82"), "wrap.p7m", "S/MIME signature")
    signature = file('"smime.p7s"', "application/pkcs7-signature")
    by = '; protocol="application/pkcs7-signature"'
    yield sample(
        "signed by S/MIME",
        *parts("signed", TEXT, signature, parameters=by),
        "the plain text",
        "signed with S/MIME; the signature is not verified",
    )
    yield sample(
        "PGP in clear",
        "",
        "-----BEGIN PGP SIGNED MESSAGE-----\n\nclear words\n",
        "clear words",
        "signed with PGP",
    )
    receipt = part("Content-Type: message/disposition-notification", RECEIPT)
    yield sample("a receipt", *parts("report", TEXT, receipt), "the plain text", "displayed")
    garbage = part("Content-Type: message/delivery-status", b"\xff\xfe\0: ::\n\n:\x1b[2J\n")
    yield sample("a report of garbage", *parts("report", TEXT, garbage), "the plain text")
    clockless = "BEGIN:VEVENT\nDTSTART:99999999T999999Z\nSUMMARY:\x1b[2Jclockless\n"
    yield sample("a broken invitation", f"{MIME}text/calendar", clockless, "clockless")
    program = file('"cat.png"', "image/png", b"MZ" + bytes(80))
    yield sample(
        "a program as a picture", *parts("mixed", TEXT, program), "the plain text", "cat.png"
    )
