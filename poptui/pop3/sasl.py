"""SASL mechanisms for AUTH (RFC 5034), in one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from poptui.pop3.errors import LocalError, encoded
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
        if "\0" in user + password.reveal():
            raise LocalError("PLAIN takes no NUL in user or password")
        self._user, self._password = user, password
        self._asked = False

    def initial(self) -> bytes:
        """``NUL user NUL password``, in UTF-8. Raises LocalError where that cannot hold them."""
        return encoded(f"\0{self._user}\0{self._password.reveal()}")

    def answer(self, challenge: bytes) -> bytes | None:
        """The same, once, for a server that asks: it got no initial response, or overlooked it."""
        again, self._asked = self._asked, True
        return None if challenge or again else self.initial()


class Login:
    """LOGIN (obsolete, no RFC): user and password, each on demand."""

    def __init__(self, user: str, password: Secret) -> None:
        self._answers = [encoded(password.reveal()), encoded(user)]

    def initial(self) -> None:
        """The server asks first."""

    def answer(self, challenge: bytes) -> bytes | None:
        """The user, then the password, whatever the prompts say."""
        return self._answers.pop() if self._answers else None


MECHANISMS: dict[str, Callable[[str, Secret], Mechanism]] = {"PLAIN": Plain, "LOGIN": Login}
"""In order of preference. Both send the password itself: only inside TLS, or where plaintext
is allowed."""
