"""Lets the user authorize poptui with OAuth while the interface runs.

``authorize`` asks first, for a mailbox that can't be opened; ``run_grant`` is the next step, and
the last step of setting up an account too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from textual.screen import Screen

from poptui.accounts.oauth.authorize import (
    Grant,
    keep_authorization,
    open_browser,
    require_keyring,
    usual_grant,
)
from poptui.accounts.oauth.browser import BrowserGrant
from poptui.accounts.oauth.client import OAuthClient, oauth_client
from poptui.accounts.oauth.device import DeviceCode, request_device_code, wait_for_tokens
from poptui.accounts.oauth.tokens import Tokens
from poptui.errors import PoptuiError, UsageError
from poptui.storage.settings import Settings
from poptui.tui.flows.clipboard import ClipboardHost, copy_text
from poptui.tui.host import BackgroundTask, Host
from poptui.tui.screens.authorize import AuthorizeScreen
from poptui.tui.screens.choice import Choice, ChoiceScreen
from poptui.tui.screens.dialog import Dialog

YES = "yes"

R = TypeVar("R")


class GrantHost(ClipboardHost, Protocol):
    """The part of ``Host`` that ``run_grant`` needs."""

    def background(self, work: Coroutine[Any, Any, None], *, group: str) -> BackgroundTask:
        """Run ``work`` beside the interface."""

    async def dialog(self, screen: Screen[R]) -> R | None:
        """Show a dialog and return its result."""


async def authorize(host: Host, reason: str, otherwise: str) -> bool:
    """Ask, show what to do in a browser, and keep the result; return whether it succeeded.

    ``reason`` is a printable sentence: why it is needed; ``otherwise`` is the label of Esc. After
    an error the user can try again.
    """
    while True:
        choices = (
            Choice(YES, "a", "Authorize poptui in a browser"),
            Choice("later", "escape", otherwise),
        )
        question = ChoiceScreen("Authorization needed", (), choices, text=reason)
        if await host.dialog(question) != YES:
            return False
        try:
            return await run_grant(host, host.settings)
        except PoptuiError as error:
            reason = str(error)


async def run_grant(host: GrantHost, settings: Settings) -> bool:
    """Show what to do in a browser, and keep the result; return False if the user cancels.

    Raises PoptuiError.
    """
    client = oauth_client(settings)
    await require_keyring()
    tokens = await _tokens(host, client)
    if tokens is None:
        return False
    await keep_authorization(client, tokens)
    return True


async def _tokens(host: GrantHost, client: OAuthClient) -> Tokens | None:
    """Get tokens the usual way; None if the user cancels. Raises PoptuiError."""
    if usual_grant(client) is Grant.DEVICE:
        code = await request_device_code(client)
        return await _while_shown(
            host, _device_screen(host, client, code), wait_for_tokens(client, code)
        )
    async with BrowserGrant(client) as grant:
        return await _while_shown(host, _browser_screen(host, client, grant), grant.tokens())


def _device_screen(host: GrantHost, client: OAuthClient, code: DeviceCode) -> AuthorizeScreen:
    return AuthorizeScreen(
        client.user,
        code.page,
        code=code.user_code,
        copy=lambda screen: _copy(host, screen, code.page),
        open_page=lambda screen: _open(host, screen, code.page_with_code or code.page),
    )


def _browser_screen(host: GrantHost, client: OAuthClient, grant: BrowserGrant) -> AuthorizeScreen:
    def paste(text: str) -> str:
        try:
            grant.paste(text)
        except UsageError:
            return f"Wrong address: the right one begins with {grant.redirect}"
        return ""

    return AuthorizeScreen(
        client.user,
        grant.url,
        copy=lambda screen: _copy(host, screen, grant.url),
        open_page=lambda screen: _open(host, screen, grant.url),
        paste=paste,
    )


async def _while_shown(
    host: GrantHost, screen: AuthorizeScreen, getting: Coroutine[Any, Any, Tokens]
) -> Tokens | None:
    """Show ``screen`` until the tokens are there or the user cancels. Raises PoptuiError."""
    waiting = asyncio.ensure_future(getting)
    waiting.add_done_callback(lambda _: screen.call_later(_dismiss, screen))
    try:
        await host.dialog(screen)
        return await waiting if waiting.done() else None
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


def _dismiss(screen: AuthorizeScreen) -> None:
    if screen.is_current:
        screen.dismiss(True)


def _copy(host: GrantHost, screen: Dialog[bool], text: str) -> None:
    async def copy() -> None:
        try:
            copied = await copy_text(host, text)
        except UsageError as error:
            screen.say(str(error))
        else:
            screen.say("Copied" if copied else "Sent to the terminal's clipboard")

    host.background(copy(), group="clipboard")


def _open(host: GrantHost, screen: Dialog[bool], page: str) -> None:
    async def open_page() -> None:
        if not await open_browser(page, host.settings.open_link):
            screen.say("There is no browser here; set open_link")

    host.background(open_page(), group="browser")
