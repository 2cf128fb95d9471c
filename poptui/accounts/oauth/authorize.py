"""The parts of an OAuth authorization that the command line and the interface share."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import Mapping
from enum import Enum

from poptui.accounts.oauth.client import OAuthClient
from poptui.accounts.oauth.http import is_endpoint
from poptui.accounts.oauth.tokens import Tokens
from poptui.environment import without_own
from poptui.errors import ServerError
from poptui.storage.keyring_store import (
    KeyringError,
    check_keyring,
    clear_keyring,
    refresh_token_key,
    write_keyring,
)


class Grant(Enum):
    """The ways to authorize."""

    DEVICE = "device"
    """A code to type in a browser anywhere."""
    BROWSER = "browser"
    """A page to open in a browser, best on this machine."""


def usual_grant(client: OAuthClient) -> Grant:
    """Return the grant that works in most places: a code, if the provider offers one."""
    return Grant.DEVICE if client.device_url else Grant.BROWSER


async def require_keyring() -> None:
    """Raise KeyringError if the keyring stores nothing, before the user opens the browser."""
    try:
        await check_keyring()
    except KeyringError as error:
        raise error.with_advice(
            "poptui stores an authorization only in a keyring. Unlock or install one (on Linux a"
            " Secret Service such as gnome-keyring), or set a token_command."
        ) from None


async def keep_authorization(client: OAuthClient, tokens: Tokens) -> None:
    """Put the refresh token into the keyring. Raises PoptuiError."""
    if tokens.refresh is None:
        raise ServerError(
            f"{client.provider} gave an access token, but no refresh token to get further ones"
            " with. Check that oauth_scope asks for offline access."
        )
    try:
        await write_keyring(refresh_token_key(client.account), tokens.refresh)
    except KeyringError as error:
        raise error.with_advice(
            f"So the authorization for {client.title} is lost. Unlock or install a keyring, and"
            f" run again: {client.command}."
        ) from None


async def forget_authorization(client: OAuthClient) -> bool:
    """Remove the refresh token from the keyring; return whether there was one."""
    return await clear_keyring(refresh_token_key(client.account))


def browser_command(
    url: str, open_link: str, environ: Mapping[str, str], platform: str = sys.platform
) -> list[str] | None:
    """Return the command that opens a browser, None if there is none that the user would see.

    ``open_link`` is the user's own command. Over SSH a browser would open on the wrong machine.
    """
    if not is_endpoint(url):
        return None
    if open_link:
        words = shlex.split(open_link)
        if any("%s" in word for word in words):
            return [word.replace("%s", url) for word in words]
        return [*words, url]
    if "SSH_CONNECTION" in environ:
        return None
    if platform == "darwin":
        return ["open", url]
    has_screen = environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    return ["xdg-open", url] if has_screen and shutil.which("xdg-open") else None


async def open_browser(url: str, open_link: str) -> bool:
    """Try to open a browser, detached from the terminal; return whether a command was started."""
    from asyncio import create_subprocess_exec

    command = browser_command(url, open_link, os.environ)
    if command is None:
        return False
    try:
        await create_subprocess_exec(
            *command,
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
            start_new_session=True,
            env=without_own(os.environ),
        )
    except OSError:
        return False
    return True
