"""``poptui`` without a TARGET: the accounts to choose from, and switching between them."""

from __future__ import annotations

from functools import partial

from poptui.cli.arguments import COMMANDS
from poptui.cli.session import check_settings, credentials_of, open_header_cache, server_profile
from poptui.mailbox.overview import MailboxOverview, look_into
from poptui.net.login import log_in
from poptui.storage.config import Config, load_config
from poptui.storage.settings import Settings
from poptui.tui.results import Account, StartChoice


async def choose_account(last: str = "", notice: str = "") -> StartChoice:
    """Show the accounts, or a welcome if there is none. Raises ConfigError."""
    from poptui.tui.run import run_start

    config = load_config(further=check_settings)
    accounts = [_account(config, name) for name in config.accounts]
    return await run_start(
        accounts, theme=config.settings.theme, last=last, notice=notice, reserved=COMMANDS
    )


def _account(config: Config, name: str) -> Account:
    settings = config.for_target(name)
    return Account(name, settings.server.title, partial(_overview, settings))


async def _overview(settings: Settings) -> MailboxOverview:
    """Ask one server, without asking the user. Raises PoptuiError."""
    credentials, _ = await credentials_of(settings, stdin=False, one_mailbox=False, may_ask=False)
    return await look_into(
        partial(
            log_in,
            settings.server,
            credentials,
            server_profile(settings.cache),
            settings.connection,
        ),
        partial(open_header_cache, settings.server.account) if settings.cache else None,
    )
