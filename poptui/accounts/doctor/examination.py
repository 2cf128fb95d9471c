"""``poptui doctor``: examine a server, and yield the findings one by one.

Two short sessions at most. Neither sends RETR or DELE, and the one that sends TOP, which a server
may count as a download, ends without QUIT: nothing can be deleted.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import NamedTuple

from poptui.accounts.doctor.connection_findings import (
    address_finding,
    certificate_finding,
    chain_finding,
    slow_start_finding,
    tls_finding,
    untrusted_finding,
)
from poptui.accounts.doctor.finding import Finding, Status, broken, sentence
from poptui.accounts.doctor.probes import connect_time, try_pipelining, try_top
from poptui.accounts.doctor.server_findings import (
    capa_finding,
    codes_finding,
    expire_finding,
    listing_finding,
    login_delay_finding,
    stability_finding,
    top_finding,
    uid_finding,
    utf8_finding,
)
from poptui.errors import LoginError, MailboxLockedError, PoptuiError
from poptui.net.certificate import read_certificate
from poptui.net.client import Client
from poptui.net.connecting import OpenConnection
from poptui.net.credentials import Credentials
from poptui.net.login import LoggedInClient, LoginObserver, log_in
from poptui.net.login_methods import offered_methods
from poptui.net.login_refusals import login_delay_s
from poptui.net.server import ConnectionOptions, Server, is_loopback
from poptui.net.server_profile import ServerFact, ServerProfile
from poptui.net.tls_errors import UntrustedCertificateError
from poptui.pop3.capabilities import (
    AfterDownload,
    Capabilities,
    after_download,
    parse_capabilities,
)
from poptui.pop3.commands import Capa, List, Stat, Uidl
from poptui.pop3.listing import parse_list, parse_stat, parse_uidl_rows
from poptui.printable import printable_line

MAX_ADDRESSES = 8
MAX_SECOND_LOGIN_DELAY_S = 5.0
"""If the server wants a longer pause between logins, there is no second one."""

Credential = Credentials | PoptuiError
"""The credentials, or the error that explains why there are none."""


async def examine(
    server: Server,
    credentials: Credential,
    options: ConnectionOptions,
    profile: ServerProfile,
    progress: Callable[[str], None] = lambda what: None,
) -> AsyncGenerator[Finding, None]:
    """Yield findings about the server, until one prevents further checks.

    ``progress`` is called with the current step. Raises nothing but the caller's cancellation.
    """
    doctor = _Doctor(server, options._replace(readonly=True), profile, progress)
    async with aclosing(doctor.run(credentials)) as findings:
        async for finding in findings:
            yield finding


class _Observed(LoginObserver):
    """Facts from before the login."""

    def __init__(self) -> None:
        self.connection: OpenConnection | None = None
        self.choice = self.method = ""
        self.refused: list[str] = []
        self.connected_at = 0.0
        self._begun_at = time.monotonic()
        self.ready_s = 0.0
        """The duration of the first connection, with TLS, greeting and CAPA."""

    def connected(self, connection: OpenConnection) -> None:
        self.ready_s = self.ready_s or time.monotonic() - self._begun_at
        self.connection, self.connected_at = connection, time.monotonic()

    def chosen(self, choice: str) -> None:
        self.choice = choice

    def accepted(self, method: str, refused: list[str]) -> None:
        self.method, self.refused = method, refused


class _SizesAndUids(NamedTuple):
    sizes: Mapping[int, int] | None
    uids: Mapping[int, str | None] | None


class _Doctor:
    def __init__(
        self,
        server: Server,
        options: ConnectionOptions,
        profile: ServerProfile,
        progress: Callable[[str], None],
    ) -> None:
        self._server, self._options, self._profile = server, options, profile
        self._progress = progress
        self._before = self._after = Capabilities()
        """The server's capabilities before and after the login."""
        self._policy = AfterDownload.UNKNOWN
        self._has_fetched = False
        """TOP was sent in the present session."""

    async def run(self, credentials: Credential) -> AsyncGenerator[Finding, None]:
        """Yield one finding after another."""
        reachable = True
        async for finding in self._addresses():
            reachable = finding.status is not Status.PROBLEM
            yield finding
        if not reachable:
            return
        self._progress("Connecting and logging in")
        observed, session, failure = await self._first_login(credentials)
        try:
            if observed.connection is not None:
                if slow := slow_start_finding(observed.ready_s):
                    yield slow
                for finding in self._before_login(observed.connection):
                    yield finding
            async for finding in self._login(observed, session, failure):
                yield finding
            if session is None:
                return
            listing = _SizesAndUids(None, None)
            async for result in self._first_session(session):
                if isinstance(result, _SizesAndUids):
                    listing = result
                else:
                    yield result
            if self._delay_s > MAX_SECOND_LOGIN_DELAY_S:
                text = "Not compared: the server wants a longer pause before a second login."
                yield Finding("uids-stable", Status.NOTE, text)
                async for finding in self._probe(session, listing.sizes or {}):
                    yield finding
                return
        except PoptuiError as error:
            yield broken("session", error)
            return
        except BaseException:
            if session is not None:
                session.client.close()
            raise
        finally:
            if session is not None:
                await self._leave(session.client)
        assert isinstance(credentials, Credentials)
        async for finding in self._second_session(credentials, listing):
            yield finding

    # --- before the login

    async def _addresses(self) -> AsyncGenerator[Finding, None]:
        server = self._server
        if server.proxy is not None:
            text = f"All connections go through {server.proxy.address}."
            data = {"proxy": server.proxy.address}
            yield Finding(
                "proxy", Status.OK, text, "poptui can't see the server's addresses.", data
            )
            return
        self._progress("Looking up the host and connecting to each address")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                server.host, server.port, type=socket.SOCK_STREAM
            )
        except OSError:
            text = f"There is no host named {server.both_forms}."
            yield Finding("address", Status.PROBLEM, text, "Check the name, and your network.")
            return
        addresses = list(dict.fromkeys((family, address) for family, _, _, _, address in found))
        addresses = addresses[:MAX_ADDRESSES]
        results = await asyncio.gather(*(connect_time(*address) for address in addresses))
        shown = [_shown_address(address) for _, address in addresses]
        times = {a: r for a, r in zip(shown, results, strict=True) if isinstance(r, float)}
        failures = {a: r for a, r in zip(shown, results, strict=True) if isinstance(r, str)}
        yield address_finding(times, failures)

    async def _first_login(
        self, credentials: Credential
    ) -> tuple[_Observed, LoggedInClient | None, PoptuiError | None]:
        observed = _Observed()
        known = credentials if isinstance(credentials, Credentials) else Credentials()
        try:
            session = await log_in(self._server, known, self._profile, self._options, observed)
        except PoptuiError as error:
            if isinstance(credentials, PoptuiError) and observed.connection is not None:
                return observed, None, credentials
            return observed, None, error
        return observed, session, None

    def _before_login(self, connection: OpenConnection) -> list[Finding]:
        server, security = self._server, connection.client.stream.security()
        self._before = self._after = connection.capabilities
        findings = [tls_finding(server, security)]
        if security is not None:
            chain = [one for der in security.chain if (one := read_certificate(der))]
            if chain:
                findings += [certificate_finding(server, chain[0]), chain_finding(chain)]
            else:
                text = "The server's certificate can't be read."
                findings.append(Finding("certificate", Status.NOTE, text))
        findings.append(capa_finding("capa-before", connection.capabilities, None))
        return findings

    async def _login(
        self, observed: _Observed, session: LoggedInClient | None, failure: PoptuiError | None
    ) -> AsyncGenerator[Finding, None]:
        if observed.choice:
            yield self._choice_finding(observed)
        elif observed.connection is not None:
            offered = [method.name for method in offered_methods(observed.connection)]
            text = f"Offered and known to poptui: {', '.join(offered) or 'nothing'}."
            yield Finding("sign-in", Status.NOTE, text, "", {"offered": offered})
        if isinstance(failure, UntrustedCertificateError):
            yield untrusted_finding(failure)
        elif failure is not None:
            yield broken("login" if observed.connection else "connection", failure)
        if session is None:
            return
        took = time.monotonic() - observed.connected_at
        text = f"Logged in as {self._server.title} by {observed.method} in {took * 1000:.0f} ms."
        data = {"method": observed.method, "refused": observed.refused, "ms": round(took * 1000, 1)}
        if observed.refused:
            first = ", ".join(observed.refused)
            advice = f"The server refused {first} before; poptui remembers that for the next login."
            yield Finding("login", Status.NOTE, text, advice, data)
        else:
            yield Finding("login", Status.OK, text, "", data)

    def _choice_finding(self, observed: _Observed) -> Finding:
        connection = observed.connection
        assert connection is not None
        text = printable_line(f"{observed.choice}.")
        data = {"choice": observed.choice, "encrypted": connection.encrypted}
        if connection.encrypted or is_loopback(self._server.host):
            return Finding("sign-in", Status.OK, text, "", data)
        advice = (
            "Without TLS others can read the password on the way, or guess it from what is sent."
        )
        return Finding("sign-in", Status.PROBLEM, text, advice, data)

    # --- after the login

    async def _first_session(
        self, session: LoggedInClient
    ) -> AsyncGenerator[Finding | _SizesAndUids, None]:
        client = session.client
        self._progress("Reading the capabilities and listings")
        if self._before.known:
            reply = await client.execute(Capa())
            if reply.ok:
                self._after = parse_capabilities(reply.body)
            yield capa_finding("capa-after", self._after, self._before)
            yield codes_finding(self._after)
            yield utf8_finding(self._before if "UTF8" in self._before else self._after)
        self._policy = after_download(self._before, self._after)
        removes = self._profile.known(ServerFact.REMOVES_DOWNLOADS, self._server.address)
        client.protocol.after_download = AfterDownload.REMOVED if removes else self._policy
        yield expire_finding(self._before, self._after)
        yield login_delay_finding(self._delay_s)
        stat = await client.execute(Stat())
        counted = parse_stat(stat.text) if stat.ok else None
        scan = await client.execute(List())
        sizes = parse_list(scan.body) if scan.ok else None
        yield listing_finding(counted, sizes)
        uidl = await client.execute(Uidl())
        rows = parse_uidl_rows(uidl.body) if uidl.ok else None
        numbers = sorted(sizes or range(1, (counted or (0, 0))[0] + 1))
        yield uid_finding(rows, numbers)
        yield _SizesAndUids(sizes, dict(rows) if rows is not None else None)

    @property
    def _delay_s(self) -> float:
        return max(login_delay_s(self._before), login_delay_s(self._after))

    async def _second_session(
        self, credentials: Credentials, listing: _SizesAndUids
    ) -> AsyncGenerator[Finding, None]:
        self._progress("Logging in again, to compare")
        try:
            session = await log_in(self._server, credentials, self._profile, self._options)
        except (MailboxLockedError, LoginError) as error:
            advice = "poptui waits and tries again when that happens."
            yield Finding("second-login", Status.NOTE, sentence(error), advice)
            return
        except PoptuiError as error:
            yield broken("second-login", error)
            return
        client, sizes = session.client, listing.sizes
        client.protocol.after_download = self._policy
        try:
            if listing.uids is not None:
                uidl, scan = await client.execute(Uidl()), await client.execute(List())
                if uidl.ok:
                    after = dict(parse_uidl_rows(uidl.body))
                    again = parse_list(scan.body) if scan.ok else {}
                    sizes = again or sizes
                    yield stability_finding(listing.uids, after, _resized(listing, after, again))
            async for finding in self._probe(session, sizes or {}):
                yield finding
        except PoptuiError as error:
            yield broken("session", error)
        except BaseException:
            client.close()
            raise
        finally:
            await self._leave(client)

    async def _probe(
        self, session: LoggedInClient, sizes: Mapping[int, int]
    ) -> AsyncGenerator[Finding, None]:
        """Try TOP and pipelining, which may cost the session."""
        self._progress("Trying TOP")
        self._has_fetched = True
        client = session.client
        yield top_finding([probe async for probe in try_top(client, sizes)])
        self._progress("Trying to send commands together")
        announced = "PIPELINING" in self._before or "PIPELINING" in self._after
        yield await try_pipelining(client, sorted(sizes), announced=announced)

    async def _leave(self, client: Client) -> None:
        """End a session: by QUIT, which frees the mailbox at once, if nothing was fetched in it.

        Some servers count TOP as a download, and delete at QUIT what was downloaded.
        """
        try:
            async with asyncio.timeout(self._options.timeout_s):
                if client.alive and not self._has_fetched:
                    await client.quit()
                else:
                    await client.hang_up()
        except (PoptuiError, TimeoutError):
            pass
        finally:
            client.close()


def _shown_address(address: tuple[object, ...]) -> str:
    host = printable_line(str(address[0]))
    return f"[{host}]" if ":" in host else host


def _resized(
    listing: _SizesAndUids, after: Mapping[int, str | None], again: Mapping[int, int]
) -> int:
    """Return how many messages have another size than in the session before."""
    assert listing.uids is not None
    old = {uid: (listing.sizes or {}).get(number) for number, uid in listing.uids.items() if uid}
    return sum(
        old.get(uid) is not None and old[uid] != again.get(number, old[uid])
        for number, uid in after.items()
        if uid
    )
