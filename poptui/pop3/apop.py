"""APOP (RFC 1939 section 7): the timestamp of a greeting, and the digest over it."""

from __future__ import annotations

import re
from hashlib import md5

from poptui.pop3.errors import encoded
from poptui.secret import Secret

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*"
_LITERAL = r"\[[\x21-\x5a\x5e-\x7e]*\]"
_TIMESTAMP = re.compile(rf"<{_DOT_ATOM}@(?:{_DOT_ATOM}|{_LITERAL})>")


def timestamp(greeting: str) -> str | None:
    """The timestamp in a greeting's text, brackets included; None where there is no valid one.

    It must be an RFC 5322 msg-id: a server that picks other text can make MD5 collide and read
    the password out of a few logins (CVE-2007-1558).
    """
    start, end = greeting.find("<"), greeting.rfind(">")
    if start < 0 or end < start:
        return None
    candidate = greeting[start : end + 1]
    return candidate if _TIMESTAMP.fullmatch(candidate) else None


def digest(stamp: str, password: Secret) -> str:
    """The digest that APOP sends: MD5 of the timestamp and the password, in hexadecimal.

    Raises LocalError for a password that UTF-8 cannot hold.
    """
    return md5(stamp.encode() + encoded(password.reveal()), usedforsecurity=False).hexdigest()
