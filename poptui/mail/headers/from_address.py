"""Read the first mailbox of a From header, however malformed."""

from __future__ import annotations

from poptui.mail.encodings.encoded_words import decode_text
from poptui.mail.headers import mailparse
from poptui.mail.headers.header import Address
from poptui.patterns import lazy_pattern

_ADDRESS = rb"[^\s<>@,;:()\"\[\]\\]+@[^\s<>@,;:()\"\\]+"
_ORDINARY = lazy_pattern(
    rb"(?:\"((?:[^\"\\]|\\.)*)\"\s*|([^\"<>@(),:;\\]*))<(" + _ADDRESS + rb")>|(" + _ADDRESS + rb")"
)
_NEARLY_VALID = lazy_pattern(
    rb"((?:\"[^\"\\]*\")?[^<>\":]*)<[ \t]*(" + _ADDRESS + rb")[ \t]*>[ \t)]*"
    rb"|(" + _ADDRESS + rb")[ \t]*\(([^()\\\"]*)\)"
)
"""An address in angle brackets after a phrase that should be quoted (RFC 5322), or an address
with its name in a comment, as was usual before RFC 822."""
_SEPARATORS = lazy_pattern(rb"[,;]")
_ANGLE = lazy_pattern(r"<([^<>]{0,1000})>")
_BARE = lazy_pattern(r"[^\s<>@,;:()\"]{1,64}@[^\s<>@,;:()\"]{1,255}")
_GROUP = lazy_pattern(rb"([^<>@:\",;]+):([^:].*)?")
_MAX_MALFORMED_BYTES = 1024
"""Maximum bytes of a malformed value to pass to mail-parser. It reads all addresses; we need
one."""
_ESCAPE = lazy_pattern(rb"\\(.)")


def decode_mailbox(value: bytes, charset: str = "") -> Address:
    """Return the first mailbox of an unfolded address header (RFC 5322 section 3.4).

    ``charset`` decodes raw 8-bit octets with no encoded word beside them. A malformed value is
    read both by mail-parser and by our own lenient code, and the fuller result is taken, so that a
    value with any words in it never gives an empty mailbox.
    """
    match = _ORDINARY.fullmatch(value)
    if match is None:
        return _nearly_valid(value, charset) if value else Address()
    quoted, phrase, address, alone = match.groups()
    name = _ESCAPE.sub(rb"\1", quoted) if quoted else phrase or b""
    return _mailbox(decode_text(name, charset), decode_text(address or alone, charset))


def _mailbox(name: str, address: str) -> Address:
    """Make an address, without a name that only repeats it."""
    name = _bare(name)
    return Address("" if name == address else name, address)


def _bare(name: str) -> str:
    """Strip surrounding quotes, brackets and commas from ``name``."""
    name = name.strip(" \t,;<>")
    for first, last in ('""', "''", "()"):
        if len(name) > 1 and name[0] == first and name[-1] == last:
            name = name[1:-1].strip()
    return name


def _nearly_valid(value: bytes, charset: str) -> Address:
    """Read a malformed value that has only one possible address.

    Half of all spam has one. mail-parser finds the same address, but loading it takes time.
    """
    match = _NEARLY_VALID.fullmatch(value)
    if match is None:
        return _malformed(value, charset)
    phrase, address, alone, comment = match.groups()
    if alone:
        return _mailbox(decode_text(comment, charset), decode_text(alone, charset))
    if b"@" in phrase and _SEPARATORS.search(phrase):
        return _malformed(value, charset)
    return _mailbox(decode_text(phrase, charset), decode_text(address, charset))


def _malformed(value: bytes, charset: str) -> Address:
    """Read ``value`` both ways and return the fuller result.

    If both find the same address, keep the longer name. Otherwise prefer mail-parser's address.
    """
    ours = _read_leniently(value, charset)
    theirs = mailparse.parse_header(b"From: " + value[:_MAX_MALFORMED_BYTES])
    if not theirs.from_.address or "=?" in theirs.from_.shown:
        return ours
    if theirs.from_.address == ours.address and len(ours.name) >= len(theirs.from_.name):
        return ours
    return theirs.from_


def _read_leniently(value: bytes, charset: str) -> Address:
    """Read a mailbox from a value of any form. It is empty only if ``value`` has no words."""
    if (group := _GROUP.fullmatch(value)) is not None:
        member = _single(group[2] or b"", charset)
        return Address(_bare(decode_text(group[1], charset)) or member.name, member.address)
    return _single(value, charset)


def _single(value: bytes, charset: str) -> Address:
    raw = value.decode("latin-1")
    found = _ANGLE.search(raw)
    if found is not None and found[1].strip():
        name = value[: found.start()] or value[found.end() :]
        return _mailbox(decode_text(name, charset), decode_text(found[1].strip().encode("latin-1")))
    return _without_brackets(decode_text(value, charset))


def _without_brackets(text: str) -> Address:
    """Read decoded text: without angle brackets, or with the mailbox inside encoded words."""
    found = _ANGLE.search(text) or _BARE.search(text)
    if found is None or "@" not in found[0]:
        return Address(_bare(text.replace("<>", "")))
    address = found[0].strip("<> ")
    return _mailbox(f"{text[: found.start()]} {text[found.end() :]}", address)
