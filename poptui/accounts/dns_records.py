"""Ask DNS for a domain's POP3 servers (SRV records, RFC 6186) and mail exchangers (MX)."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterable
from typing import Any, NamedTuple

from poptui.accounts.candidates import Candidate, EmailAddress, Origin, checked_candidate, is_inside

logger = logging.getLogger(__name__)

TIMEOUT_S = 6.0
"""Timeout for a query, with all its attempts."""
MAX_RECORDS = 6
"""Maximum number of records of an answer that are considered."""


class SrvRecord(NamedTuple):
    """One SRV record (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str


async def servers_in_dns(address: EmailAddress) -> list[Candidate]:
    """Return the domain's POP3 servers, TLS from the start first; none if it names none."""
    services = ((f"_pop3s._tcp.{address.domain}", True), (f"_pop3._tcp.{address.domain}", False))
    answers = await asyncio.gather(*(_ask(name, "SRV") for name, _ in services))
    found = []
    for (_, implicit_tls), answer in zip(services, answers, strict=True):
        for record in in_order(_srv_records(answer)):
            note = ""
            if not is_inside(record.target, address.domain):
                note = (
                    f"This host is outside of {address.domain}, and DNS answers can be forged: use"
                    " it only if you know that it is your provider's."
                )
            candidate = checked_candidate(
                record.target,
                record.port,
                implicit_tls=implicit_tls,
                user=address.text,
                origin=Origin.SRV,
                note=note,
            )
            found += [candidate] if candidate else []
    return found


async def mail_exchangers(domain: str) -> list[str]:
    """Return the hosts that take mail for a domain, none if DNS does not say."""
    return [str(record.exchange) for record in list(await _ask(domain, "MX"))[:MAX_RECORDS]]


def in_order(records: Iterable[SrvRecord], rng: random.Random | None = None) -> list[SrvRecord]:
    """Return records in the order to try them: by priority, then at random by weight (RFC 2782).

    A target of ``.`` means that the service is not offered, so nothing is left.
    """
    rng = rng or random.Random()
    left = sorted(records, key=lambda record: (record.priority, record.weight))
    if any(record.target.rstrip(".") == "" for record in left):
        return []
    ordered = []
    while left:
        group = [record for record in left if record.priority == left[0].priority]
        # A weight of 0 leaves a small chance.
        chosen = rng.choices(group, [record.weight or 0.01 for record in group])[0]
        ordered.append(chosen)
        left.remove(chosen)
    return ordered


def _srv_records(answer: Iterable[Any]) -> list[SrvRecord]:
    return [
        SrvRecord(record.priority, record.weight, record.port, str(record.target))
        for record in list(answer)[:MAX_RECORDS]
    ]


async def _ask(name: str, kind: str) -> Iterable[Any]:
    """Return the records, none if there are none or DNS does not answer in time."""
    import dns.asyncresolver
    import dns.exception

    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await dns.asyncresolver.resolve(name, kind, lifetime=TIMEOUT_S, search=False)
    except (dns.exception.DNSException, OSError, ValueError) as error:
        logger.info("no %s record of %s: %s", kind, name, type(error).__name__)
        return ()
