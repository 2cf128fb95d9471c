"""Authenticate to a server: the APOP digest (RFC 1939) and SASL exchanges (RFC 5034).

All mechanisms are here but SCRAM (:mod:`poptui.net.scram`), which needs a library.
"""

from __future__ import annotations

import hmac
import json
from abc import abstractmethod
from hashlib import md5
from typing import Any, ClassVar

from poptui.patterns import lazy_pattern
from poptui.pop3.errors import LocalError
from poptui.secret import Secret

UTF_8 = "utf-8"
"""Default encoding of user and password (RFC 6856); older servers may expect Latin-1."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*"
_LITERAL = r"\[[\x21-\x5a\x5e-\x7e]*\]"
_TIMESTAMP = lazy_pattern(rf"<{_DOT_ATOM}@(?:{_DOT_ATOM}|{_LITERAL})>")


def apop_timestamp(greeting: str) -> str | None:
    """Return the timestamp in a greeting, with its brackets; None if there is no valid one.

    It must be an RFC 5322 msg-id. A server that may choose any other text can make MD5 collide
    and work out the password after a few logins (CVE-2007-1558).
    """
    start, end = greeting.find("<"), greeting.rfind(">")
    if start < 0 or end < start:
        return None
    candidate = greeting[start : end + 1]
    return candidate if _TIMESTAMP.fullmatch(candidate) else None


def apop_digest(timestamp: str, password: Secret, charset: str = UTF_8) -> str:
    """Return what APOP sends: MD5 of the timestamp and the password, in hexadecimal.

    Raises LocalError for a password that ``charset`` cannot encode.
    """
    content = timestamp.encode() + encode_login(password.reveal(), charset)
    return md5(content, usedforsecurity=False).hexdigest()


class Mechanism:
    """One SASL exchange: what to send first, and an answer to each challenge."""

    is_slow: ClassVar[bool] = False
    """Whether ``answer`` may take so long that it must not run in the event loop."""
    problem: str = ""
    """The fault in the server's challenge, or its reason for refusing, in words."""
    distrust: str = ""
    """The reason to end the session, whatever the server replies, as the end of a sentence."""
    wants_binding: bool = False
    """The server wants the login bound to TLS, although it didn't offer that here."""

    def initial(self) -> bytes | None:
        """Return the initial response; None if the server speaks first."""
        return None

    def answer(self, challenge: bytes) -> bytes | None:
        """Return the answer to a challenge; None cancels the exchange."""
        raise NotImplementedError

    @property
    def is_complete(self) -> bool:
        """Whether the server may say now that we are logged in."""
        return True


class ClientFirst(Mechanism):
    """A mechanism that begins with our message, which the server may ask for (RFC 5034).

    It asks with an empty challenge if the message was too long for the line of AUTH, or if it
    ignored the one in that line; it gets the message once.
    """

    _is_asked = False

    def answer(self, challenge: bytes) -> bytes | None:
        """Return the initial response to the first challenge if that is empty."""
        if challenge or self._is_asked:
            self._is_asked = True
            return self.go_on(challenge)
        self._is_asked = True
        return self.initial()

    def go_on(self, challenge: bytes) -> bytes | None:
        """Return the answer to a challenge that follows the initial response."""
        return None


class Plain(ClientFirst):
    """PLAIN (RFC 4616): one message with user and password."""

    def __init__(self, user: str, password: Secret, charset: str = UTF_8) -> None:
        if "\0" in user + password.reveal():
            raise LocalError("PLAIN takes no NUL in user or password")
        self._user, self._password, self._charset = user, password, charset

    def initial(self) -> bytes:
        """Return ``NUL user NUL password``. Raises LocalError if it can't be encoded."""
        return encode_login(f"\0{self._user}\0{self._password.reveal()}", self._charset)


class Login(Mechanism):
    """LOGIN (obsolete, no RFC): user and password, each on request."""

    def __init__(self, user: str, password: Secret, charset: str = UTF_8) -> None:
        self._answers = [encode_login(password.reveal(), charset), encode_login(user, charset)]

    def answer(self, challenge: bytes) -> bytes | None:
        """Return the user, then the password, whatever the prompts are."""
        return self._answers.pop() if self._answers else None


class CramMd5(Mechanism):
    """CRAM-MD5 (RFC 2195): user and a keyed digest of the server's challenge."""

    def __init__(self, user: str, password: Secret, charset: str = UTF_8) -> None:
        self._user = encode_login(user, charset)
        self._key: bytes | None = encode_login(password.reveal(), charset)

    def answer(self, challenge: bytes) -> bytes | None:
        """Return ``user digest``, once; there is none for an empty challenge."""
        key, self._key = self._key, None
        if key is None or not challenge:
            self.problem = "an empty challenge" if key else "a second challenge"
            return None
        return self._user + b" " + hmac.new(key, challenge, _md5).hexdigest().encode()


class External(ClientFirst):
    """EXTERNAL (RFC 4422 appendix A): the client's TLS certificate identifies the user."""

    def __init__(self, user: str) -> None:
        """``user``: whose mailbox to open; empty for the one that the certificate names."""
        self._user = encode_login(user, UTF_8)

    def initial(self) -> bytes:
        """Return the user."""
        return self._user


def encode_login(text: str, charset: str) -> bytes:
    """Encode a user or password. Raises LocalError, without the text, if that is impossible."""
    try:
        return text.encode(charset)
    except UnicodeEncodeError:
        if charset == UTF_8:
            raise LocalError("user or password has characters that UTF-8 cannot hold") from None
        raise LocalError(
            f'user or password has characters that login_charset = "{charset}" cannot hold'
        ) from None


def _md5(content: bytes = b"") -> Any:
    """MD5 as a digest method: also where it is forbidden for purposes of security."""
    return md5(content, usedforsecurity=False)


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
    """Base of the mechanisms for access tokens: one message, and an answer to a refusal."""

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
        self.problem = _reason(challenge)
        return self.answer_to_refusal

    @property
    def is_complete(self) -> bool:
        """A server that has refused the token can't say afterwards that it took it."""
        return not self._is_refused


class XOAuth2(BearerMechanism):
    """XOAUTH2, which Google and Microsoft use."""

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
    """Return in words why the token was refused; the text isn't printable yet."""
    try:
        answer = json.loads(challenge) if len(challenge) <= MAX_REASON_BYTES else None
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        return "the server gave a reason that cannot be read"
    status = str(answer.get("status") or "none")
    words = _STATUS_WORDS.get(status.lower())
    reason = f"{words}, status {status}" if words else f"status {status}"
    scope = answer.get("scope")
    return f"{reason}; it must be for {scope}" if isinstance(scope, str) and scope else reason
