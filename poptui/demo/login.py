"""Who may in: the password checks of USER/PASS, APOP and AUTH."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Generator
from dataclasses import dataclass

Exchange = Generator[bytes, bytes, bool]
"""An AUTH exchange: yields challenges, is sent decoded answers, returns whether to let in."""


class AuthCancelledError(Exception):
    """The client ended an AUTH exchange with ``*``, or sent what is not base64."""


@dataclass(frozen=True)
class DemoAccount:
    """The one user of a demo server. Its password is no secret: the program prints it."""

    user: str
    password: str

    def admits(self, user: bytes, password: bytes) -> bool:
        """Whether name and password are the account's."""
        return user == self.user.encode() and hmac.compare_digest(password, self.password.encode())

    def admits_digest(self, user: bytes, digest: bytes, timestamp: bytes) -> bool:
        """Whether ``digest`` is MD5 of timestamp and password in hex (RFC 1939 section 7, APOP)."""
        expected = hashlib.md5(timestamp + self.password.encode(), usedforsecurity=False)
        known = user == self.user.encode()
        return known and hmac.compare_digest(digest.lower(), expected.hexdigest().encode())

    def plain(self) -> Exchange:
        """SASL PLAIN (RFC 4616): one answer, ``authzid NUL authcid NUL password``."""
        fields = (yield b"").split(b"\0")
        return len(fields) == 3 and self.admits(fields[1], fields[2])

    def login(self) -> Exchange:
        """SASL LOGIN: the name, then the password."""
        user = yield b"Username:"
        password = yield b"Password:"
        return self.admits(user, password)


def decoded(line: bytes) -> bytes:
    """The client's answer of an AUTH exchange; ``=`` stands for an empty one (RFC 5034)."""
    if line == b"=":
        return b""
    try:
        return base64.b64decode(line, validate=True)
    except binascii.Error as error:
        raise AuthCancelledError from error
