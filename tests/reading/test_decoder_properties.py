"""Compare our attachment decoders with Python's ``email`` and ``binascii``, on damaged input too.

Where ours differ from the library, a comment says why.
"""

from __future__ import annotations

import binascii
from email import message_from_bytes

from hypothesis import assume, given
from hypothesis import strategies as st

from poptui.mail.mime.transfer_decoding import decoded

FOREIGN = st.sampled_from([b" ", b"\r\n", b"-", b"!", b"\x00", b"\xe4", b"\t"])


def split_long_line(encoded: bytes, encoding: str, size: int) -> bytes:
    pieces = [encoded[at : at + size] for at in range(0, len(encoded), size)]
    return b"".join(decoded(pieces, encoding))


def by_email(encoded: bytes, encoding: str) -> bytes:
    head = f"Content-Type: application/x-a\nContent-Transfer-Encoding: {encoding}\n\n"
    payload = message_from_bytes(head.encode() + encoded).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def uuencoded(contents: bytes) -> list[bytes]:
    lines = [binascii.b2a_uu(contents[at : at + 45]) for at in range(0, len(contents), 45)]
    return [b"begin 644 a.bin\n", *lines, b"`\n", b"end\n"]


@given(st.binary(max_size=400), st.integers(1, 90))
def test_uuencoded_contents_round_trip(contents: bytes, size: int) -> None:
    encoded = b"".join(uuencoded(contents))
    assert split_long_line(encoded, "x-uuencode", size) == contents
    assert by_email(encoded, "x-uuencode") == contents


@given(st.binary(min_size=1, max_size=400), st.data())
def test_damaged_uuencoded_contents_decode_as_in_email(
    contents: bytes, data: st.DataObject
) -> None:
    """Cover stripped blanks, characters after the end of a line, short lines, other line ends."""
    lines = uuencoded(contents.replace(b"a", b"\x00"))
    for at in range(1, len(lines) - 2):
        line = lines[at].rstrip(b"\n")
        match data.draw(st.integers(0, 4)):
            case 1:
                line = line.rstrip(b" `")
            case 2:
                line += data.draw(st.sampled_from([b"x", b" ", b"!!", b"  \t", b"M"]))
            case 3:
                line = line[: data.draw(st.integers(1, len(line)))]
            case 4:
                line += b"\r"
        lines[at] = line + b"\n"
    encoded = b"".join(lines)
    # At a line of only blanks that were stripped, email gives up. We continue with the next line.
    assume(all(line.strip() for line in lines))
    try:
        expected = by_email(encoded, "x-uuencode")
    except (ValueError, binascii.Error):
        return
    # If a line can't be decoded at all, email returns the encoded text.
    assume(not expected.startswith(b"begin "))
    assert split_long_line(encoded, "x-uuencode", 50) == expected


def test_uuencoded_zeros_survive_stripped_blanks() -> None:
    contents = b"PK" + bytes(200) + b"end of file"
    encoded = b"".join(line.rstrip(b" `\n") + b"\n" for line in uuencoded(contents)[:-2])
    assert split_long_line(encoded.replace(b"`", b" ") + b"\nend\n", "x-uuencode", 1000) == contents


@given(st.binary(max_size=300), st.lists(st.tuples(st.integers(0, 500), FOREIGN), max_size=5))
def test_base64_with_other_characters_decodes_as_in_email(
    contents: bytes, damage: list[tuple[int, bytes]]
) -> None:
    encoded = binascii.b2a_base64(contents, newline=False)
    letters = len(encoded.rstrip(b"="))
    for offset, foreign in damage:
        # A footer starts after the padding. We don't decode it.
        at = min(offset, letters)
        encoded = encoded[:at] + foreign + encoded[at:]
    assert split_long_line(encoded, "base64", 1000) == by_email(encoded, "base64") == contents


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(1, 40))
def test_truncated_base64_decodes_as_in_email(contents: bytes, cut: int, size: int) -> None:
    encoded = binascii.b2a_base64(contents, newline=False)[:cut]
    # A single left-over character encodes nothing. We drop it; email returns the encoded text.
    assume(len(encoded.rstrip(b"=")) % 4 != 1)
    assert split_long_line(encoded, "base64", size) == by_email(encoded, "base64")


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=2, max_size=4))
def test_concatenated_base64_texts_are_all_decoded(contents: list[bytes]) -> None:
    """The library stops at the first padding, which would lose the rest."""
    encoded = b"\r\n".join(binascii.b2a_base64(content, newline=False) for content in contents)
    assert split_long_line(encoded, "base64", 1000) == b"".join(contents)


@given(st.binary(min_size=1, max_size=200))
def test_a_mailing_list_footer_is_not_decoded_as_base64(contents: bytes) -> None:
    encoded = binascii.b2a_base64(contents) + b"\n-- \nour mailing list\nlist@lists.example\n"
    assert split_long_line(encoded, "base64", 1000) == contents


@given(
    st.lists(st.sampled_from([b"=", b"=3D", b"=\n", b"=\r\n", b" ", b"a", b"=C", b"\n", b"=zz"]))
)
def test_quoted_printable_decodes_as_in_the_library(pieces: list[bytes]) -> None:
    encoded = b"".join(pieces)
    assert split_long_line(encoded, "quoted-printable", 3) == binascii.a2b_qp(encoded)
