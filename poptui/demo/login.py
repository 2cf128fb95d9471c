"""Check passwords for USER/PASS, APOP and AUTH."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Generator
from dataclasses import dataclass

AuthExchange = Generator[bytes, bytes, bool]
"""A generator that yields challenges, is sent decoded answers, and returns whether the login
succeeds."""


class AuthCancelledError(Exception):
    """The client cancelled AUTH with ``*``, or sent something that isn't base64."""


@dataclass(frozen=True)
class DemoAccount:
    """The only user of a demo server. The password is no secret: the program prints it."""

    user: str
    password: str

    def admits(self, user: bytes, password: bytes) -> bool:
        """Whether user and password are correct."""
        return user == self.user.encode() and hmac.compare_digest(password, self.password.encode())

    def admits_digest(self, user: bytes, digest: bytes, timestamp: bytes) -> bool:
        """Whether ``digest`` is the hex MD5 of timestamp and password (APOP, RFC 1939)."""
        expected = hashlib.md5(timestamp + self.password.encode(), usedforsecurity=False)
        known = user == self.user.encode()
        return known and hmac.compare_digest(digest.lower(), expected.hexdigest().encode())

    def plain(self) -> AuthExchange:
        """Run SASL PLAIN (RFC 4616): one answer, ``authzid NUL authcid NUL password``."""
        fields = (yield b"").split(b"\0")
        return len(fields) == 3 and self.admits(fields[1], fields[2])

    def login(self) -> AuthExchange:
        """Run SASL LOGIN: the user, then the password."""
        user = yield b"Username:"
        password = yield b"Password:"
        return self.admits(user, password)


def decode_answer(line: bytes) -> bytes:
    """Decode an answer of the client; ``=`` means an empty one (RFC 5034)."""
    if line == b"=":
        return b""
    try:
        return base64.b64decode(line, validate=True)
    except binascii.Error as error:
        raise AuthCancelledError from error
