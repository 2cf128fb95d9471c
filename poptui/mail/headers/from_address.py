"""The From header: its first mailbox, in the answer that tells the user more."""

from __future__ import annotations

import re

from poptui.mail.headers import mailparse
from poptui.mail.headers.encoded_words import decode_text
from poptui.mail.headers.header import Address

_ADDRESS = rb"[^\s<>@,;:()\"\[\]\\]+@[^\s<>@,;:()\"\\]+"
_ORDINARY = re.compile(
    rb"(?:\"((?:[^\"\\]|\\.)*)\"\s*|([^\"<>@(),:;\\]*))<(" + _ADDRESS + rb")>|(" + _ADDRESS + rb")"
)
_CARELESS = re.compile(
    rb"((?:\"[^\"\\]*\")?[^<>\":]*)<[ \t]*(" + _ADDRESS + rb")[ \t]*>[ \t)]*"
    rb"|(" + _ADDRESS + rb")[ \t]*\(([^()\\\"]*)\)"
)
"""One address in brackets behind a phrase that RFC 5322 wants quoted; or one with its name in a
comment, as was usual before RFC 822."""
_SEPARATORS = re.compile(rb"[,;]")
_ANGLE = re.compile(r"<([^<>]{0,1000})>")
_BARE = re.compile(r"[^\s<>@,;:()\"]{1,64}@[^\s<>@,;:()\"]{1,255}")
_GROUP = re.compile(rb"([^<>@:\",;]+):([^:].*)?")
_ENOUGH = 1024
"""Octets of a malformed value for mail-parser: it reads the whole list, we show one mailbox."""
_ESCAPE = re.compile(rb"\\(.)")


def decode_mailbox(value: bytes, charset: str = "") -> Address:
    """The first mailbox of an unfolded address header (RFC 5322 section 3.4).

    ``charset`` reads raw 8-bit octets that nothing beside them explains. A malformed value
    is read by mail-parser and by a loose reading of our own, and the fuller answer kept:
    nothing that was written there becomes an empty mailbox.
    """
    match = _ORDINARY.fullmatch(value)
    if match is None:
        return _careless(value, charset) if value else Address()
    quoted, phrase, address, alone = match.groups()
    name = _ESCAPE.sub(rb"\1", quoted) if quoted else phrase or b""
    return _mailbox(decode_text(name, charset), decode_text(address or alone, charset))


def _mailbox(name: str, address: str) -> Address:
    """A name that only repeats the address says nothing."""
    name = _bare(name)
    return Address("" if name == address else name, address)


def _bare(name: str) -> str:
    """``name`` without the quotes, brackets or commas that stand around it."""
    name = name.strip(" \t,;<>")
    for first, last in ('""', "''", "()"):
        if len(name) > 1 and name[0] == first and name[-1] == last:
            name = name[1:-1].strip()
    return name


def _careless(value: bytes, charset: str) -> Address:
    """A value with one address that nothing before it can be taken for; half of all spam has such
    a one, and mail-parser finds the same in it."""
    match = _CARELESS.fullmatch(value)
    if match is None:
        return _malformed(value, charset)
    phrase, address, alone, comment = match.groups()
    if alone:
        return _mailbox(decode_text(comment, charset), decode_text(alone, charset))
    if b"@" in phrase and _SEPARATORS.search(phrase):
        return _malformed(value, charset)
    return _mailbox(decode_text(phrase, charset), decode_text(address, charset))


def _malformed(value: bytes, charset: str) -> Address:
    """Both readings agree on the address: the longer name; else mail-parser's, if it has one."""
    ours = _loose(value, charset)
    theirs = mailparse.parse_header(b"From: " + value[:_ENOUGH])
    if not theirs.from_.address or "=?" in theirs.from_.shown:
        return ours
    if theirs.from_.address == ours.address and len(ours.name) >= len(theirs.from_.name):
        return ours
    return theirs.from_


def _loose(value: bytes, charset: str) -> Address:
    """A mailbox out of ``value`` whatever its form: never empty unless there are no words."""
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
    return _alone(decode_text(value, charset))


def _alone(text: str) -> Address:
    """Decoded ``text`` without angle brackets, or with the whole mailbox inside encoded words."""
    found = _ANGLE.search(text) or _BARE.search(text)
    if found is None or "@" not in found[0]:
        return Address(_bare(text.replace("<>", "")))
    address = found[0].strip("<> ")
    return _mailbox(f"{text[: found.start()]} {text[found.end() :]}", address)
