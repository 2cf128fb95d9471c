"""SASL mechanisms that take an OAuth access token: OAUTHBEARER (RFC 7628) and XOAUTH2.

XOAUTH2 came first and has no RFC; Google's and Microsoft's documentation describe it. A refused
token is explained in a challenge, which must be answered before the server refuses the login.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from typing import ClassVar

from poptui.pop3.auth import UTF_8, ClientFirst, encode_login
from poptui.pop3.errors import LocalError
from poptui.secret import Secret

MAX_REASON_BYTES = 4096
"""A longer explanation of a refusal is not read."""

_STATUS_WORDS = {
    "400": "it is invalid or has expired",
    "401": "it is invalid or has expired",
    "403": "it does not give access to mail",
    "invalid_token": "it is invalid or has expired",
    "insufficient_scope": "it does not give access to mail",
    "invalid_request": "the server could not read it",
}


class BearerMechanism(ClientFirst):
    """What both mechanisms share: one message with the token, and the answer to a refusal."""

    answer_to_refusal: ClassVar[bytes]
    _is_refused = False

    def __init__(self, user: str, token: Secret, host: str = "", port: int = 0) -> None:
        given = user + host + token.reveal()
        if not token or "\x01" in given or "\0" in given or not token.reveal().isascii():
            raise LocalError("the access token has characters that do not belong in one")
        self._user, self._token, self._host, self._port = user, token, host, port

    @abstractmethod
    def initial(self) -> bytes:
        """Return the message with the token."""

    def go_on(self, challenge: bytes) -> bytes | None:
        """Note why the token is refused, and let the server go on to its refusal."""
        if self._is_refused:
            return None
        self._is_refused = True
        self.complaint = _reason(challenge)
        return self.answer_to_refusal

    @property
    def is_complete(self) -> bool:
        """A server that has refused the token can't say afterwards that it took it."""
        return not self._is_refused


class XOAuth2(BearerMechanism):
    """XOAUTH2: what Google and Microsoft use."""

    answer_to_refusal = b""

    def initial(self) -> bytes:
        text = f"user={self._user}\x01auth=Bearer {self._token.reveal()}\x01\x01"
        return encode_login(text, UTF_8)


class OAuthBearer(BearerMechanism):
    """OAUTHBEARER (RFC 7628 section 3.1)."""

    answer_to_refusal = b"\x01"

    def initial(self) -> bytes:
        user = self._user.replace("=", "=3D").replace(",", "=2C")
        where = f"host={self._host}\x01port={self._port}\x01" if self._host else ""
        text = f"n,a={user},\x01{where}auth=Bearer {self._token.reveal()}\x01\x01"
        return encode_login(text, UTF_8)


def _reason(challenge: bytes) -> str:
    """Return in words why the token was refused; the text is not cleaned for the terminal."""
    try:
        said = json.loads(challenge) if len(challenge) <= MAX_REASON_BYTES else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return "the server gave a reason that cannot be read"
    status = str(said.get("status") or "none")
    words = _STATUS_WORDS.get(status.lower())
    reason = f"{words}, status {status}" if words else f"status {status}"
    scope = said.get("scope")
    return f"{reason}; it must be for {scope}" if isinstance(scope, str) and scope else reason
