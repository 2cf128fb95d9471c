"""Make the mailbox that a command line names: settings, password, connection, stores."""

from __future__ import annotations

import asyncio
import logging
from argparse import Namespace
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from poptui.cli.streams import note, say
from poptui.environment import PASSWORD
from poptui.errors import LoginError, StoredPasswordRefusedError, UsageError
from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.changes import Change, Notice
from poptui.mailbox.commit.verification import DeletionVerifier, StoredServerRecord, Verify
from poptui.mailbox.decoding.codec import packing_version
from poptui.mailbox.headers.cache import Cache
from poptui.mailbox.marks.mark_writer import Journal
from poptui.mailbox.messages.service import BodyStore
from poptui.mailbox.scoring.scorer import Scorer
from poptui.mailbox.session.manager import LogIn
from poptui.net.credentials import Credentials, TokenSource
from poptui.net.login import LoggedInClient, LoginObserver, log_in
from poptui.net.login_methods import BY_NAME, CredentialKind
from poptui.net.server import ConnectionOptions, Server, parse_pin
from poptui.net.server_profile import ServerNumber, ServerProfile
from poptui.net.transcript import Transcript
from poptui.printable import printable_line, shell_word
from poptui.secret import Secret
from poptui.storage.client_key import with_key_unlocked
from poptui.storage.config import Config, load_config
from poptui.storage.overviews import RememberedOverviews, open_overviews
from poptui.storage.secrets import (
    FoundPassword,
    PasswordSource,
    find_kept_password,
    find_password,
)
from poptui.storage.settings import Settings
from poptui.storage.toml_reader import ConfigReport
from poptui.triage.spam.verdict import Context

if TYPE_CHECKING:
    from poptui.storage.safety_copies import SafetyCopyStore

logger = logging.getLogger(__name__)

T = TypeVar("T")


def settings_of(options: Namespace, config: Config) -> Settings:
    """Return the settings for the mailbox that the command line names. Raises UsageError."""
    return config.for_target(
        options.target or _only_account(config),
        starttls=options.starttls,
        allow_plaintext=options.allow_plaintext,
        ca_file=options.ca_file,
        pin=options.pin and parse_pin(options.pin),
        client_cert=options.client_cert,
        client_key=options.client_key,
        tls_min=options.tls_min,
        proxy=options.proxy,
        readonly=options.read_only,
    )


def _only_account(config: Config) -> str:
    if len(config.accounts) == 1:
        return next(iter(config.accounts))
    known = ", ".join(config.accounts)
    raise UsageError(
        f"Which mailbox? Run 'poptui NAME' with one of {known}."
        if known
        else "No account configured. Open one with 'poptui pops://user@host', or try 'poptui demo'."
        " See: poptui --help"
    )


async def mailbox_of(
    settings: Settings,
    *,
    stdin: bool,
    background: bool,
    scorer: Scorer | None = None,
    one_mailbox: bool = True,
    may_prompt: bool = True,
) -> Mailbox:
    """Make a mailbox, not yet connected; ask for the password if needed. Raises PoptuiError;
    PasswordNeededError if not ``may_prompt``.

    Without ``one_mailbox`` it is one of several, and ``POPTUI_PASSWORD`` isn't used.
    """
    logger.info("settings of %s: %s", settings.server.title, settings.changed())
    settings = await with_key_unlocked(settings, say=say_to_user)
    credentials, hint = await credentials_of(
        settings, stdin=stdin, one_mailbox=one_mailbox, may_prompt=may_prompt
    )
    mailbox = mailbox_at(
        settings, credentials, background=background, stored=True, scorer=scorer, hint=hint
    )
    if not background:
        mailbox.listen(print_notice)
    return mailbox


def say_to_user(text: str) -> None:
    """Print a sentence on standard error, even with --quiet: it belongs to a question."""
    say(f"poptui: {printable_line(text)}")


