"""Access tokens from ``token_command``: a program that keeps and renews them, such as pizauth."""

from __future__ import annotations

from poptui.errors import LoginError, TokenError
from poptui.patterns import lazy_pattern
from poptui.secret import Secret
from poptui.storage.user_command import first_line_of

_TOKEN = lazy_pattern(rb"[A-Za-z0-9._~+/!$&:;@|*-]+=*")
"""An access token: RFC 6750 section 2.1, and what else is sent in one word without quoting."""


class CommandTokens:
    """Runs the command before each login, and again if the server refuses the token."""

    def __init__(self, command: str, title: str) -> None:
        """``title`` names the account in errors."""
        self._command, self._title = command, title
        self._prepared: Secret | None = None

    async def prepare(self) -> None:
        """Get the token for the first login while the command may ask on the terminal.

        Later the interface has the terminal. Raises TokenError.
        """
        self._prepared = await self._run(may_ask=True)

    async def token(self, refused: Secret | None = None) -> Secret:
        """Return the token that was prepared, or what the command prints. Raises TokenError."""
        prepared, self._prepared = self._prepared, None
        return prepared or await self._run(may_ask=False)

    async def _run(self, *, may_ask: bool) -> Secret:
        try:
            line = await first_line_of(self._command, "token_command", self._title, may_ask=may_ask)
        except LoginError as error:
            raise TokenError(str(error)) from None  # another password would not help
        if not _TOKEN.fullmatch(line):
            raise TokenError(
                f"The token_command for {self._title} printed something that is no access token, so"
                " poptui did not log in. It must print the token alone, as its first line."
            )
        return Secret(line.decode("ascii"))
