"""Find the POP3 server of a mail address.

In this order: the list of large providers, the configuration that the domain publishes, its DNS
records, the usual host names. Queries and connections run in parallel; the order decides which
answer counts. Every step has a time limit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, NamedTuple

from poptui.accounts.autoconfig import PublishedServers, autoconfig
from poptui.accounts.candidates import Candidate, EmailAddress, Origin, checked_candidate, guesses
from poptui.accounts.dns_records import mail_exchangers, servers_in_dns
from poptui.accounts.providers import (
    Provider,
    provider_of_domain,
    provider_of_host,
    provider_of_mx,
)
from poptui.accounts.trial import ProbeResult, probe
from poptui.errors import ConnectError, NothingListensError, PoptuiError
from poptui.net.host_name import shown_host
from poptui.net.server import Server, WebRoute

logger = logging.getLogger(__name__)

Inform = Callable[[str], None]
"""Shows the current step in a short line."""

ServerOf = Callable[[Candidate], Server]
"""Makes a server from a candidate, with the user's settings such as a proxy."""


class NoPop3Error(ConnectError):
    """The provider has no POP3 at all."""

    is_temporary = False


class FoundServer(NamedTuple):
    """A server that answered, and its provider if that is known."""

    candidate: Candidate
    probed: ProbeResult
    provider: Provider | None = None


async def find_server(
    address: EmailAddress,
    server_of: ServerOf,
    inform: Inform,
    *,
    route: WebRoute,
    tries_providers: bool = True,
) -> FoundServer:
    """Find the server of an address. Raises ConnectError if there is none, NoPop3Error.

    ``route`` leads to the domain's web server. The server of a known provider is returned without
    a test connection, unless ``tries_providers``.
    """

    async def outcome(candidate: Candidate) -> ProbeResult | PoptuiError:
        try:
            return await probe(server_of(candidate))
        except PoptuiError as error:
            logger.info("%s is not it: %s", candidate.title, error)
            return error

    async def with_outcome(found: FoundServer) -> FoundServer:
        return found._replace(probed=await probe(server_of(found.candidate)))

    if provider := provider_of_domain(address.domain):
        known = _provider_server(provider, address, Origin.PROVIDER)
        return await with_outcome(known) if tries_providers else known
    published, in_dns, exchangers = await _published(address, server_of, inform, route)
    failures: list[PoptuiError] = []
    for candidates in (published.servers, in_dns):
        if candidates and (
            found := await _first_that_answers(candidates, outcome, inform, failures)
        ):
            return found._replace(provider=provider_of_host(found.candidate.host))
    if hosted_by := provider_of_mx(exchangers):
        inform(f"The mail of {address.domain} is at {hosted_by.title}.")
        return await with_outcome(_provider_server(hosted_by, address, Origin.MX))
    if found := await _first_that_answers(list(guesses(address)), outcome, inform, failures):
        return found
    raise ConnectError(
        f"No POP3 server with TLS was found for {shown_host(address.domain)}."
        f"{_most_useful_failure(failures, published.problem)} Ask your provider whether it has"
        " POP3, and for the name of the server."
    )


async def _published(
    address: EmailAddress, server_of: ServerOf, inform: Inform, route: WebRoute
) -> tuple[PublishedServers, list[Candidate], list[str]]:
    """Return what the domain publishes: by autoconfig, in its SRV records, and its MX records.

    If the servers are reached through a proxy, DNS is not asked: its queries don't go through the
    proxy, and would tell others what it may be there to hide.
    """
    domain = shown_host(address.domain)
    if any(server_of(candidate).proxy for candidate in guesses(address)):
        inform(
            f"Asking {domain} for its configuration, through the proxy. DNS is not asked,"
            " because its queries would bypass the proxy."
        )
        return await autoconfig(address, route), [], []
    inform(f"Asking {domain} for its configuration, and DNS for its servers …")
    return await asyncio.gather(
        autoconfig(address, route), servers_in_dns(address), mail_exchangers(address.domain)
    )


def _most_useful_failure(failures: Sequence[PoptuiError], problem: str) -> str:
    """Return the failure of a server that exists, with a space in front; ``""`` without one.

    ``problem`` is why the published configuration was not used.
    """
    sentences = [str(error) for error in failures if not isinstance(error, NothingListensError)]
    known_hosts = [sentence for sentence in sentences if "There is no host" not in sentence]
    if known_hosts:
        return f" {known_hosts[0]}"
    if problem:
        return f" {problem}"
    if len(sentences) == len(failures):
        return " None of its usual host names exists, or this machine is offline."
    return ""


def _provider_server(provider: Provider, address: EmailAddress, origin: Origin) -> FoundServer:
    if provider.refusal:
        raise NoPop3Error(f"{provider.refusal} (see “poptui help {provider.page}”).")
    candidate = checked_candidate(
        provider.host,
        provider.port,
        implicit_tls=True,
        user=provider.user_for(address.text),
        origin=origin,
    )
    assert candidate is not None, "the list of providers is ours"
    return FoundServer(candidate, ProbeResult(), provider)


async def _first_that_answers(
    candidates: Sequence[Candidate],
    outcome_of: Callable[[Candidate], Coroutine[Any, Any, ProbeResult | PoptuiError]],
    inform: Inform,
    failures: list[PoptuiError],
) -> FoundServer | None:
    """Try servers in parallel; return the first of the list that works, None if none does.

    One with a certificate that isn't trusted counts only if no other works. ``failures`` gets the
    errors of those that don't work.
    """
    hosts = list(dict.fromkeys(candidate.host for candidate in candidates))
    inform(f"Trying {', '.join(hosts)} …")
    attempts = [asyncio.create_task(outcome_of(candidate)) for candidate in candidates]
    untrusted: FoundServer | None = None
    try:
        for candidate, attempt in zip(candidates, attempts, strict=True):
            outcome = await attempt
            if isinstance(outcome, PoptuiError):
                failures.append(outcome)
            elif outcome.untrusted is None:
                return FoundServer(candidate, outcome)
            else:
                untrusted = untrusted or FoundServer(candidate, outcome)
    finally:
        await _cancelled(attempts)
    return untrusted


async def _cancelled(tasks: Iterable[asyncio.Task[ProbeResult | PoptuiError]]) -> None:
    pending = [task for task in tasks if not task.done()]
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
