"""How a password is proved to a server: the APOP digest (RFC 1939) and SASL (RFC 5034)."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import md5
from typing import Protocol

from poptui.pop3.errors import LocalError
from poptui.secret import Secret

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*"
_LITERAL = r"\[[\x21-\x5a\x5e-\x7e]*\]"
_TIMESTAMP = re.compile(rf"<{_DOT_ATOM}@(?:{_DOT_ATOM}|{_LITERAL})>")


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


def apop_digest(timestamp: str, password: Secret) -> str:
    """Return what APOP sends: MD5 of the timestamp and the password, in hexadecimal.

    Raises LocalError for a password that UTF-8 cannot encode.
    """
    content = timestamp.encode() + _encoded(password.reveal())
    return md5(content, usedforsecurity=False).hexdigest()


class Mechanism(Protocol):
    """One SASL exchange: what to send first, and an answer to each challenge."""

    def initial(self) -> bytes | None:
        """Return the initial response; None if the server speaks first."""

    def answer(self, challenge: bytes) -> bytes | None:
        """Return the answer to a challenge; None cancels the exchange."""


class Plain:
    """PLAIN (RFC 4616): one message with user and password."""

    def __init__(self, user: str, password: Secret) -> None:
        if "\0" in user + password.reveal():
            raise LocalError("PLAIN takes no NUL in user or password")
        self._user, self._password = user, password
        self._answered = False

    def initial(self) -> bytes:
        """Return ``NUL user NUL password`` in UTF-8. Raises LocalError if it can't be encoded."""
        return _encoded(f"\0{self._user}\0{self._password.reveal()}")

    def answer(self, challenge: bytes) -> bytes | None:
        """Send the message once to a server that got no initial response or ignored it."""
        already_answered, self._answered = self._answered, True
        return None if challenge or already_answered else self.initial()


class Login:
    """LOGIN (obsolete, no RFC): user and password, each on request."""

    def __init__(self, user: str, password: Secret) -> None:
        self._answers = [_encoded(password.reveal()), _encoded(user)]

    def initial(self) -> None:
        """Return None: the server speaks first."""

    def answer(self, challenge: bytes) -> bytes | None:
        """Return the user, then the password, whatever the prompts are."""
        return self._answers.pop() if self._answers else None


MECHANISMS: dict[str, Callable[[str, Secret], Mechanism]] = {"PLAIN": Plain, "LOGIN": Login}
"""By name. Both send the password itself, so they need TLS or a user who allows plaintext."""


def _encoded(text: str) -> bytes:
    """Encode ``text`` in UTF-8. Raises LocalError, without the text, for lone surrogates."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise LocalError("user or password has characters that UTF-8 cannot hold") from None
