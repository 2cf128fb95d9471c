"""The credentials of an account: its password, its access tokens, or both.

They are the same for all its sessions. A password is asked for once and kept. Tokens expire, so
their source is kept instead and asked before each login.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from poptui.secret import Secret


class TokenSource(Protocol):
    """A source of access tokens for XOAUTH2 and OAUTHBEARER."""

    async def token(self, refused: Secret | None = None) -> Secret:
        """Return a token that should be valid now. Raises PoptuiError.

        ``refused`` is the token that the server has just refused: return another one.
        """


class Credentials(NamedTuple):
    """The password and the source of tokens of an account; either may be missing."""

    password: Secret | None = None
    tokens: TokenSource | None = None
