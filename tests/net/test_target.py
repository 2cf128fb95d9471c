"""TARGETs: the meaning of each form, and the message for each invalid one."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poptui.errors import UsageError
from poptui.net.server import Security, Server, parse_pin, parse_target
from poptui.printable import printable_line

PIN = "ab" * 32


@pytest.mark.parametrize(
    ("text", "user", "address", "security", "mechanism"),
    [
        ("pops://me@mail.example.com", "me", "mail.example.com:995", Security.TLS, None),
        ("POPS://me@Mail.Example.COM:1995/", "me", "mail.example.com:1995", Security.TLS, None),
        ("pop://me@mail.example.com", "me", "mail.example.com:110", Security.STLS, None),
        ("pop://me;auth=+APOP@h", "me", "h:110", Security.STLS, "APOP"),
        ("pop://me@h:1110;AUTH=cram-md5", "me", "h:1110", Security.STLS, "CRAM-MD5"),
        ("pop://me;auth=*@h", "me", "h:110", Security.STLS, None),
        ("pops://me%40b.example@h", "me@b.example", "h:995", Security.TLS, None),
        ("pops://me@b.example@h", "me@b.example", "h:995", Security.TLS, None),
        ("pops://recent%3Ame@h", "recent:me", "h:995", Security.TLS, None),
        ("pops://m%C3%BC@h", "mü", "h:995", Security.TLS, None),
        ("pops://me@müller.example.", "me", "xn--mller-kva.example:995", Security.TLS, None),
        ("pops://me@[2001:db8::1]", "me", "[2001:db8::1]:995", Security.TLS, None),
        ("pops://me@[fe80::1%25eth0]:99", "me", "[fe80::1%eth0]:99", Security.TLS, None),
        ("pop://me@192.0.2.1", "me", "192.0.2.1:110", Security.STLS, None),
    ],
)
def test_valid_targets(
    text: str, user: str, address: str, security: Security, mechanism: str | None
) -> None:
    server = parse_target(text)
    assert (server.user, server.address) == (user, address)
    assert (server.security, server.mechanism) == (security, mechanism)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "[::1]"])
def test_loopback_is_unencrypted_unless_tls_is_requested(host: str) -> None:
    target = f"pop://me@{host}"
    assert parse_target(target).security is Security.PLAIN
    assert parse_target(target, starttls=True).security is Security.STLS


@pytest.mark.parametrize("host", ["localhost.example", "128.0.0.1", "[::2]", "mail"])
def test_any_other_host_needs_tls_unless_allowed(host: str) -> None:
    target = f"pop://me@{host}"
    assert parse_target(target).security is Security.STLS
    assert parse_target(target, allow_plaintext=True).security is Security.STLS_IF_OFFERED
    both = parse_target(target, allow_plaintext=True, starttls=True)
    assert both.security is Security.STLS


def test_pops_is_never_less_than_tls() -> None:
    assert parse_target("pops://me@localhost", allow_plaintext=True).security is Security.TLS
    with pytest.raises(UsageError, match="--starttls goes with pop://"):
        parse_target("pops://me@h", starttls=True)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "“” is neither an account's name nor a URL"),
        ("work", "“work” is neither"),
        ("me@mail.example.com", "neither an account's name nor a URL: write pops://user@host"),
        ("imap://me@h", "The scheme “imap” is not pops or pop"),
        ("pops://mail.example.com", "names no user: write pops://user@mail.example.com"),
        ("pops://me@", "names no host"),
        ("pops://me@h:", "The port “” is not a number from 1 to 65535"),
        ("pops://me@h:0", "The port “0”"),
        ("pops://me@h:65536", "The port “65536”"),
        ("pops://me@h:٣", "The port “٣”"),
        ("pops://me@::1", "an IPv6 address is written in brackets"),
        ("pops://me@[::1", "is not an IPv6 address"),
        ("pops://me@[::1]x", "is not an IPv6 address"),
        ("pops://me@127.1", "is not a host name or an address"),
        ("pops://me@1.2.3.256", "is not a host name or an address"),
        ("pops://me@-h", "is not a host name"),
        ("pops://me@h..example", "is not a host name"),
        (f"pops://me@{'a' * 64}", "is not a host name"),
        (f"pops://me@{'ab.' * 90}example", "is not a host name"),
        ("pops://me@h/inbox", "is not a host name"),
        ("pops://m%@h", "a “%” before no pair of hex digits"),
        ("pops://m%ff@h", "does not decode to UTF-8"),
        ("pops://m%0D%0ADELE@h", "control characters"),
        ("pops://m\x1b[2J@h", "control characters"),
        ("pops://me@h\u202e", "control characters"),
        ("pops://me@h;foo=1", "“;foo=1” is not understood"),
        ("pops://me;auth=A@h;auth=B", "only one “;auth=MECHANISM” is allowed there"),
        ("pops://me;auth=@h", "The login “” is not a mechanism"),
        ("pops://me;auth=+SCRAM@h", "The login “+SCRAM” is not a mechanism"),
    ],
)
def test_messages_for_invalid_targets(text: str, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target(text)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "pops://me:hunter2@h",
        "me:hunter2@h",
        "pops://me:hunter2@bad host",
        "imap://me:hunter2@h",
        "pops://me:hunter2@",
        "pops://me:\x1bhunter2@h",
        "pops://me:hunter2;auth=+APOP@h",
    ],
)
def test_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError, match="A password does not belong in a TARGET") as caught:
        parse_target(text)
    assert "hunter2" not in str(caught.value)


PIECES = st.sampled_from(["pops://", "pop://", "@", ":", ";auth=", "%", "[", "]", "/", "::1", "h"])


@given(st.lists(PIECES | st.text(max_size=5), max_size=8).map("".join))
@example("pops://me@\udc80")
@example("pops://me@" + "ü" * 70)
@example("pops://me@xn--\x00")
def test_any_text_gives_a_server_or_a_printable_message(text: str) -> None:
    try:
        server = parse_target(text)
    except UsageError as fault:
        sentence = str(fault)
    else:
        sentence = server.user + server.title
        assert server.host.isascii()
        assert 0 < server.port < 65536
    assert sentence == printable_line(sentence)


@pytest.mark.parametrize(
    "text", [PIN, PIN.upper(), f"sha256:{PIN}", f"SHA256:{':'.join(['AB'] * 32)}", f" {PIN}\n"]
)
def test_valid_pins(text: str) -> None:
    assert parse_pin(text) == PIN
    assert parse_target("pops://me@h", pin=text).pin == PIN


@pytest.mark.parametrize("text", ["", "ab" * 31, "ab" * 33, "gg" * 32, "sha1:" + PIN])
def test_invalid_pins(text: str) -> None:
    with pytest.raises(UsageError, match="is not a SHA-256 fingerprint"):
        parse_pin(text)


@pytest.mark.parametrize(
    ("host", "ascii_form", "title"),
    [
        ("bücher.example", "xn--bcher-kva.example", "me@bücher.example"),
        ("BÜCHER。example", "xn--bcher-kva.example", "me@bücher.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", "me@bücher.example"),
        ("straße.example", "xn--strae-oqa.example", "me@straße.example"),
        ("почта.рф", "xn--80a1acny.xn--p1ai", "me@почта.рф"),
        ("メールbox.jp", "xn--box-pp4bzb0f.jp", "me@メールbox.jp"),
        ("раypal.com", "xn--ypal-43d9g.com", "me@раypal.com (xn--ypal-43d9g.com)"),
        ("аррӏе.com", "xn--80ak6aa92e.com", "me@аррӏе.com (xn--80ak6aa92e.com)"),
        ("１２７.0.0.1", "127.0.0.1", "me@127.0.0.1"),
    ],
)
def test_international_host_names(host: str, ascii_form: str, title: str) -> None:
    """Names that may deceive are shown in both forms."""
    server = parse_target(f"pops://me@{host}")
    assert (server.host, server.tls_name, server.title) == (ascii_form, ascii_form, title)


@pytest.mark.parametrize("host", ["xn--zz--.com", "☃.net", "-ü.net", "ü" * 70 + ".net", "xn--.com"])
def test_host_names_that_cannot_exist(host: str) -> None:
    with pytest.raises(UsageError, match="is not a host name or an address"):
        parse_target(f"pops://me@{host}")


def test_a_zone_is_for_the_network_and_not_for_certificates() -> None:
    server = parse_target("pops://me@[fe80::1%25eth0]")
    assert (server.host, server.tls_name) == ("fe80::1%eth0", "fe80::1")


def test_the_title_is_printable() -> None:
    server = Server("::1", 995, "me\x1b[2J", Security.TLS)
    assert server.title == "me\ufffd[2J@[::1]"


def test_a_pin_always_requires_tls() -> None:
    pinned = parse_target("pop://me@mail.example.com", allow_plaintext=True, pin="ab" * 32)
    assert pinned.security is Security.STLS
    assert parse_target("pop://me@127.0.0.1", pin="ab" * 32).security is Security.STLS
