"""Autoconfiguration as Thunderbird defined it: an XML file that the domain publishes over HTTPS.

Only HTTPS is used, so the answer comes from the domain or a server that it redirects to. Its
content is still not trusted: it is truncated, parsed without entities, and every value is checked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from http.client import HTTPException
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from poptui.accounts.candidates import Candidate, EmailAddress, Origin, checked_candidate, is_inside
from poptui.errors import PoptuiError
from poptui.net.host_name import shown_host
from poptui.net.https import WebResponse, exchange
from poptui.net.server import WebRoute

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

logger = logging.getLogger(__name__)

TIMEOUT_S = 8.0
"""Timeout for each of the two addresses, with all redirects."""
MAX_BYTES = 128_000
"""Real files have two or three kilobytes."""
MAX_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)
HEADERS = {"User-Agent": "poptui", "Accept": "text/xml"}
MAX_SERVERS = 5
"""Maximum number of POP3 servers of a file that are considered."""


class AutoconfigError(Exception):
    """A published configuration can't be used; the text is the reason, as the end of a sentence."""


class PublishedServers(NamedTuple):
    """The servers that a domain publishes."""

    servers: list[Candidate]
    """Its POP3 servers, in its order."""
    problem: str = ""
    """The reason a configuration was not used, as a sentence, if there is no server."""


async def autoconfig(address: EmailAddress, route: WebRoute) -> PublishedServers:
    """Return the POP3 servers that the domain publishes; none if there is nothing. Never raises."""
    query = quote(address.text, safe="@")
    urls = (
        f"https://autoconfig.{address.domain}/mail/config-v1.1.xml?emailaddress={query}",
        f"https://{address.domain}/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress={query}",
    )
    problem = ""
    found = await asyncio.gather(
        *(_servers_at(url, address, route) for url in urls), return_exceptions=True
    )
    for url, servers in zip(urls, found, strict=True):
        if isinstance(servers, AutoconfigError):
            host = shown_host(urlsplit(url).hostname or "")
            problem = problem or f"What {host} publishes was not used: {servers}."
        elif isinstance(servers, BaseException):
            raise servers
        elif servers:
            return PublishedServers(servers)
    return PublishedServers([], problem)


def parse_autoconfig(data: bytes, address: EmailAddress) -> list[Candidate]:
    """Return the POP3 servers in a file.

    Raises AutoconfigError if it is damaged or hostile, or names servers but none for POP3.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        logger.info("the autoconfig file is refused: %s", type(error).__name__)
        raise AutoconfigError("it is not XML that can be read safely") from None
    found: list[Candidate] = []
    kinds = {server.get("type") for server in root.iterfind(".//incomingServer")}
    for server in root.iterfind(".//incomingServer"):
        if server.get("type") == "pop3":
            found += _candidates(server, address)
        if len(found) >= MAX_SERVERS:
            break
    if not found and "pop3" in kinds:
        raise AutoconfigError("the POP3 server in it has no valid name, port or user")
    if not found and "imap" in kinds:
        raise AutoconfigError("it names a server for IMAP, but none for POP3")
    # With TLS from the start first, otherwise in the order of the file.
    return sorted(dict.fromkeys(found), key=lambda candidate: not candidate.implicit_tls)[
        :MAX_SERVERS
    ]


def _candidates(server: Element, address: EmailAddress) -> Iterator[Candidate]:
    """Yield the server, always with TLS, because poptui doesn't offer to connect without."""
    kind = _text(server, "socketType").lower()
    port = _text(server, "port")
    if not (port.isascii() and port.isdigit() and len(port) <= 5):
        return
    host, note = _filled(_text(server, "hostname"), address), ""
    if kind not in ("ssl", "tls", "starttls"):
        outside = "" if is_inside(host, address.domain) else f", outside of {address.domain},"
        note = (
            f"The domain's configuration names this server{outside} without encryption; poptui uses"
            " it only with TLS."
        )
    candidate = checked_candidate(
        host,
        int(port),
        implicit_tls=kind in ("ssl", "tls"),
        user=_filled(_text(server, "username"), address) or address.text,
        origin=Origin.AUTOCONFIG,
        note=note,
    )
    if candidate is not None:
        yield candidate


def _text(server: Element, name: str) -> str:
    return (server.findtext(name) or "").strip()


def _filled(text: str, address: EmailAddress) -> str:
    return (
        text.replace("%EMAILADDRESS%", address.text)
        .replace("%EMAILLOCALPART%", address.local)
        .replace("%EMAILDOMAIN%", address.domain)
    )


async def _servers_at(url: str, address: EmailAddress, route: WebRoute) -> list[Candidate]:
    """Return the servers in the file at an address, none without a file. Raises AutoconfigError."""
    host = urlsplit(url).hostname
    try:
        async with asyncio.timeout(TIMEOUT_S):
            response = await _following_redirects(url, route)
    except (OSError, HTTPException, ValueError, PoptuiError) as error:  # TimeoutError is an OSError
        logger.info("no autoconfig at %s: %s", host, type(error).__name__)
        return []
    if response.status != 200:
        logger.info("no autoconfig at %s: %d", host, response.status)
        return []
    if len(response.body) > MAX_BYTES:
        raise AutoconfigError(f"it is larger than {MAX_BYTES // 1000} kB")
    return parse_autoconfig(response.body, address)


async def _following_redirects(url: str, route: WebRoute) -> WebResponse:
    """Fetch an address.

    Raises OSError, HTTPException, ValueError and PoptuiError, and AutoconfigError if it is
    redirected to an address without TLS.
    """
    for _ in range(MAX_REDIRECTS + 1):
        response = await exchange(
            url, route, headers=HEADERS, timeout_s=TIMEOUT_S, max_bytes=MAX_BYTES
        )
        if response.status not in REDIRECTS:
            return response
        url = urljoin(url, response.location)
        if urlsplit(url).scheme != "https":
            raise AutoconfigError("it redirects to an address without encryption")
    raise ValueError("too many redirects")
