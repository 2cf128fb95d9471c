"""Hostile files and odd DNS records that are read while looking for a server."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poptui.accounts.autoconfig import (
    MAX_BYTES,
    MAX_SERVERS,
    AutoconfigError,
    parse_autoconfig,
)
from poptui.accounts.candidates import EmailAddress, Origin, guesses, is_inside, parse_address
from poptui.accounts.discovery import find_server
from poptui.accounts.dns_records import SrvRecord, in_order
from poptui.accounts.providers import (
    provider_of_domain,
    provider_of_host,
    provider_of_mx,
    providers,
)
from poptui.errors import ConnectError, UsageError
from poptui.net.server import WebRoute, parse_target
from tests.kit.certificates import Certificates
from tests.kit.hosts import Hosts, patched
from tests.kit.web import WebServer, found

ANN = EmailAddress("ann", "example.com")


def server(
    host: str = "pop.%EMAILDOMAIN%",
    port: str = "995",
    socket: str = "SSL",
    user: str = "%EMAILADDRESS%",
    kind: str = "pop3",
) -> str:
    return (
        f'<incomingServer type="{kind}"><hostname>{host}</hostname><port>{port}</port>'
        f"<socketType>{socket}</socketType><username>{user}</username></incomingServer>"
    )


def file(*servers: str) -> bytes:
    inside = "".join(servers)
    return (
        f'<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="x">{inside}'
        "</emailProvider></clientConfig>"
    ).encode()


def test_an_autoconfig_file_is_read() -> None:
    data = file(
        server(kind="imap", host="imap.example.com"),
        server(port="110", socket="STARTTLS", user="%EMAILLOCALPART%"),
        server(),
    )
    first, second = parse_autoconfig(data, ANN)
    assert first.url == "pops://ann%40example.com@pop.example.com"
    assert second.url == "pop://ann@pop.example.com"
    assert {first.origin, second.origin} == {Origin.AUTOCONFIG}


def test_a_server_without_encryption_is_used_only_with_it() -> None:
    (candidate,) = parse_autoconfig(file(server(port="110", socket="plain")), ANN)
    assert not candidate.implicit_tls
    assert "only with TLS" in candidate.note
    assert parse_target(candidate.url).security.name == "STLS"


LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    b'<clientConfig><incomingServer type="pop3"><hostname>&b;.example.com</hostname>'
    b"<port>995</port><socketType>SSL</socketType></incomingServer></clientConfig>"
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>404</html>",
        b"<clientConfig>",
        b"\xff\xfe\x00garbage",
        b"<?xml version='1.0' encoding='no-such'?><a/>",
        LAUGHS,
        b'<!DOCTYPE x SYSTEM "http://evil.example/x.dtd"><x/>',
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
        b"<a>" * 20_000,
        b"<a>" * 20_000 + b"</a>" * 20_000,
        file(server(host="pop.example.com\x1b[31m".replace("\x1b", "&#27;"))),
        file(server(host="")),
        file(server(host="a b")),
        file(server(host="evil.example/@pop.example.com")),
        file(server(host="pop.example.com@evil.example")),
        file(server(port="0")),
        file(server(port="99999")),
        file(server(port="١٢")),
        file(server(user="ann\u202e")),
        file(server(kind="imap")),
    ],
    ids=range(20),
)
def test_a_hostile_or_damaged_file_names_no_server(data: bytes) -> None:
    if b"incomingServer" in data:
        with pytest.raises(AutoconfigError):
            parse_autoconfig(data, ANN)
        return
    with suppress(AutoconfigError):
        assert parse_autoconfig(data, ANN) == []


def test_only_a_few_servers_of_a_file_are_considered() -> None:
    data = file(*(server(host=f"pop{number}.example.com") for number in range(500)))
    assert len(data) < MAX_BYTES
    assert len(parse_autoconfig(data, ANN)) == MAX_SERVERS


@settings(max_examples=40)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_file_crashes_the_parser(data: bytes) -> None:
    with suppress(AutoconfigError):
        parse_autoconfig(b"<clientConfig>" + data + b"</clientConfig>", ANN)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (found(file(server(kind="imap"))), "it names a server for IMAP, but none for POP3"),
        (found(LAUGHS), "it is not XML that can be read safely"),
        (found(b"<x>" * MAX_BYTES), "it is larger than 128 kB"),
        (
            found(b"", "302 Found", "Location: http://evil.example/x"),
            "it redirects to an address without encryption",
        ),
        (found(b"", "404 Not Found"), ""),
    ],
)
async def test_the_reason_a_configuration_was_not_used_is_shown(
    answer: bytes, why: str, certificates: Certificates
) -> None:
    web = WebServer({"/mail/config-v1.1.xml": answer}, tls=certificates.good.context())
    async with web:
        ports = {"autoconfig.example.test:443": web.port}
        with patched(Hosts(ports=ports)), pytest.raises(ConnectError) as caught:
            await find_server(
                EmailAddress("ann", "example.test"),
                lambda candidate: parse_target(candidate.url),
                lambda what: None,
                route=WebRoute(ca_file=certificates.ca_file),
            )
    problem = "What autoconfig.example.test publishes was not used: "
    assert (f"{problem}{why}. " in str(caught.value)) == bool(why)
    assert bool(why) or problem not in str(caught.value)


def test_srv_records_are_tried_by_priority_and_weight() -> None:
    records = [
        SrvRecord(20, 0, 995, "backup.example.com."),
        SrvRecord(10, 90, 995, "big.example.com."),
        SrvRecord(10, 10, 995, "small.example.com."),
    ]
    rng = random.Random(1)
    orders = [[record.target for record in in_order(records, rng)] for _ in range(200)]
    assert all(order[2] == "backup.example.com." for order in orders)
    first = [order[0] for order in orders]
    assert 150 < first.count("big.example.com.") < 200


def test_a_dot_means_that_the_service_is_not_offered() -> None:
    assert in_order([SrvRecord(0, 0, 0, ".")]) == []


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("pop.example.com", True),
        ("EXAMPLE.com.", True),
        ("example.com.evil.example", False),
        ("notexample.com", False),
    ],
)
def test_a_host_belongs_to_its_domain(host: str, inside: bool) -> None:
    assert is_inside(host, "example.com") == inside


@pytest.mark.parametrize(
    "text",
    ["", "ann", "@example.com", "ann@", "ann@localhost", "a b@example.com", "ann@-.com",
     "ann@example.com\x1b[31m", "<ann@example.com>", "ann@1.2.3.4", "ann@[::1]",
     "ann:x@example.com", "ann@ex ample.com", "ann@example.com/x", "x" * 65 + "@example.com",
     "ann@example.com:995", "ann@example.com\r\nRSET"],
)  # fmt: skip
def test_an_invalid_address_is_reported_in_one_sentence(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(text)
    assert "is not a mail address" in str(caught.value)
    assert "the server" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_an_address_is_parsed() -> None:
    assert parse_address(" Ann+x@Example.COM ") == EmailAddress("Ann+x", "example.com")
    assert parse_address("ann@bücher.example").domain == "xn--bcher-kva.example"


def test_the_usual_names_are_tried_with_tls_first() -> None:
    urls = [guess.url for guess in guesses(ANN)]
    assert urls[0] == "pops://ann%40example.com@pop.example.com"
    assert urls[1] == "pop://ann%40example.com@pop.example.com"
    assert len(urls) == 8


def test_every_provider_has_a_server_or_a_reason() -> None:
    for name, provider in providers().items():
        assert bool(provider.host) != bool(provider.refusal), name
        assert provider.user in ("address", "name"), name
        assert provider.oauth in ("", "also", "only"), name
        if provider.host:
            assert parse_target(f"pops://x@{provider.host}:{provider.port}").host == provider.host
    domains = [domain for provider in providers().values() for domain in provider.domains]
    assert len(domains) == len(set(domains))


def test_providers_are_recognized() -> None:
    def title(domain: str) -> str | None:
        found = provider_of_domain(domain)
        return found.title if found else None

    assert title("GMAIL.com") == "Gmail"
    assert title("gmail.com.evil.example") is None
    web = provider_of_domain("web.de")
    assert web is not None
    assert web.user_for("ann@web.de") == "ann"
    google = provider_of_mx(["aspmx.l.google.com."])
    assert google is not None
    assert google.host == "pop.gmail.com"
    assert provider_of_mx(["mx.notgoogle.com."]) is None
    assert provider_of_host("pop.gmail.com") == provider_of_domain("gmail.com")
