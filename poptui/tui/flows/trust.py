"""The first connection; if the certificate can't be verified, the user may trust it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import partial

from poptui.errors import PoptuiError
from poptui.net.tls_errors import UntrustedCertificateError
from poptui.printable import printable_line
from poptui.threads import run_detached
from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.screens.certificate import ONCE, REFUSE, SAVE, CertificateScreen


async def connect_first(
    host: Host, mailbox: MailboxProtocol, connecting: Awaitable[None] | None
) -> None:
    """Wait for the first connection, again for each certificate that the user trusts.

    Raises PoptuiError. Later certificates that can't be verified are refused without a question:
    a server that was trusted by its issuer and no longer is, is no case for a quick answer.
    """
    while True:
        try:
            await (connecting or mailbox.session.connect())
            return
        except UntrustedCertificateError as error:
            answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            host.dialogs.enqueue("certificate", partial(_ask, host, error, answer))
            chosen = await answer
            if chosen not in (ONCE, SAVE):
                raise
            mailbox.session.trust(error.certificate.fingerprint)
            if chosen == SAVE:
                await _save(host, error.certificate.fingerprint)
            connecting = None


async def _ask(host: Host, error: UntrustedCertificateError, answer: asyncio.Future[str]) -> None:
    chosen = REFUSE
    try:
        settings = host.settings
        name = settings.name if settings.path.is_absolute() else ""
        chosen = await host.dialog(CertificateScreen(error, printable_line(name))) or REFUSE
    finally:
        if not answer.done():
            answer.set_result(chosen)


async def _save(host: Host, fingerprint: str) -> None:
    """Save the pin; if that fails, the certificate is trusted until the program ends."""
    from poptui.storage.config_file import save_account

    settings = host.settings
    try:
        pin = {"pin": fingerprint}
        await run_detached(lambda: save_account(settings.path, settings.name, pin))
    except PoptuiError as error:
        host.say(f"The pin is not saved, and holds until poptui ends. {error}", is_error=True)
