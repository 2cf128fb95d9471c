"""What can be told of any message without parsing its body: its head, and its octets as text."""

from __future__ import annotations

from poptui.mail.bodies import decode_body
from poptui.mail.headers.decode import decode_fields, values_of
from poptui.mail.headers.encoded_words import charset_of, decode_text
from poptui.mail.headers.header import Header
from poptui.mail.headers.split import split_header
from poptui.mail.reading import MAX_TEXT, ParsedMessage, Remark, body_of

_EXTRA = frozenset({b"cc", b"content-type"})


def raw_reading(raw: bytes, sentence: str, *, complete: bool = True) -> ParsedMessage:
    """``raw`` as it came, decoded by a guess, with its header read and one sentence why."""
    header, cc = read_head(raw)
    remarks = [Remark(sentence)]
    if len(raw) > MAX_TEXT:
        remarks.append(Remark(f"Only its first {MAX_TEXT:,} octets are shown."))
    body = body_of(decode_body(raw[:MAX_TEXT], "", cut=True).text)
    return ParsedMessage(header, cc, (body,), remarks=tuple(remarks), complete=complete)


def read_head(raw: bytes) -> tuple[Header, str]:
    """The header of a whole message, and its Cc."""
    fields = split_header(raw)
    values = values_of(fields, _EXTRA)
    charset = charset_of(values.get(b"content-type", b""))
    return decode_fields(fields), decode_text(values.get(b"cc", b""), charset)
