"""Makes the first connection, with the user's help if necessary.

If the certificate can't be verified, the user may trust it; if the login is refused, the user may
enter another password or sign in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from poptui.errors import LoginError, PoptuiError
from poptui.mailbox.changes import ConnectionState
from poptui.net.tls_errors import UntrustedCertificateError
from poptui.printable import printable_line
from poptui.threads import run_detached
from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.results import ExitResult


class FirstConnection:
    """Makes the first connection, and ends the program if that fails for good."""

    def __init__(
        self,
        host: Host,
        mailbox: MailboxProtocol,
        connecting: Awaitable[None] | None,
        retry_login: Callable[[LoginError], Awaitable[bool]],
    ) -> None:
        """``connecting`` is the first attempt, already on its way.

        ``retry_login`` asks for a password or a sign-in; it returns whether that succeeded.
        """
        self._host, self._mailbox = host, mailbox
        self._connecting, self._retry_login = connecting, retry_login
        self.failure: ExitResult | None = None
        """The result of the program if no login ever succeeds."""

    async def run(self) -> None:
        """Connect, or end the program and say why."""
        try:
            await self._connect()
        except PoptuiError as error:
            end = self.failure = ExitResult(error.exit_code, str(error), was_opened=False)
            if isinstance(error, LoginError) and error.can_be_completed:
                self._host.dialogs.enqueue("sign in", partial(self._retry_or_end, error, end))
            elif self._mailbox.session.state is not ConnectionState.WAITING:
                self._host.exit(end)

    async def _retry_or_end(self, error: LoginError, end: ExitResult) -> None:
        if not await self._retry_login(error):
            self._host.exit(end)

    async def _connect(self) -> None:
        """Connect, again for each certificate that the user trusts. Raises PoptuiError.

        Later certificates that can't be verified are refused without a question: a server whose
        certificate was valid before deserves more than a quick answer.
        """
        while True:
            try:
                await (self._connecting or self._mailbox.session.connect())
                return
            except UntrustedCertificateError as error:
                answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
                self._host.dialogs.enqueue("certificate", partial(self._ask, error, answer))
                chosen = await answer
                from poptui.tui.screens.certificate import ONCE, SAVE

                if chosen not in (ONCE, SAVE):
                    raise
                self._mailbox.session.trust(error.certificate.fingerprint)
                if chosen == SAVE:
                    await self._save_pin(error.certificate.fingerprint)
                self._connecting = None

    async def _ask(self, error: UntrustedCertificateError, answer: asyncio.Future[str]) -> None:
        """Ask whether to trust the certificate; put the answer into ``answer``."""
        from poptui.tui.screens.certificate import REFUSE, CertificateScreen

        chosen = REFUSE
        try:
            settings = self._host.settings
            name = settings.name if settings.path.is_absolute() else ""
            screen = CertificateScreen(error, printable_line(name))
            chosen = await self._host.dialog(screen) or REFUSE
        finally:
            if not answer.done():
                answer.set_result(chosen)

    async def _save_pin(self, fingerprint: str) -> None:
        """Save the pin; if that fails, the certificate is trusted until the program ends."""
        from poptui.storage.config_file import save_account

        settings = self._host.settings
        try:
            pin = {"pin": fingerprint}
            await run_detached(lambda: save_account(settings.path, settings.name, pin))
        except PoptuiError as error:
            self._host.say(
                f"The pin could not be saved; it is trusted until poptui ends. {error}",
                is_error=True,
            )
