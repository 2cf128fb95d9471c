"""Opaque-signed S/MIME messages: their text is shown, and signatures aren't verified."""

from __future__ import annotations

import base64
import random

import pytest
import trustme
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509 import load_pem_x509_certificate

from poptui.mail.mime.signed_data import CmsType, read_cms
from poptui.mail.parsed_message import ParsedMessage
from tests.kit.parsing import parse_here

INNER = (
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGr\xc3\xbc\xc3\x9fe, the rota.\r\n"
    b'--b\r\nContent-Type: application/pdf; name="rota.pdf"\r\n\r\n%PDF-1.4\r\n--b--\r\n'
)
SIGNED_OID = bytes.fromhex("2a864886f70d010702")
DATA_OID = bytes.fromhex("2a864886f70d010701")


def der(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes(4, "big").lstrip(b"\0")
    return bytes((tag, 0x80 | len(length))) + length + body


def endless(tag: int, *content: bytes) -> bytes:
    """Return an element of indefinite length, as written by programs that sign while sending."""
    return bytes((tag, 0x80)) + b"".join(content) + b"\0\0"


def by_a_library(content: bytes) -> bytes:
    """Sign ``content`` with Python's cryptography: DER, and nothing else."""
    identity = trustme.CA().issue_cert("ann@example.org")
    certificate = load_pem_x509_certificate(identity.cert_chain_pems[0].bytes())
    key = serialization.load_pem_private_key(identity.private_key_pem.bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(certificate, key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def split_long_line(content: bytes) -> bytes:
    """Wrap ``content`` in BER of indefinite length, with nested pieces of an octet string."""
    pieces = [content[at : at + 50] for at in range(0, len(content), 50)]
    first, *others = (der(0x04, piece) for piece in pieces)
    octets = endless(0x24, der(0x24, first), *others)
    inner = endless(0x30, der(0x06, DATA_OID), endless(0xA0, octets))
    algorithms = endless(0x31, der(0x30, der(0x06, b"\x2a\x03")))
    signed = endless(0x30, der(0x02, b"\x01"), algorithms, inner, der(0x31))
    return endless(0x30, der(0x06, SIGNED_OID), endless(0xA0, signed))


def wrapped(data: bytes, label: str = "signed-data", *, complete: bool = True) -> ParsedMessage:
    head = f"Content-Type: application/pkcs7-mime; smime-type={label}; name=smime.p7m\r\n"
    head += "Content-Transfer-Encoding: base64\r\nSubject: x\r\n\r\n"
    return parse_here(head.encode() + base64.encodebytes(data), complete=complete)


@pytest.mark.parametrize("wrap", [by_a_library, split_long_line])
def test_the_text_inside_a_signature_is_shown(wrap: object) -> None:
    assert callable(wrap)
    parsed = wrapped(wrap(INNER))
    assert parsed.body.text == "Grüße, the rota."
    assert [(part.name, part.reachable) for part in parsed.attachments] == [
        ("smime.p7m", True),
        ("rota.pdf", False),
    ]
    (remark,) = parsed.remarks
    assert remark.sentence.endswith("an S/MIME signature, which is not verified.")


def test_the_cms_type_comes_from_the_content_not_the_label() -> None:
    assert wrapped(split_long_line(INNER), "enveloped-data").body.text == "Grüße, the rota."
    sealed = der(0x30, der(0x06, SIGNED_OID[:-1] + b"\x03"), der(0xA0, b"\0" * 20))
    assert "encrypted" in wrapped(sealed).remarks[0].sentence


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", CmsType.OTHER),
        (b"0\x82", CmsType.OTHER),
        (b"0\x80\x06", CmsType.OTHER),
        (der(0x30, der(0x06, b"\x2a")), CmsType.OTHER),
        (der(0x30, der(0x06, SIGNED_OID)), CmsType.SIGNED),
        (der(0x30, der(0x06, bytes.fromhex("2a864886f70d0109100109"))), CmsType.COMPRESSED),
    ],
)
def test_cms_without_readable_content_has_only_a_type(data: bytes, kind: CmsType) -> None:
    assert read_cms(data) == (kind, b"")


def test_a_truncated_message_shows_its_beginning() -> None:
    text = b"Content-Type: text/plain\r\n\r\n" + b"A line of the rota.\r\n" * 200
    parsed = wrapped(by_a_library(text)[:2000], complete=False)
    assert parsed.body.text.startswith("A line of the rota.\nA line")


def test_nested_signatures_are_opened_to_three_levels() -> None:
    head = b"Content-Type: application/pkcs7-mime\r\n\r\n"
    data = b"Content-Type: text/plain\r\n\r\nat the bottom"
    for depth in range(1, 5):
        data = split_long_line(data)
        parsed = wrapped(data)
        assert (parsed.body.text == "at the bottom") is (depth <= 3)
        data = head + data
    assert any("no text was found" in remark.sentence for remark in parsed.remarks)


def test_any_octets_are_read_without_an_error() -> None:
    rng = random.Random(5)
    whole = split_long_line(INNER)
    for _ in range(3000):
        octets = bytearray(whole[: rng.randrange(len(whole))])
        for _ in range(rng.randrange(4)):
            if octets:
                octets[rng.randrange(len(octets))] = rng.randrange(256)
        kind, content = read_cms(bytes(octets))
        assert isinstance(kind, CmsType)
        assert len(content) <= len(octets)


@pytest.mark.parametrize("unit", [b"\x30\x80", b"\x24\x80", b"\x04\x00", b"\xa0\x80", b"\x00\x00"])
def test_deep_or_unterminated_nesting_takes_linear_time(unit: bytes) -> None:
    head = split_long_line(b"x")[:40]
    assert isinstance(read_cms(head + unit * 500_000)[0], CmsType)
