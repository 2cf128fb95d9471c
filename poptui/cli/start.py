"""``poptui`` without a TARGET: the accounts to choose from, and switching between them."""

from __future__ import annotations

from functools import partial

from poptui.cli.arguments import COMMANDS
from poptui.cli.session import (
    check_settings,
    credentials_of,
    log_in_and_remember,
    open_header_cache,
    say_to_user,
    server_profile,
    with_hint,
)
from poptui.errors import LoginError, PoptuiError
from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.access.overview import MailboxOverview, NotAskedError, read_overview
from poptui.net.connecting import OpenConnection
from poptui.net.login import LoginObserver
from poptui.net.login_refusals import login_delay_s
from poptui.net.server import Server
from poptui.net.server_profile import ServerNumber
from poptui.storage.client_key import with_key_unlocked
from poptui.storage.config import Config, load_config
from poptui.storage.overviews import Figures, open_overviews
from poptui.storage.secrets import PassphraseNeededError, PasswordNeededError
from poptui.storage.settings import Settings
from poptui.tui.results import Account, StartChoice

FRESH_S = 300.0
"""Figures up to this age are shown again without a login."""
SHORT_DELAY_S = 5.0
"""A shorter LOGIN-DELAY has passed by the time the user has chosen a mailbox."""

Refusals = dict[str, LoginError]
"""By account: the server's last refusal of a password that is kept somewhere."""


async def choose_account(
    last: str, notice: str, refusals: Refusals, *, asks: PasswordNeededError | None = None
) -> StartChoice:
    """Show the accounts, or a welcome if there is none. Raises ConfigError.

    ``asks``: the account ``last`` was chosen, but needs a password.

    A password in ``refusals`` isn't sent again unless the user asks for it, because many refusals
    lock an account; others are added.
    """
    from poptui.tui.apps.run import run_start

    config = load_config(further=check_settings)
    accounts = [_account(config, name, refusals) for name in config.accounts]
    return await run_start(
        accounts,
        theme=config.settings.theme,
        last=last,
        notice=notice,
        asks=asks,
        reserved=COMMANDS,
    )


def _account(config: Config, name: str, refusals: Refusals) -> Account:
    settings = config.for_target(name)
    known = [refusals[name]] if name in refusals else []

    async def look(is_wanted: bool) -> MailboxOverview:
        if known:
            raise known.pop()
        try:
            return await _overview(settings, is_wanted)
        except LoginError as error:
            is_refusal = not isinstance(error, PasswordNeededError | PassphraseNeededError)
            if error.asks_password and is_refusal:
                refusals[name] = error
            raise

    return Account(name, settings.server.title, look)


async def _overview(settings: Settings, is_wanted: bool) -> MailboxOverview:
    """Return a mailbox's figures: the remembered ones if they are recent, unless ``is_wanted``.

    A server that limits how often one may log in is asked only if the user wants that, and if it
    is not too early: otherwise the user could not open the mailbox next. Raises PoptuiError;
    NotAskedError if nothing is remembered.
    """
    server, profile = settings.server, server_profile(settings.cache)
    overviews = open_overviews(cache=settings.cache)
    delay_s = profile.number(ServerNumber.LOGIN_DELAY_S, server.address) or 0
    figures = overviews.figures(server.account)
    if not is_wanted and figures is not None and figures.age_s < FRESH_S:
        return _remembered(figures)
    if delay_s > SHORT_DELAY_S:
        since_s = overviews.since_login_s(server.account)
        if not is_wanted or (since_s is not None and since_s < delay_s):
            return _not_asked(server, delay_s, figures)
    settings = await with_key_unlocked(settings, say=say_to_user, may_ask=False)
    server = settings.server
    credentials, hint = await credentials_of(
        settings, stdin=False, one_mailbox=False, may_ask=False
    )
    watch = LoginObserver() if is_wanted else _DelayWatch()
    log_in = partial(
        log_in_and_remember, server, credentials, profile, settings.connection, overviews, watch
    )
    try:
        seen = await read_overview(
            partial(with_hint, hint, log_in),
            partial(open_header_cache, server.account) if settings.cache else None,
        )
    except _LimitedError as limited:
        return _not_asked(server, limited.delay_s, figures)
    overviews.remember(server.account, seen.message_count, seen.size_bytes, seen.new_count)
    return seen


def remember_mailbox(mailbox: Mailbox, settings: Settings) -> None:
    """Remember what is in a mailbox that the user leaves, for the list of accounts."""
    overviews, account = open_overviews(cache=settings.cache), settings.server.account
    if (seen := mailbox.overview()) is None:
        overviews.forget(account)
    else:
        overviews.remember(account, seen.message_count, seen.size_bytes, seen.new_count)


class _LimitedError(PoptuiError):
    """The server announces that it wants a pause between logins."""

    def __init__(self, delay_s: float) -> None:
        super().__init__("The server wants a pause between logins.")
        self.delay_s = delay_s


class _DelayWatch(LoginObserver):
    """Stops before the login on a server that requires a long pause between logins."""

    def connected(self, connection: OpenConnection) -> None:
        if (delay_s := login_delay_s(connection.capabilities)) > SHORT_DELAY_S:
            raise _LimitedError(delay_s)


def _not_asked(server: Server, delay_s: float, figures: Figures | None) -> MailboxOverview:
    """Return the remembered figures. Raises NotAskedError if there are none."""
    pause = f"{delay_s / 60:.0f} minutes" if delay_s > 90 else f"{delay_s:.0f} seconds"
    remark = (
        f"{server.address} wants {pause} between two logins, so poptui looks only when you open the"
        " account or, after that time, press r."
    )
    if figures is None:
        raise NotAskedError(remark)
    return _remembered(figures)._replace(remark=remark)


def _remembered(figures: Figures) -> MailboxOverview:
    return MailboxOverview(
        figures.message_count, figures.size_bytes, figures.new_count, figures.age_s
    )
