"""Warnings on links whose text and target disagree, and none on honest links."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PSLFILE, PublicSuffixList

from poptui.mail.hosts import is_public_suffix, registrable_domain, resolved_host, same_owner
from poptui.mail.html.to_text import html_body
from poptui.mail.link import MAX_LABEL_CHARACTERS, link
from poptui.mail.plain import plain_body

DECEPTIVE = [
    # The text names another host, in any notation.
    ("https://paypal.com/signin", "https://evil.example/", "evil.example"),
    ("Go to paypal.com now", "https://evil.example/", "paypal.com"),
    ("Go to paypal.de now", "https://evil.example/", "paypal.de"),
    ("Log in to (paypal.com), please", "https://evil.example/", "paypal.com"),
    ("PAYPAL.COM", "https://evil.example/", "paypal.com"),
    ("paypal.com's site", "https://evil.example/", "paypal.com"),
    ("paypal.com\N{TRADE MARK SIGN}", "https://evil.example/", "paypal.com"),
    ("paypal.com\N{SUPERSCRIPT ONE}", "https://evil.example/", "paypal.com"),
    ("pay\u200bpal.com", "https://evil.example/", "paypal.com"),
    ("pay\u00adpal.com", "https://evil.example/", "paypal.com"),
    ("pay\u200dpal.c\u2060om", "https://evil.example/", "paypal.com"),
    ("p\ufe0fa\u034fypal.com", "https://evil.example/", "paypal.com"),
    ("pay\U000e0061pal.com", "https://evil.example/", "paypal.com"),
    ("pay\u3164pal.com", "https://evil.example/", "paypal.com"),
    ("paypal\u3002com", "https://evil.example/", "paypal.com"),
    ("paypal\uff0ecom", "https://evil.example/", "paypal.com"),
    ("paypal\uff61com", "https://evil.example/", "paypal.com"),
    ("paypal\u2024com", "https://evil.example/", "paypal.com"),
    ("paypal\u0660com", "https://evil.example/", "paypal.com"),
    ("paypal\u00b7com", "https://evil.example/", "paypal.com"),
    ("paypal\ua4f8com", "https://evil.example/", "paypal.com"),
    ("paypal . com", "https://evil.example/", "paypal.com"),
    ("paypal[.]com", "https://evil.example/", "paypal.com"),
    ("paypal.com\u2044signin", "https://evil.example/", "paypal.com"),
    ("https:\u2215\u2215paypal.com\u2215x", "https://evil.example/", "paypal.com"),
    ("https\uff1a//paypal.com", "https://evil.example/", "paypal.com"),
    ("\uff50aypal.com", "https://evil.example/", "paypal.com"),
    ("\U0001d429aypal.com", "https://evil.example/", "paypal.com"),
    ("p\u0430ypal.com", "https://evil.example/", "p\u0430ypal.com"),
    ("x" * 310 + " paypal.com", "https://evil.example/", "paypal.com"),
    ("https://paypal.com@evil.example/", "https://evil.example/", "paypal.com"),
    ("[paypal.com]", "https://evil.example/", "paypal.com"),
    ("192.0.2.7", "https://evil.example/", "192.0.2.7"),
    ("b\u00fccher.de", "https://bucher.de/", "bucher.de"),
    # The target hides its host.
    ("paypal.com", "//evil.example/", "evil.example"),
    ("paypal.com", "\\\\evil.example/", "evil.example"),
    ("paypal.com", "evil.com/login", "evil.com"),
    ("paypal.com", "evil.com:8080/login", "evil.com"),
    ("paypal.com", "http:evil.example", "evil.example"),
    ("paypal.com", "https:/evil.example", "evil.example"),
    ("paypal.com", "https:////evil.example", "evil.example"),
    ("paypal.com", "https:\\\\evil.example\\@paypal.com", "evil.example"),
    ("paypal.com", "https://paypal.com@evil.example/", "evil.example"),
    ("here", "https://paypal%2ecom%2f@evil.example/", "evil.example"),
    ("here", "https://paypal@evil.example/", "evil.example"),
    ("here", "https://paypal.com:443@evil.example/", "evil.example"),
    ("paypal.com", "https://evil.example#@paypal.com/", "evil.example"),
    ("paypal.com", "https://evil.example?@paypal.com/", "evil.example"),
    ("paypal.com", "https://paypal.com.evil.example/", "paypal.com.evil.example"),
    ("Log in", "https://www.paypal.com.evil.example/", "paypal.com"),
    ("Log in", "https://paypal.com-signin.example/", "com-signin.example"),
    ("Log in", f"https://{'.'.join(['signin'] * 20)}.evil.example/", "evil.example"),
    ("here", "https://evil%2eexample/", "evil.example"),
    ("paypal.com", "https://evil\u3002example/", "evil.example"),
    ("here", "https://evil\u3002example/", "stand for others"),
    ("here", "https://pay\u00adpal.com/", "stand for others"),
    ("here", "https://paypal.com\u2044x.evil.example/", "stand for others"),
    ("here", "http://3221225991/", "192.0.2.7"),
    ("here", "http://0xc0.0x00.0x02.0x07/", "192.0.2.7"),
    ("here", "http://0300.0.02.07/", "192.0.2.7"),
    ("here", "http://192.519/", "192.0.2.7"),
    ("here", "http://192.0.2.7/", "192.0.2.7"),
    ("here", "http://[::ffff:192.0.2.7]/", "192.0.2.7"),
    ("here", "http://[", "malformed"),
    ("here", "https://paypal.com%40evil.example/", "malformed"),
    ("here", "https://paypal.com:x/", "malformed"),
    ("here", f"https://paypal.com{'a' * 1_900}@evil.example/", "malformed"),
    ("here", f"https://paypal.com{'a' * 9_000}@evil.example/", "malformed"),
    ("here", f"https://paypal.com{'a' * 1_000}@evil.example/", "evil.example"),
    ("paypal.com", "/\\evil.example/", "evil.example"),
    ("paypa\u217c.com", "https://evil.example/", "paypal.com"),
    ("here", "https://xn--pypal-4ve.com/", "xn--pypal-4ve.com"),
    ("paypal.com", "https://xn--pypal-4ve.com/", "xn--pypal-4ve.com"),
    ("p\u0430ypal.com", "https://p\u0430ypal.com/", "Cyrillic and Latin"),
    ("here", "https://\u0430\u0440\u0440\u04cf\u0435.com/", "Cyrillic"),
    ("here", "https://\u0262oogle.com/", "look like others"),
    ("here", "https://payp\u00e1l.com/", "xn--"),
    ("alice.github.io", "https://bob.github.io/", "bob.github.io"),
    ("github.io", "https://evil.github.io/", "evil.github.io"),
    ("bank.co.uk", "https://evil.co.uk/", "evil.co.uk"),
    ("paypal.com", "https://google.com/url?q=https://evil.example/", "google.com"),
    ("google.com", "https://www.google.com/url?q=https%3A%2F%2Fevil.example%2F", "evil.example"),
    ("paypal.com", "https://paypal.com/go?next=%2F%2Fevil.example", "evil.example"),
    # Schemes.
    ("here", " java\nscript:alert(1)", "javascript:"),
    ("here", "VBScript:x", "vbscript:"),
    ("here", "DATA:text/html,<b>", "data:"),
    ("here", "file://evil.example/x", "file:"),
    ("Open", "intent://x#Intent;end", "intent:"),
    ("Open", "ms-word:ofe|u|https://evil.example/a.docx", "ms-word:"),
    ("Open", "search-ms:query=x&crumb=location:\\\\evil.example", "search-ms:"),
    ("Open", "ms-appinstaller:?source=https://evil.example", "ms-appinstaller:"),
    ("Open", "smb://evil.example/x", "smb:"),
    ("Open", "blob:https://evil.example/1", "blob:"),
    ("Open", "view-source:https://evil.example/", "view-source:"),
    ("paypal.com", "tel:+123", "+123"),
    ("+49 69 123456", "tel:+900999999", "+900999999"),
    ("Call 0800 123456 now", "tel:+881900123", "+881900123"),
    ("Hotline: (800) 555-1234", "tel:+900999999", "+900999999"),
    ("paypal.com", "cid:part1", "cid:"),
    ("paypal.com", "account/login", "isn't a web page"),
    # Mail.
    ("ann@bank.example", "mailto:bob@evil.example", "bob@evil.example"),
    ("Write to ann@bank.example", "mailto:bob@evil.example", "bob@evil.example"),
    ("ann@bank.example", "mailto:ann@bank.example,bob@evil.example", "bob@evil.example"),
    ("ann@bank.example", "mailto:?to=bob@evil.example", "bob@evil.example"),
    ("ann@bank.example", "mailto:ann@bank.example?bcc=bob@evil.example", "bob@evil.example"),
    ("https://paypal.com", "mailto:bob@evil.example", "bob@evil.example"),
    ("ann@bank.example", "https://evil.example/", "bank.example"),
    ("Answer", "mailto:ann@bank.example?attach=/etc/passwd", "attach"),
]

HONEST = [
    ("paypal.com", "https://www.paypal.com/x"),
    ("www.paypal.com", "https://paypal.com"),
    ("https://paypal.com", "https://login.paypal.com/"),
    ("www.example.org", "https://click.example.org/a/b?u=1"),
    ("https://Example.ORG/", "https://example.org"),
    ("example.org/news", "https://example.org/news/"),
    ("Visit example.org.", "https://www.example.org/"),
    ("(example.org)", "http://example.org"),
    ("example.org:8443", "https://example.org:8443/x"),
    ("example.org", "https://example.org:443/"),
    ("Read more", "https://track.mailer.example/c/abc?u=https%3A%2F%2Fshop.example"),
    ("View in browser", "https://u123.ct.sendgrid.net/ls/click?upn=x"),
    ("Share", "https://www.facebook.com/sharer.php?u=https://blog.example/"),
    ("\u20ac 19.99", "https://shop.example/"),
    ("10.50 EUR", "https://shop.example/"),
    ("Version 2.0.1", "https://shop.example/"),
    ("28.11.2026", "https://shop.example/"),
    ("report.pdf", "https://files.example/r"),
    ("Read README.md first", "https://files.example/r"),
    ("main.py", "https://files.example/r"),
    ("archive.zip", "https://files.example/r"),
    ("ASP.NET and Node.js", "https://learn.example/"),
    ("The end of it.It begins", "https://x.example/"),
    ("e.g. this, i.e. that, z.B. jenes", "https://x.example/"),
    ("Dr. Smith, Ph.D., U.S.A.", "https://x.example/"),
    ("wait...what", "https://x.example/"),
    ("a@b.example", "mailto:A@b.example?subject=x"),
    ("Write to a@b.example", "mailto:a@b.example"),
    ("Unsubscribe", "mailto:leave-1@lists.example?subject=unsubscribe"),
    ("b.example", "mailto:info@b.example"),
    ("Preferences of ann@example.net", "https://news.example/p"),
    ("call", "tel:+123"),
    ("+49 (69) 123-456", "tel:+4969123456"),
    ("069 123456", "tel:+4969123456"),
    ("Call 069 123456 or 0800 999999", "tel:+4969123456"),
    ("Call us by 2026-11-28 about order 12345678", "tel:+4969123456"),
    ("picture", "cid:image001"),
    ("b\u00fccher.example", "https://xn--bcher-kva.example/"),
    ("b\u00fccher.example", "https://b\u00fccher.example/"),
    ("http://192.0.2.7/", "http://192.0.2.7/"),
    ("https://example.org/?next=https://other.example",) * 2,
    ("https://web.archive.org/web/2020/https://other.example/",) * 2,
    (
        "example.org",
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.org%2F&data=1",
    ),
    ("example.org", "https://urldefense.com/v3/__https://example.org/__;!!x"),
    ("here", "https://my-bucket.s3.eu-central-1.amazonaws.com/x"),
    ("", "https://anywhere.example/"),
    ("[image]", "https://anywhere.example/"),
    ("jump", "relative/path"),
]


@pytest.mark.parametrize(("text", "href", "named"), DECEPTIVE)
def test_a_deceptive_link_gets_a_warning(text: str, href: str, named: str) -> None:
    assert named in link(text, href).warning


@pytest.mark.parametrize(("text", "href"), HONEST)
def test_an_honest_link_gets_no_warning(text: str, href: str) -> None:
    assert link(text, href).warning == ""


@pytest.mark.parametrize(
    ("html", "target", "named"),
    [
        ("<base href='https://evil.example/'><a href=login>paypal.com</a>",
         "https://evil.example/login", "evil.example"),
        ("<base href='https://evil.example/'><a href='#x'>paypal.com</a>",
         "https://evil.example/#x", "evil.example"),
        ("<base href='//evil.example/'><a href='/x'>paypal.com</a>",
         "https://evil.example/x", "evil.example"),
        ("<base target=_blank><base href='https://evil.example/'><a href='\\x'>paypal.com</a>",
         "https://evil.example/x", "evil.example"),
        ("<a href='https://evil.example/'>" + " " * 400 + "paypal.com</a>",
         "https://evil.example/", "paypal.com"),
        ("<a href='https://evil.example/'>" + "<b></b>" * 400 + "paypal.com</a>",
         "https://evil.example/", "paypal.com"),
        ("<a href='https://evil.example/'>" + "<b> </b>" * 400 + "paypal.com</a>",
         "https://evil.example/", "paypal.com"),
        ("<a href='https://evil.example/'>pay<span style='display:none'>x</span>pal.com</a>",
         "https://evil.example/", "paypal.com"),
        ("<a href='https://evil.example/'>pay<wbr>pal<b>.com</b></a>",
         "https://evil.example/", "paypal.com"),
        ("<a href='https://evil.example/'>Welcome<br>paypal.com</a>",
         "https://evil.example/", "names paypal.com"),
        ("<a href='https://evil.example/'><img alt='paypal.com' src=x></a>",
         "https://evil.example/", "paypal.com"),
        ("<a href='https://evil.example/'>paypal<!-- -->.com</a>",
         "https://evil.example/", "paypal.com"),
    ],
)  # fmt: skip
def test_a_deceptive_link_in_html_gets_a_warning(html: str, target: str, named: str) -> None:
    (found,) = html_body(html).links
    assert found.target == target
    assert named in found.warning


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("https://paypal.com <https://evil.example/>", "paypal.com"),
        ("paypal.com<https://evil.example/>", "paypal.com"),
        ("Go to [paypal.com](https://evil.example/)", "paypal.com"),
        ("http://paypal.com@evil.example/", "evil.example"),
        ("http://192.519/", "192.0.2.7"),
        ("https://p\u0430ypal.com/", "Cyrillic"),
    ],
)
def test_a_deceptive_url_in_plain_text_gets_a_warning(text: str, named: str) -> None:
    assert any(named in found.warning for found in plain_body(text).links)


@pytest.mark.parametrize(
    "text",
    [
        "See https://example.org/a, and https://other.example/b.",
        "example.org <https://www.example.org/x>",
        "Read more <https://track.mailer.example/c/1>",
        "[1] https://example.org",
        "https://example.org/?next=https://other.example/",
    ],
)
def test_an_honest_url_in_plain_text_gets_no_warning(text: str) -> None:
    assert [found.warning for found in plain_body(text).links if found.warning] == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_and_target_are_handled(text: str, href: str) -> None:
    for target in (href, f"https://{href}", f"mailto:{href}"):
        assert isinstance(link(text, target).warning, str)


@given(st.integers(0, MAX_LABEL_CHARACTERS - 40))
def test_a_host_is_found_anywhere_in_the_text(offset: int) -> None:
    text = "word " * (offset // 5) + "bank.com"
    assert "bank.com" in link(text, "https://evil.example").warning


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("a.b.example.co.uk", "example.co.uk"),
        ("ann.github.io", "ann.github.io"),
        ("github.io", ""),
        ("co.uk", ""),
        ("www.city.kobe.jp", "city.kobe.jp"),
        ("a.b.unknowntop", "b.unknowntop"),
        ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("a.b.xn--55qx5d.cn", "b.\u516c\u53f8.cn"),
        ("..", ""),
        ("", ""),
    ],
)
def test_the_registrable_domain_follows_the_public_suffix_list(host: str, owner: str) -> None:
    assert registrable_domain(host) == owner


@given(st.ip_addresses(v=4))
def test_every_form_of_an_address_is_the_same_host(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    for form in (str(number), hex(number), f"0{number:o}", str(address)):
        assert resolved_host(form) == str(address)


def test_every_rule_of_the_list_counts_as_its_own_reader_says() -> None:
    reader = PublicSuffixList(accept_encoded_idn=False)
    rules = [line for line in Path(PSLFILE).read_text("utf-8").split("\n") if line[:2] != "//"]
    names = [rule.removeprefix("!").removeprefix("*.") for rule in rules if rule]
    assert len(names) > 9000
    for name in [*names, "unknown", "below.unknown"]:
        for host in (name, f"one.{name}", f"two.one.{name}", f"three.two.one.{name}"):
            if "." in host:
                assert registrable_domain(host) == (reader.privatesuffix(host) or ""), host
            assert is_public_suffix(host) == reader.is_public(host, accept_unknown=False), host


def test_two_public_suffixes_have_no_common_owner() -> None:
    assert not same_owner("a.co.uk", "b.co.uk")
    assert not same_owner("192.0.2.7", "198.51.2.7")
    assert same_owner("a.example.co.uk", "www.example.co.uk")