async def credentials_of(
    settings: Settings,
    *,
    stdin: bool,
    one_mailbox: bool = True,
    may_ask: bool = True,
    may_prompt: bool = True,
) -> tuple[Credentials, RefusalHint]:
    """Return the credentials, and the hint to add if the server refuses them.

    A password is asked for only if the account has neither tokens nor a client certificate. Raises
    PoptuiError; PasswordNeededError if the user would have to be asked, but not ``may_prompt``.
    """
    server, command = settings.server, settings.password_command
    chosen = BY_NAME.get(server.mechanism or "")
    if chosen is not None and chosen.credential is CredentialKind.CERTIFICATE:
        return Credentials(), NO_HINT
    tokens = await _token_source(settings)
    is_token_chosen = chosen is not None and chosen.credential is CredentialKind.TOKEN
    if is_token_chosen or (tokens and not (stdin or command or (one_mailbox and PASSWORD.get()))):
        return Credentials(tokens=tokens), NO_HINT
    if tokens or server.client_cert:
        kept, _ = await find_kept_password(
            server, stdin=stdin, command=command, one_mailbox=one_mailbox, may_ask=may_ask
        )
        hint = _hint_if_refused(settings, kept) if kept else NO_HINT
        return Credentials(kept and kept.secret, tokens), hint
    found = await find_password(
        server,
        stdin=stdin,
        command=command,
        say=say_to_user,
        one_mailbox=one_mailbox,
        may_ask=may_ask,
        may_prompt=may_prompt,
        accepted=_accepted.get(server),
    )
    return Credentials(found.secret), _hint_if_refused(settings, found)


_accepted: dict[Server, Secret] = {}
"""The passwords that servers accepted while this process runs, so that a user who switches between
accounts types each once."""


async def log_in_and_remember(
    server: Server,
    credentials: Credentials,
    profile: ServerProfile,
    options: ConnectionOptions,
    overviews: RememberedOverviews,
    observer: LoginObserver | None = None,
) -> LoggedInClient:
    """Log in; keep the password in memory if it is accepted, and forget it if it is refused.

    The time of the login goes into ``overviews`` if the server limits how often one may log in.
    """
    try:
        session = await log_in(server, credentials, profile, options, observer)
    except LoginError as error:
        if error.asks_password:
            _accepted.pop(server, None)
        raise
    if credentials.password is not None:
        _accepted[server] = credentials.password
    if profile.number(ServerNumber.LOGIN_DELAY_S, server.address):
        overviews.note_login(server.account)
    return session


async def _token_source(settings: Settings) -> TokenSource | None:
    """Return the source of the account's access tokens, if it has one. Raises PoptuiError."""
    if settings.token_command:
        from poptui.storage.user_command import CommandTokens

        tokens = CommandTokens(settings.token_command, settings.server.title)
        await tokens.prepare()
        return tokens
    if settings.oauth_client_id:
        from poptui.accounts.oauth.client import oauth_client
        from poptui.accounts.oauth.stored_tokens import StoredTokens

        return StoredTokens(oauth_client(settings))
    return None


class RefusalHint(NamedTuple):
    """A sentence to add to the error if the password is refused."""

    sentence: str = ""
    is_stored: bool = False
    """Whether the keyring keeps that password."""


NO_HINT = RefusalHint()


def _hint_if_refused(settings: Settings, found: FoundPassword) -> RefusalHint:
    """Return the hint for a refused password; empty if the user has just typed it."""
    if found.source is PasswordSource.PROMPT:
        return NO_HINT
    whose = shell_word(settings.name or settings.url)
    replaced = (
        f" Replace it with: poptui account password {whose}."
        if found.source is PasswordSource.KEYRING
        else ""
    )
    sentence = f" The password came from {found.source.value}.{replaced}"
    return RefusalHint(sentence, found.source is PasswordSource.KEYRING)


def print_notice(change: Change) -> None:
    """Print a notice on standard error, such as a peculiarity of the server."""
    if isinstance(change, Notice):
        note(f"poptui: {printable_line(change.text)}")


def settings_and_scorer(options: Namespace) -> tuple[Settings, Scorer]:
    """Return the settings for the mailbox that the command line names, and its scorer.

    Raises UsageError, with all mistakes in the configuration file.
    """
    from poptui.mailbox.scoring.from_config import scorer_of

    settings = settings_of(options, load_config(further=check_settings))
    return settings, scorer_of(settings)


def check_settings(settings: Settings, report: ConfigReport) -> None:
    """Report mistakes in values that the configuration layer can't check, such as filters."""
    from poptui.mailbox.scoring.from_config import check_triage

    check_triage(settings, report)
    if settings.keys:
        from poptui.tui.actions.keymaps import check_keys

        check_keys(settings, report)


