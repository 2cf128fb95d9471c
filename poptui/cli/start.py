"""``poptui`` without a TARGET: the accounts to choose from, and switching between them."""

from __future__ import annotations

from functools import partial

from poptui.cli.arguments import COMMANDS
from poptui.cli.session import (
    check_settings,
    credentials_of,
    log_in_and_remember,
    open_header_cache,
    server_profile,
    with_hint,
)
from poptui.errors import LoginError
from poptui.mailbox.overview import MailboxOverview, look_into
from poptui.storage.config import Config, load_config
from poptui.storage.secrets import PasswordNeededError
from poptui.storage.settings import Settings
from poptui.tui.results import Account, StartChoice

Refusals = dict[str, LoginError]
"""By account: the server's last refusal of a password that is kept somewhere."""


async def choose_account(last: str, notice: str, refusals: Refusals) -> StartChoice:
    """Show the accounts, or a welcome if there is none. Raises ConfigError.

    A password in ``refusals`` isn't sent again unless the user asks for it, because many refusals
    lock an account; others are added.
    """
    from poptui.tui.run import run_start

    config = load_config(further=check_settings)
    accounts = [_account(config, name, refusals) for name in config.accounts]
    return await run_start(
        accounts, theme=config.settings.theme, last=last, notice=notice, reserved=COMMANDS
    )


def _account(config: Config, name: str, refusals: Refusals) -> Account:
    settings = config.for_target(name)
    known = [refusals[name]] if name in refusals else []

    async def look() -> MailboxOverview:
        if known:
            raise known.pop()
        try:
            return await _overview(settings)
        except LoginError as error:
            if error.asks_password and not isinstance(error, PasswordNeededError):
                refusals[name] = error
            raise

    return Account(name, settings.server.title, look)


async def _overview(settings: Settings) -> MailboxOverview:
    """Ask one server, without asking the user. Raises PoptuiError."""
    credentials, hint = await credentials_of(
        settings, stdin=False, one_mailbox=False, may_ask=False
    )
    server, profile = settings.server, server_profile(settings.cache)
    log_in = partial(log_in_and_remember, server, credentials, profile, settings.connection)
    return await look_into(
        partial(with_hint, hint, log_in),
        partial(open_header_cache, server.account) if settings.cache else None,
    )
