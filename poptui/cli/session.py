"""From options to a mailbox: configuration, password, connection."""

from __future__ import annotations

from argparse import Namespace
from functools import partial

from poptui.errors import UsageError
from poptui.mailbox.commit.verification import DeletionVerifier, StoredServerRecord, Verify
from poptui.mailbox.headers.cache import Cache
from poptui.mailbox.headers.codec import packing_version
from poptui.mailbox.mailbox import Mailbox
from poptui.mailbox.marks.persistence import Journal
from poptui.mailbox.messages.service import BodyStore
from poptui.mailbox.scoring.scorer import Scorer
from poptui.mailbox.session.manager import LogIn
from poptui.net.login import log_in
from poptui.net.pipelining import ServerProfile
from poptui.net.server import Server
from poptui.secret import Secret
from poptui.storage.config import Config, load_config
from poptui.storage.safety_copies import SafetyCopyStore
from poptui.storage.secrets import password_for
from poptui.triage.spam.verdict import Context


def server_of(options: Namespace, config: Config) -> Server:
    """The server that the command line names. Raises UsageFault."""
    return config.server(
        options.target or _only_account(config),
        starttls=options.starttls,
        allow_plaintext=options.allow_plaintext,
        ca_file=options.ca_file,
        pin=options.pin,
        readonly=options.read_only,
    )


def _only_account(config: Config) -> str:
    if len(config.accounts) == 1:
        return next(iter(config.accounts))
    known = ", ".join(config.accounts)
    raise UsageError(
        f"Say which mailbox: poptui NAME, one of {known}."
        if known
        else "Say which mailbox: poptui pops://user@host, or try poptui demo. More: poptui --help"
    )


async def mailbox_of(
    server: Server, config: Config, *, stdin: bool, background: bool, scorer: Scorer | None = None
) -> Mailbox:
    """The mailbox, not yet connected; asks for the password if need be. Raises Fault."""
    password = await password_for(server, stdin=stdin)
    return mailbox_at(
        server,
        password,
        background=background,
        cache=config.cache,
        journal=background,
        appraisal=scorer,
        body_room=config.body_cache,
    )


def scorer_for(server: Server, config: Config) -> Scorer:
    """What scores the messages of this mailbox, on the screen and in batch. Raises UsageError."""
    from poptui.mailbox.scoring.from_config import scorer_of

    return scorer_of(f"{server.user}@{server.address}", config)


def mailbox_at(
    server: Server,
    password: Secret,
    *,
    background: bool,
    cache: bool = False,
    journal: bool = False,
    appraisal: Scorer | None = None,
    body_room: int = 0,
) -> Mailbox:
    """The mailbox of a server and a password, not yet connected.

    With ``journal`` marks outlive the program; what a batch command marks is its own affair.
    """
    habits = _habits(cache)

    def with_password(password: Secret) -> LogIn:
        return partial(log_in, server, password, habits)

    return Mailbox(
        server.title,
        with_password(password),
        background=background,
        idle_release=server.idle_release if background else 0.0,
        trust=DeletionVerifier(Verify(server.verify), StoredServerRecord(habits, server.address)),
        with_password=with_password,
        open_cache=partial(_open_cache, server) if cache else None,
        open_journal=partial(_open_journal, server) if journal else None,
        context=context_of(server),
        appraisal=appraisal,
        bodies=_bodies(server, body_room) if body_room else None,
        open_copies=partial(_open_copies, server) if server.safety_copy != "off" else None,
        readonly=server.readonly,
    )


def _bodies(server: Server, room: int) -> BodyStore:
    from poptui.storage.bodies import kept_bodies

    return kept_bodies(f"{server.user}@{server.address}", room)


def _open_copies(server: Server) -> SafetyCopyStore:
    from poptui.storage.safety_copy_index import copies_of

    return copies_of(
        f"{server.user}@{server.address}",
        whole=server.safety_copy == "full",
        limit=server.safety_copy_limit,
        days=server.safety_copy_days,
    )


def _habits(cache: bool) -> ServerProfile:
    """What is known of servers; kept where headers are."""
    if not cache:
        return ServerProfile()
    from poptui.storage.server_profiles import kept_habits

    return kept_habits()


def context_of(server: Server) -> Context:
    """Whose mailbox it is, as far as the login tells; its server and domain can be believed.

    A bare user name tells no address: the domain of the mail need not be the server's.
    """
    host, user = server.host.lower(), server.user.lower()
    numeric = ":" in host or host.replace(".", "").isdigit()
    domain = host.partition(".")[2] if host.count(".") > 1 and not numeric else host
    return Context(frozenset({user} if "@" in user else ()), frozenset({host, domain}))


def _open_cache(server: Server) -> Cache:
    from poptui.storage.cache import open_cache

    return open_cache(f"{server.user}@{server.address}", packing=packing_version())


def _open_journal(server: Server) -> Journal:
    from poptui.storage.journal import open_journal

    return open_journal(f"{server.user}@{server.address}")


async def batch_mailbox(
    options: Namespace, config: Config | None = None, scorer: Scorer | None = None
) -> Mailbox:
    """A connected mailbox for a batch command, loading only what it asks for. Raises Fault."""
    mailbox = await unconnected_mailbox(options, config or load_config(), scorer)
    await mailbox.connect()
    return mailbox


async def unconnected_mailbox(
    options: Namespace, config: Config, scorer: Scorer | None = None
) -> Mailbox:
    """The same before it connects; asks for the password if need be. Raises Fault."""
    server = server_of(options, config)
    return await mailbox_of(
        server, config, stdin=options.password_stdin, background=False, scorer=scorer
    )
