"""What has to work with every real server, checked in its storage."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from poptui.accounts.doctor.examination import examine
from poptui.accounts.doctor.finding import Status
from poptui.errors import LoginError
from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.changes import ConnectionState
from poptui.mailbox.entry import Mark, MessageEntry
from poptui.net.connecting import connect
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.login_methods import login_methods
from poptui.net.server import ConnectionOptions, Security, Server, parse_target
from poptui.net.server_profile import ServerFact, ServerProfile, login_subject
from poptui.secret import Secret
from tests.interop.overlay import IN_OVERLAY
from tests.interop.processes import CannotRunHere
from tests.interop.servers import BESIDE_DOVECOT, RealMailbox, RealServer
from tests.kit.certificates import Certificates
from tests.kit.dovecot import PASSWORD, DovecotServer
from tests.mailbox.watched import make_message

SERVERS = (*BESIDE_DOVECOT, *IN_OVERLAY)
COUNT = 40
MIDDLE = 20
SUBJECTS = sorted(f"letter {number}" for number in range(1, COUNT + 1))
CREDENTIALS = Credentials(Secret(PASSWORD))
OPTIONS = ConnectionOptions(timeout_s=15.0)


@pytest.fixture(scope="session", params=SERVERS, ids=[kind.name for kind in SERVERS])
def server(
    request: pytest.FixtureRequest, dovecot_server: DovecotServer, certificates: Certificates
) -> Iterator[RealServer]:
    """Start a real server; its process is used by all of its tests."""
    kind: type[RealServer] = request.param
    if why := kind.missing():
        pytest.skip(why)
    folder = Path(tempfile.mkdtemp(prefix=f"poptui-{kind.name}-", dir="/tmp"))
    folder.chmod(0o755)
    running = kind(folder, dovecot_server, certificates)
    try:
        try:
            running.start()
        except CannotRunHere as why_not:
            pytest.skip(str(why_not))
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stored(server: RealServer) -> RealMailbox:
    """Return a mailbox with forty messages."""
    return server.new_mailbox([make_message(number) for number in range(1, COUNT + 1)])


def target(stored: RealMailbox) -> Server:
    """Return the server to log in to."""
    ca_file = stored.ca_file if stored.url.startswith("pops") else None
    return parse_target(stored.url, ca_file=ca_file)


def all_targets(server: RealServer, stored: RealMailbox) -> dict[str, Server]:
    """Return the server without TLS, with STLS and with TLS, if it has them."""
    plain = target(stored)
    if plain.security is Security.TLS:
        return {"TLS": plain}
    targets, encrypted = {"clear": plain}, plain._replace(ca_file=server.certificates.ca_file)
    if server.offers_stls:
        targets["STLS"] = encrypted._replace(security=Security.STLS)
    if server.tls_port is not None:
        targets["TLS"] = encrypted._replace(security=Security.TLS, port=server.tls_port)
    return targets


@asynccontextmanager
async def opened(stored: RealMailbox) -> AsyncIterator[Mailbox]:
    """Open the mailbox with poptui, its headers loaded; drop the connection at the end."""
    sign_in = partial(log_in, target(stored), CREDENTIALS, ServerProfile(), OPTIONS)
    mailbox = Mailbox("interop", sign_in)
    try:
        await mailbox.session.connect()
        await mailbox.headers.load(mailbox.listing.entries)
        yield mailbox
    finally:
        mailbox.session.abandon()
        await mailbox.close()


def subject(entry: MessageEntry) -> str:
    return entry.header.subject if entry.header else ""


def middle_of(mailbox: Mailbox) -> MessageEntry:
    """Return the message that the tests delete."""
    wanted = f"letter {MIDDLE}"
    (found,) = (entry for entry in mailbox.listing.entries if subject(entry) == wanted)
    return found


async def _works(chosen: Server) -> bool:
    """Whether the server lets us in by the method of ``chosen`` alone."""
    try:
        session = await log_in(chosen, CREDENTIALS, ServerProfile(), OPTIONS)
    except LoginError:
        return False
    await session.client.quit()
    return True


async def test_login(stored: RealMailbox) -> None:
    """One method works; one that is offered but refused is skipped, and remembered."""
    profile = ServerProfile()
    for _ in range(2):
        session = await log_in(target(stored), CREDENTIALS, profile, OPTIONS)
        await session.client.quit()
    connection = await connect(target(stored), OPTIONS)
    offered = login_methods(connection, None, CREDENTIALS, certificate=False)
    connection.client.close()
    works = {method: await _works(target(stored)._replace(mechanism=method)) for method in offered}
    assert any(works.values()), works
    refused = offered[: [works[method] for method in offered].index(True)]
    account = target(stored).account
    for method in refused:
        known = profile.known(ServerFact.LOGIN_METHOD, login_subject(account, method))
        assert known is False, f"{method} is tried again each time"


async def test_each_login_method(
    server: RealServer, stored: RealMailbox, record_property: Callable[[str, object], None]
) -> None:
    """Each offered method works, unencrypted, with STLS and with TLS."""
    for how, target in all_targets(server, stored).items():
        connection = await connect(target, OPTIONS)
        offered = login_methods(connection, None, CREDENTIALS, certificate=False)
        connection.client.close()
        works = {method: await _works(target._replace(mechanism=method)) for method in offered}
        shown = [method if works[method] else f"({method})" for method in offered]
        record_property(how, " ".join(shown))
        assert {method for method in offered if not works[method]} <= {*server.refuses}, how
        session = await log_in(target, CREDENTIALS, ServerProfile(), OPTIONS)
        await session.client.quit()


async def test_doctor(server: RealServer, stored: RealMailbox) -> None:
    """The doctor finds no problem with a server that works."""
    for how, target in all_targets(server, stored).items():
        findings = examine(target, CREDENTIALS, OPTIONS, ServerProfile())
        problems = [finding async for finding in findings if finding.status is Status.PROBLEM]
        assert problems == [], how


async def test_list(stored: RealMailbox) -> None:
    async with opened(stored) as mailbox:
        assert sorted(map(subject, mailbox.listing.entries)) == SUBJECTS
        assert len({entry.uid for entry in mailbox.listing.entries}) == COUNT
        assert all(entry.uid for entry in mailbox.listing.entries)
    assert stored.stored() == SUBJECTS


async def test_read(stored: RealMailbox) -> None:
    async with opened(stored) as mailbox:
        message = await mailbox.messages.retrieve(middle_of(mailbox))
        text = message.read()
        message.close()
        assert b"Subject: letter 20\r\n" in text
        assert text.rstrip().endswith(b"body 20")
        await mailbox.session.discard()
    assert stored.stored() == SUBJECTS


async def test_read_raw_utf8_header(server: RealServer) -> None:
    """Courier shows its own message instead, unless the client has sent UTF8."""
    message = make_message(1).replace(b"letter 1", "Grüße".encode())
    stored = server.new_mailbox([message])
    async with opened(stored) as mailbox:
        [entry] = mailbox.listing.entries
        assert subject(entry) == "Grüße"
        opened_message = await mailbox.messages.retrieve(entry)
        assert "Subject: Grüße\r\n".encode() in opened_message.read()
        opened_message.close()
        await mailbox.session.discard()
    assert stored.stored() == ["Grüße"]


async def test_delete_one_in_the_middle(stored: RealMailbox) -> None:
    async with opened(stored) as mailbox:
        doomed = middle_of(mailbox)
        mailbox.marks.mark([doomed])
        outcome = await mailbox.commit.run(stay=False)
        assert list(outcome.deleted) == [doomed]
    assert stored.stored() == [each for each in SUBJECTS if each != f"letter {MIDDLE}"]


async def test_marks_over_reconnect(stored: RealMailbox) -> None:
    async with opened(stored) as mailbox:
        mailbox.marks.mark([middle_of(mailbox)])
        await mailbox.session.refresh()
        assert [subject(entry) for entry in mailbox.marks.marked()] == [f"letter {MIDDLE}"]
        await mailbox.session.discard()
        assert stored.stored() == SUBJECTS
        await mailbox.session.connect()
        assert [subject(entry) for entry in mailbox.marks.marked()] == [f"letter {MIDDLE}"]
        assert all(entry.mark is not Mark.REFUSED for entry in mailbox.marks.marked())
        outcome = await mailbox.commit.run(stay=False)
        assert len(outcome.deleted) == 1
    assert stored.stored() == [each for each in SUBJECTS if each != f"letter {MIDDLE}"]


async def test_idle_release(stored: RealMailbox) -> None:
    """After idle minutes the mailbox is free for others, and nothing was deleted."""
    async with opened(stored) as mailbox:
        mailbox.marks.mark([middle_of(mailbox)])
        await mailbox.session.release()
        assert mailbox.session.state is ConnectionState.RELEASED
        async with opened(stored) as other:
            assert len(other.listing.entries) == COUNT
            await other.session.discard()
        await mailbox.session.connect()
        assert [subject(entry) for entry in mailbox.marks.marked()] == [f"letter {MIDDLE}"]
    assert stored.stored() == SUBJECTS
