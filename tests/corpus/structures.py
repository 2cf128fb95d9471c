"""Messages with parts: well-formed, truncated, nested, mislabelled, and special kinds."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.sample import (
    PAGE,
    TEXT,
    Sample,
    b64,
    coded,
    file,
    part,
    parts,
    plain,
    sample,
)

INNER = b"From: inner@example.net\nSubject: the inner one\nDate: Thu, 17 Dec 2009 18:18:12 +0300\n\nwithin"
INVITATION = """BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1@x\nDTSTAMP:20091217T181812Z
DTSTART:20091218T090000Z\nDTEND:20091218T100000Z\nSUMMARY:Spring rota\nLOCATION:North Quay
END:VEVENT\nEND:VCALENDAR\n"""
STATUS = "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; x@example.net\nAction: failed\nStatus: 5.1.1\n"
NAMES = {
    "a path": ('"../../etc/passwd"', "passwd"),
    "a path of another system": (r'"C:\\Windows\\evil.dll"', "evil.dll"),
    "two endings": ('"invoice.pdf.exe"', "invoice.pdf.exe"),
    "a name from right to left": ('"invoice\u202efdp.exe"', "invoice"),
    "a reserved name": ('"con.txt"', "con.txt"),
    "an encoded name": ('"=?utf-8?B?UHLDvGZ1bmcucGRm?="', "Prüfung.pdf"),
    "a name in pieces": ("a;\n filename*0*=utf-8''Pr%C3%BCf;\n filename*1=ung.pdf", "Prüfung.pdf"),
    "no name": ('""', "no name"),
    "a name without end": (f'"{"n" * 9000}.txt"', "nnnn"),
    "a name that acts": ('"a\x1b[31mb.txt"', "b.txt"),
}

ENVELOPED = bytes.fromhex("308006092a864886f70d010703a0803080") + bytes(60)
"""The beginning of an encrypted S/MIME message."""


def samples() -> Iterator[Sample]:
    """Well-formed ones first, then special, broken and huge ones."""
    yield from _sound()
    yield from _special()
    yield from _broken()
    yield from _endless()
    for name, (written, shown) in NAMES.items():
        yield sample(f"attached: {name}", *parts("mixed", TEXT, file(written)), "plain text", shown)


def _sound() -> Iterator[Sample]:
    yield sample("alternative", *parts("alternative", TEXT, PAGE), "the p")
    yield sample("page alone", *parts("alternative", PAGE), "the page")
    yield sample("mixed", *parts("mixed", TEXT, file('"list.pdf"')), "the plain text", "list.pdf")
    picture = part('Content-Type: image/png; name="p.png"\nContent-ID: <p>', b"\x89PNG\r\n\x1a\n")
    yield sample("related", *parts("related", PAGE, picture), "the page")
    fields, body = parts("alternative", TEXT, PAGE, boundary="inner")
    yield sample(
        "mixed of alternative", *parts("mixed", part(fields, body), file('"a.zip"')), "a.zip"
    )
    enclosed = part("Content-Type: message/rfc822", INNER)
    yield sample(
        "an enclosed message", *parts("mixed", TEXT, enclosed), "the plain text", "inner one"
    )
    yield sample("a digest", *parts("digest", b"\n" + INNER, b"\n" + INNER), "inner one")
    yield sample("an attachment alone", "MIME-Version: 1.0\nContent-Type: application/pdf\n"
                 'Content-Disposition: attachment; filename="alone.pdf"', b"%PDF-1.4", "alone.pdf")  # fmt: skip
    yield sample("preamble and epilogue", parts("mixed", TEXT)[0],
                 b"PREAMBLE\n" + parts("mixed", TEXT)[1] + b"EPILOGUE\n", "the plain text")  # fmt: skip
    yield sample("uuencoded", "", "look:\nbegin 644 note.txt\n#0V%T\n`\nend\n", "look:", "note.txt")
    yield sample("said to be uuencoded", coded(plain("utf-8"), "x-uuencode"),
                 "begin 644 t\n#0V%T\n`\nend\n", "Cat")  # fmt: skip


def _special() -> Iterator[Sample]:
    signature = part('Content-Type: application/pgp-signature; name="signature.asc"', "-----BEGIN")
    yield sample("signed", *parts("signed", TEXT, signature), "the plain text", "signed")
    yield sample("S/MIME", 'MIME-Version: 1.0\nContent-Type: application/pkcs7-mime; name="smime.p7m"\n'
                 "Content-Transfer-Encoding: base64", b64(ENVELOPED), "encrypted")  # fmt: skip
    version = part("Content-Type: application/pgp-encrypted", "Version: 1")
    secret = part("Content-Type: application/octet-stream", "-----BEGIN PGP MESSAGE-----")
    yield sample("PGP", *parts("encrypted", version, secret), "encrypted")
    status = part("Content-Type: message/delivery-status", STATUS)
    yield sample("a report", *parts("report", TEXT, status), "x@example.net", "5.1.1")
    calendar = part("Content-Type: text/calendar; method=REQUEST", INVITATION)
    yield sample("an invitation", *parts("mixed", TEXT, calendar), "Spring rota", "North Quay")
    tnef = file('"winmail.dat"', "application/ms-tnef", b"\x78\x9f\x3e\x22" + b"\0" * 40)
    yield sample("winmail.dat", *parts("mixed", TEXT, tnef), "the plain text", "winmail.dat")
    for kind in ("text/markdown", "text/x-no-such"):
        yield sample(
            f"a text of kind {kind}", f"MIME-Version: 1.0\nContent-Type: {kind}", "words", "words"
        )
    yield sample("a part of a message", "MIME-Version: 1.0\nContent-Type: message/partial; id=x; number=1",
                 "a piece", "message/partial")  # fmt: skip
    yield sample("an external body", *parts("mixed", TEXT, part(
        "Content-Type: message/external-body; access-type=URL; URL=http://evil.example", "x")),
        "the plain text")  # fmt: skip


def _broken() -> Iterator[Sample]:
    fields, body = parts("mixed", TEXT, closed=False)
    yield sample("without its end", fields, body, "the plain text", "before its last part")
    yield sample("a boundary that never comes", fields, "only this text", "only this text")
    yield sample("another boundary", fields, body.replace(b"--cut", b"--other"), "the plain text")
    yield sample(
        "no boundary", "MIME-Version: 1.0\nContent-Type: multipart/mixed", body, "plain text"
    )
    folded = fields.replace('"cut"', '\n "cut"')
    yield sample("a folded boundary", folded, body, "the plain text")
    yield sample(
        "a boundary in a boundary", *parts("mixed", part(*parts("mixed", TEXT)), TEXT), "plain"
    )
    yield sample("no parts", *parts("mixed"), "Subject")
    yield sample(
        "parts unannounced", "", b"--cut\nContent-Type: text/plain\n\nfound\n--cut--\n", "found"
    )
    yield sample("two types", f"{plain('utf-8')}\nContent-Type: text/html", "<b>words</b>", "words")
    for kind in (
        "",
        "text",
        "text/",
        "/plain",
        ";;;",
        "text/plain; charset",
        "text/plain; =x",
        "\xff",
    ):
        yield sample(f"type {kind!a}", f"MIME-Version: 1.0\nContent-Type: {kind}", "words", "words")
    for encoding in ("base64 ", "BASE64", "8bit", "binary", "x-none", "quoted printable", "7-bit"):
        whole = encoding.strip().lower() == "base64"
        words = b64(b"the words") if whole else b"the words"
        yield sample(f"encoding {encoding!a}", coded(plain("utf-8"), encoding), words, "the words")
    base = coded(plain("utf-8"), "base64")
    yield sample("base64 cut", base, b64(b"the words " * 9)[:-9], "the words")
    yield sample("base64 with garbage", base, b"!!" + b64(b"the words") + b"??", "the words")
    yield sample("base64 that is none", base, "These are plain words, not base64.", "plain words")
    yield sample(
        "base64 in one line", base, b64(b"the words " * 20_000).replace(b"\n", b""), "the words"
    )


def _endless() -> Iterator[Sample]:
    body = TEXT
    for level in range(60):
        body = part(*parts("mixed", body, boundary=f"b{level}"))
    head, _, rest = body.partition(b"\n\n")
    yield sample("60 levels", head.decode(), rest, "the plain text")
    deep = b"".join(
        b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (n, n + 1) for n in range(5000)
    )
    yield sample("5,000 levels", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b0",
                 deep + b"at the bottom", "Subject")  # fmt: skip
    yield sample("10,000 parts", *parts("mixed", TEXT, *[b"\nsmall"] * 10_000), "the plain text")
    many = [file(f'"f{n}.bin"') for n in range(300)]
    yield sample("300 attachments", *parts("mixed", TEXT, *many), "the plain text", "f0.bin")
    nested = b"within"
    for _ in range(40):
        nested = part("Content-Type: message/rfc822", part("Subject: one in another", nested))
    yield sample("40 nested messages", "", nested, "Subject")
    fields = f"MIME-Version: 1.0\nContent-Type: text/plain; x={'y' * 90_000}; charset=utf-8"
    yield sample("a parameter of 90 kB", fields, "words", "words")
    yield sample("10,000 parameters", "MIME-Version: 1.0\nContent-Type: text/plain" + "; a=b" * 10_000,
                 "words", "words")  # fmt: skip
    yield sample("a large attachment", *parts("mixed", TEXT, file('"big.bin"', data=b"x" * 3_000_000)),
                 "the plain text", "big.bin")  # fmt: skip
