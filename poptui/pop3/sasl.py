"""SASL mechanisms for AUTH (RFC 5034), in one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from poptui.secret import Secret


class Mechanism(Protocol):
    """One exchange: what to send first, and an answer to each challenge."""

    def initial(self) -> bytes | None:
        """The initial response; None for a mechanism in which the server speaks first."""

    def answer(self, challenge: bytes) -> bytes | None:
        """The answer to a challenge; None cancels the exchange."""


class Plain:
    """PLAIN (RFC 4616): one message with everything in it."""

    def __init__(self, user: str, password: Secret) -> None:
        self._user, self._password = user, password

    def initial(self) -> bytes:
        """``NUL user NUL password``, in UTF-8."""
        return f"\0{self._user}\0{self._password.reveal()}".encode()

    def answer(self, challenge: bytes) -> bytes | None:
        """The same again, asked for where the line was too long for an initial response."""
        return self.initial() if not challenge else None


class Login:
    """LOGIN (obsolete, no RFC): user and password, each on demand."""

    def __init__(self, user: str, password: Secret) -> None:
        self._answers = [password.reveal().encode(), user.encode()]

    def initial(self) -> None:
        """The server asks first."""

    def answer(self, challenge: bytes) -> bytes | None:
        """The user, then the password, whatever the prompts say."""
        return self._answers.pop() if self._answers else None


MECHANISMS: dict[str, Callable[[str, Secret], Mechanism]] = {"PLAIN": Plain, "LOGIN": Login}
"""In order of preference. Both send the password itself: only inside TLS, or where plaintext
is allowed."""
