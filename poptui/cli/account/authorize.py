"""``poptui account authorize``: authorize poptui with OAuth, by a code or in a browser."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, Namespace

from poptui.accounts.oauth.authorize import (
    Grant,
    forget_authorization,
    keep_authorization,
    open_browser,
    require_keyring,
    usual_grant,
)
from poptui.accounts.oauth.browser import WAIT_S, BrowserGrant
from poptui.accounts.oauth.client import OAuthClient, oauth_client
from poptui.accounts.oauth.device import request_device_code, wait_for_tokens
from poptui.accounts.oauth.tokens import Tokens
from poptui.cli.command import CliCommand, add_common
from poptui.cli.prompts import inform, read_input
from poptui.cli.streams import note, say
from poptui.errors import ExitCode, UsageError
from poptui.printable import shell_word
from poptui.storage.config import load_config
from poptui.storage.settings import Settings

MAX_PASTED_BYTES = 65_536


async def authorize(options: Namespace) -> int:
    """Authorize an account, or forget its authorization. Raises PoptuiError."""
    settings = load_config().for_target(options.name)
    client = oauth_client(settings)
    if options.remove:
        removed = await forget_authorization(client)
        note(
            f"Removed the authorization for {client.title} from the keyring."
            f" {client.provider} still lists poptui as allowed, until you revoke that there."
            if removed
            else f"There is no authorization for {client.title} in the keyring."
        )
        return ExitCode.DONE if removed else ExitCode.FAILURE
    await require_keyring()
    grant = Grant(options.grant) if options.grant else usual_grant(client)
    run = _by_device if grant is Grant.DEVICE else _by_browser
    tokens = await run(client, settings, may_open=not options.no_open)
    await keep_authorization(client, tokens)
    note(
        f"poptui is authorized for {client.title}; the keyring has the token."
        f" To try it: poptui account test {shell_word(settings.name)}"
    )
    return ExitCode.DONE


async def authorize_account(name: str) -> int:
    """Authorize an account as the command does without options. Raises PoptuiError."""
    return await authorize(COMMAND.parse([name]))


async def _by_device(client: OAuthClient, settings: Settings, *, may_open: bool) -> Tokens:
    code = await request_device_code(client)
    inform(f"Open this page in a browser, on any machine, and sign in as {client.user}:")
    say(f"\n  {code.page}\n\nThere, type this code:\n\n  {code.user_code}\n")
    if may_open and code.page_with_code:
        await open_browser(code.page_with_code, settings.open_link)
    minutes = f"{code.expires_s / 60:.0f} minutes"
    inform(f"Waiting until you have done so ({minutes} at most; Ctrl-C stops) …")
    return await wait_for_tokens(client, code)


async def _by_browser(client: OAuthClient, settings: Settings, *, may_open: bool) -> Tokens:
    async with BrowserGrant(client) as grant:
        opened = may_open and await open_browser(grant.url, settings.open_link)
        inform(
            "A browser should open now. If not, open this page in one:"
            if opened
            else f"Open this page in a browser, and sign in as {client.user}:"
        )
        say(f"\n{grant.url}\n")
        inform(f"Waiting for the browser ({WAIT_S / 60:.0f} minutes at most; Ctrl-C stops) …")
        inform("If the browser runs on another machine, it ends at a page that can't be reached.")
        inform(f"Copy the address of that page ({grant.redirect}…) and paste it here:")
        pasting = asyncio.ensure_future(_take_pasted(grant))
        try:
            return await grant.tokens()
        finally:
            pasting.cancel()


async def _take_pasted(grant: BrowserGrant) -> None:
    """Read lines from standard input until one is the address of the browser's redirect."""
    pending = b""
    while data := await read_input(MAX_PASTED_BYTES):
        *lines, pending = (pending + data).split(b"\n")
        pending = pending[-MAX_PASTED_BYTES:]
        for line in lines:
            if not line.strip():
                continue
            try:
                grant.paste(line.decode("utf-8", "replace"))
                return
            except UsageError as error:
                inform(f"{error} Try again:")


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="an account with an oauth_client_id")
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--device",
        dest="grant",
        action="store_const",
        const=Grant.DEVICE.value,
        help="show a code to type in a browser on any machine",
    )
    way.add_argument(
        "--browser",
        dest="grant",
        action="store_const",
        const=Grant.BROWSER.value,
        help="print an address to open in a browser",
    )
    way.add_argument("--remove", action="store_true", help="remove the authorization kept here")
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    add_common(parser)


NOTES = """\
Without --device or --browser, poptui uses a code if the provider offers one
(Microsoft), otherwise a browser (Google). Both work over SSH. You need a client
id first; 'poptui help oauth' says how to get one.

The refresh token is stored in the keyring (service poptui, user "oauth
user@host:port"). Access tokens stay in memory.
"""

COMMAND = CliCommand(
    "poptui account authorize",
    "Let poptui read this account's mail with OAuth 2.0, without a password.",
    _add_arguments,
    authorize,
    NOTES,
)