def mailbox_at(
    settings: Settings,
    credentials: Credentials,
    *,
    background: bool,
    stored: bool = False,
    scorer: Scorer | None = None,
    hint: RefusalHint = NO_HINT,
) -> Mailbox:
    """Make a mailbox for settings and credentials, not yet connected.

    ``background`` is for the interface: load headers unasked and release an idle session.
    ``stored`` keeps headers, bodies and, with ``background``, marks on this machine; a batch
    command's marks end with it. ``hint`` is added to the error if the password is refused.
    """
    server = settings.server
    profile = server_profile(stored and settings.cache)
    transcript = Transcript() if background else None
    connection = settings.connection._replace(transcript=transcript)
    overviews = open_overviews(cache=stored and settings.cache)

    def with_password(password: Secret) -> LogIn:
        typed = credentials._replace(password=password)
        return partial(log_in_and_remember, server, typed, profile, connection, overviews)

    return Mailbox(
        server.title,
        partial(
            with_hint,
            hint,
            partial(log_in_and_remember, server, credentials, profile, connection, overviews),
        ),
        background=background,
        idle_release=settings.idle_release if background else 0.0,
        verifier=DeletionVerifier(
            Verify(settings.verify), StoredServerRecord(profile, server.address)
        ),
        with_password=with_password,
        trust=partial(profile.trust, server.address),
        open_cache=partial(open_header_cache, server.account)
        if stored and settings.cache
        else None,
        open_journal=partial(_open_journal, server.account) if stored and background else None,
        context=context_of(server),
        scorer=scorer,
        bodies=_bodies(settings) if stored and settings.body_cache else None,
        open_copies=partial(_open_copies, settings) if settings.safety_copy != "off" else None,
        readonly=settings.readonly,
        transcript=transcript,
    )


async def with_hint(hint: RefusalHint, log_in: Callable[[], Awaitable[T]]) -> T:
    """Call ``log_in``; add ``hint`` to the error if the password is refused."""
    try:
        return await log_in()
    except LoginError as error:
        if not (hint.sentence and error.asks_password):
            raise
        is_stored = hint.is_stored and type(error) is LoginError
        kind = StoredPasswordRefusedError if is_stored else type(error)
        raise kind(f"{error}{hint.sentence}") from None


def _bodies(settings: Settings) -> BodyStore:
    from poptui.storage.bodies import open_body_cache

    return open_body_cache(settings.server.account, settings.body_cache)


def _open_copies(settings: Settings) -> SafetyCopyStore:
    from poptui.storage.safety_copy_index import copies_of

    return copies_of(
        settings.server.account,
        whole=settings.safety_copy == "full",
        limit=settings.safety_copy_limit,
        days=settings.safety_copy_days,
    )


def server_profile(cache: bool) -> ServerProfile:
    """Return the profile of known servers; it is stored on the disk if headers are."""
    if not cache:
        return ServerProfile()
    from poptui.storage.server_profiles import open_server_profile

    return open_server_profile()


def context_of(server: Server) -> Context:
    """Return the user's own addresses, as far as the login shows them, and the trusted hosts.

    A bare user name shows no address: the mail's domain need not be the server's.
    """
    host, user = server.host.lower(), server.user.lower()
    numeric = ":" in host or host.replace(".", "").isdigit()
    domain = host.partition(".")[2] if host.count(".") > 1 and not numeric else host
    return Context(frozenset({user} if "@" in user else ()), frozenset({host, domain}))


def open_header_cache(account: str) -> Cache:
    """Open the cached headers of an account."""
    from poptui.storage.cache import open_cache

    return open_cache(account, packing=packing_version())


def _open_journal(account: str) -> Journal:
    from poptui.storage.journal import open_journal

    return open_journal(account)


async def batch_mailbox(options: Namespace) -> Mailbox:
    """Connect to the mailbox, for a command that needs no scores. Raises PoptuiError."""
    settings = settings_of(options, load_config())
    mailbox = await mailbox_of(settings, stdin=options.password_stdin, background=False)
    await mailbox.session.connect()
    return mailbox


@asynccontextmanager
async def session_scope(mailbox: Mailbox) -> AsyncIterator[None]:
    """End the session after the block; drop the connection at once if the command is cancelled."""
    try:
        yield
    except asyncio.CancelledError:
        mailbox.session.abandon()
        raise
    finally:
        await mailbox.session.discard()
        await mailbox.close()
