"""A link of a message: its label, its real target, and a warning if it looks suspicious."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urljoin

from poptui.mail.hosts import (
    has_public_suffix,
    is_address,
    look_alike,
    punycode,
    registrable_domain,
    resolved_host,
    same_owner,
    visible_form,
)
from poptui.patterns import lazy_pattern

MAX_LINKS = 2_000
"""Maximum number of links of a message that are listed."""
MAX_TARGET_CHARACTERS = 2000
"""Maximum characters of a target that are kept; a ``data:`` link may carry megabytes."""
MAX_LABEL_CHARACTERS = 2_000
"""Maximum characters of a link's text that are compared with its target."""
_KEPT_LABEL_CHARACTERS = 300
"""Maximum characters of a link's text that are kept."""
_LONG_HOST_CHARACTERS = 80
"""Maximum length of a host: the end of a longer one, which shows its owner, may be off screen."""
_MAX_AUTHORITY_CHARACTERS = 1_500
"""Maximum characters of host, user and port together; longer ones hide the host."""
_MAX_REDIRECTS = 20
"""Maximum number of a target's parameters that are searched for another address."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_IGNORED = lazy_pattern(r"[\t\r\n]")
_EDGES = "".join(map(chr, range(0x21)))
_SCHEME = lazy_pattern(r"([a-z][a-z0-9+.-]{0,30}):", re.IGNORECASE)
_WEB = frozenset({"http", "https", "ftp", "ws", "wss"})
"""Schemes whose host is found after any number of slashes (WHATWG URL, "special")."""
_HARMLESS = frozenset({"tel", "sms", "cid", "mid", "geo", "webcal", "news", "urn"})
_DANGEROUS = {
    "javascript": "This link runs a script instead of opening a page (javascript:).",
    "vbscript": "This link runs a script instead of opening a page (vbscript:).",
    "data": "This link carries its page inside itself instead of naming a host (data:).",
    "file": "This link opens a file on your own machine or network (file:).",
}
_GENERIC = _words("com net org info biz edu gov shop online site app bank")
_LOCAL = _words("example test invalid localhost local lan corp internal home intranet")
_FILE_NAMES = _words("pdf doc docx xls xlsx ppt pptx html htm txt jpg jpeg png gif csv")
_ALSO_FILES = _words("zip mov py md sh rs ps js pl")
"""File extensions that are also top-level domains, or look like one."""
_PRODUCTS = frozenset({"asp.net", "ado.net", "vb.net", "ml.net"})
_NAMED = lazy_pattern(
    r"(?P<url>(?:https?|ftp):/{1,3}\S+)"
    r"|(?<![\w.@-])(?P<host>[\w-]+(?:\.[\w-]+)+)(?P<rest>@?(?:[/:?#]\S*)?)"
    r"|(?<=@)(?P<domain>[\w-]+(?:\.[\w-]+)+)",
    re.IGNORECASE,
)
_MAILBOX = lazy_pattern(r"(?<![\w.+-])([\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)")
_SPACED_DOT = lazy_pattern(r"\s{0,5}\.\s{0,5}")
_MIDDLE_DOT = lazy_pattern(r"[·∙⋅・‧•](?=(?:com|net|org)\b)", re.IGNORECASE)
_WRITTEN_DOT = lazy_pattern(r"\s?[\[({]\s?(?:dot|\.)\s?[\])}]\s?", re.IGNORECASE)
_REWRITERS = _words(
    "outlook.com proofpoint.com urldefense.com mimecast.com barracudanetworks.com google.com "
    "fireeye.com trendmicro.com sophos.com cisco.com"
)
"""Owners of services that replace the links in mail with their own."""
_DELIVERERS = _words(
    "cloudflare.net akamaiedge.net akamaized.net edgekey.net edgesuite.net cloudfront.net "
    "fastly.net azureedge.net outlook.com translate.goog cdn77.org archive.org"
)
"""Owners of hosts that contain the whole name of a customer."""
_NO_TARGET = frozenset({"utm_source", "utm_campaign", "utm_medium", "ref", "referrer", "source"})


@dataclass(frozen=True, slots=True)
class Link:
    """One link. Its text comes from the sender and must be sanitized before it is shown."""

    text: str
    """Its label, in one line."""
    target: str
    """Its resolved target, cut to ``MAX_TARGET_CHARACTERS`` characters."""
    warning: str = ""
    """A sentence if the label and the target disagree, else ``""``."""


def link(text: str, href: str, base: str = "") -> Link:
    """Make the link with the label ``text`` that leads to ``href``, and check it.

    ``base`` is the base address of the page, ``""`` if it has none.
    """
    text = " ".join(text.split())[:MAX_LABEL_CHARACTERS]
    target = _resolved(href, base)
    return Link(
        text[:_KEPT_LABEL_CHARACTERS], target[:MAX_TARGET_CHARACTERS], _warning(text, target)
    )


def resolved(href: str, base: str = "") -> str:
    """Resolve ``href`` as a browser does: drop ignored characters, apply ``base``."""
    return _resolved(href, base)[:MAX_TARGET_CHARACTERS]


def _resolved(href: str, base: str) -> str:
    """Like ``resolved``, but longer, because the host may come after a long user name."""
    target = _IGNORED.sub("", href[: 4 * MAX_TARGET_CHARACTERS]).strip(_EDGES)
    if base and not _SCHEME.match(target):
        slashes = target.partition("?")[0].count("\\")
        try:
            target = urljoin(base, target.replace("\\", "/", slashes))
        except ValueError:
            return target
    return target


def _warning(text: str, target: str) -> str:
    scheme, address = _split_scheme(target)
    if scheme in _DANGEROUS:
        return _DANGEROUS[scheme]
    if scheme == "mailto":
        return _other_mailbox(text, address)
    if scheme == "tel":
        return _other_number(text, address)
    if scheme in _WEB:
        return _other_host(text, address)
    named = next(hosts_named(text), "")
    if scheme == "webcal":
        return _other_host(text, address) if named else ""
    if scheme and scheme not in _HARMLESS:
        return f"This link starts a program on your machine instead of opening a page ({scheme}:)."
    if named and target:
        where = f"a {scheme}: address" if scheme else "an address that isn't a web page"
        return f"The text names {named}, but the link leads to {where}."
    return ""


def _split_scheme(target: str) -> tuple[str, str]:
    """Return the scheme in lower case, and what follows it.

    ``//host`` and ``host/path`` without a scheme are taken for the web, as mail programs do.
    """
    match = _SCHEME.match(target)
    if match is not None and not _is_host_and_port(match[1], target[match.end() :]):
        return match[1].lower(), target[match.end() :]
    if target[:2].replace("\\", "/") == "//":
        return "http", target
    first = re.split(r"[/\\?#]", target, maxsplit=1)[0]
    name = (
        resolved_host(first.rpartition("@")[2].partition(":")[0])
        if "." in visible_form(first)
        else ""
    )
    if name and (has_public_suffix(name) or is_address(name) or _ends_in(name, _LOCAL)):
        return "http", target
    return "", target


def _is_host_and_port(before: str, after: str) -> bool:
    """Whether it is a host with a port, such as ``example.com:8080/x``, rather than a scheme."""
    return "." in before and re.match(r"\d{1,5}(?:[/?#]|$)", after) is not None


# --- mail and telephone


def _other_mailbox(text: str, address: str) -> str:
    """Return the warning for a ``mailto:`` link; ``address`` is what follows that (RFC 6068)."""
    to, _, query = address.partition("?")
    fields = [(name.lower(), value) for name, value in parse_qsl(query.replace("+", "%2B"))]
    if any(name in ("attach", "attachment") for name, _ in fields):
        return "The link asks your mail program to attach a file of yours."
    more = [value for name, value in fields if name in ("to", "cc", "bcc")]
    recipients = [
        visible_form(recipient).strip(" <>").lower()
        for part in (unquote(to), *more)
        for recipient in part.split(",")
    ]
    recipients = [recipient for recipient in recipients if recipient]
    label = visible_form(text)
    shown = {recipient.lower() for recipient in _MAILBOX.findall(label)}
    if shown:
        others = [recipient for recipient in recipients if recipient not in shown]
        if others or not recipients:
            named = ", ".join(sorted(shown))
            return f"The text names {named}, but the mail would go to {', '.join(recipients)}."
        return ""
    for host in hosts_named(text):
        for recipient in recipients:
            if not same_owner(host, recipient.rpartition("@")[2]):
                return f"The text names {host}, but the mail would go to {recipient}."
    return ""


_NUMBER_ALONE = lazy_pattern(r"[\d\s()+./-]+")
_NUMBER_INSIDE = lazy_pattern(r"(?<![\w.-])(?:\+|\(|0|1-)[\d\s()./-]*\d")
"""A telephone number within other words: not a date, nor the number of an order."""


def _other_number(text: str, address: str) -> str:
    if named := next(hosts_named(text), ""):
        return f"The text names {named}, but the link calls {unquote(address)}."
    called = re.sub(r"\D", "", unquote(address).partition(";")[0])
    shown = [text] if _NUMBER_ALONE.fullmatch(text) else _NUMBER_INSIDE.findall(text)
    digits = [re.sub(r"\D", "", number) for number in shown]
    # Perhaps only one of them has the country and area codes.
    others = [n for n, d in zip(shown, digits, strict=True) if len(d) > 6 and d[-6:] != called[-6:]]
    if others and not any(number[-6:] == called[-6:] for number in digits):
        return f"The text names {others[0].strip()}, but the link calls {unquote(address)}."
    return ""


# --- the web


@dataclass(frozen=True, slots=True)
class _Address:
    """The authority of a web address, split as a browser does it."""

    host: str
    """The host that is looked up, its punycode decoded; ``""`` if it is malformed."""
    written: str
    """The host as the message has it."""
    user: str
    """The part before an ``@``, with percent-encoding resolved."""


def _address(address: str) -> _Address:
    """Split ``address``, which follows ``https:`` and any number of slashes and backslashes."""
    authority = re.split(r"[/\\?#]", address.lstrip("/\\"), maxsplit=1)[0]
    user, at, server = authority.rpartition("@")
    written, colon, port = server.rpartition(":")
    if not colon or "]" in port:
        written, port = server, ""
    if len(authority) > _MAX_AUTHORITY_CHARACTERS:
        return _Address("", written, "")
    sound = not port or (port.isascii() and port.isdigit() and int(port[:9]) < 65536)
    return _Address(resolved_host(written) if sound else "", written, unquote(user) + at)


def _other_host(text: str, address: str) -> str:
    found = _address(address)
    host = found.host
    if not host:
        return "The address of this link is malformed."
    leads = f"the link leads to {_with_punycode(host)}"
    named = list(hosts_named(text))
    onward = list(_onward(address))
    for named_host in named:
        if not same_owner(named_host, host):
            if _rewrites(host) and onward and all(same_owner(named_host, far) for far in onward):
                continue
            return f"The text names {named_host}, but {leads}."
    if found.user:
        return f"The address is written to look like another: {leads}."
    if odd := _oddly_written(found):
        return f"{odd}: {leads}."
    if named and visible_form(text).strip("<>[]() ").rstrip("/") not in _spellings(address):
        for far in onward:
            if not any(same_owner(named_host, far) for named_host in named):
                return f"The text names {named[0]}, but the link redirects to {far}."
    if why := look_alike(found.written) or look_alike(host):
        return f"The host {_with_punycode(host)} {why}: it may imitate another."
    return _unclear(host, named)


def _spellings(address: str) -> tuple[str, ...]:
    """Return the texts with which a label may show the whole ``address``."""
    rest = visible_form(address).strip("/")
    return (rest, f"http://{rest}", f"https://{rest}")


def _oddly_written(found: _Address) -> str:
    written = found.written.lower().strip("[]")
    if "%" in written:
        return "The host is written with percent signs to hide it"
    if is_address(found.host) and written.rstrip(".") != found.host and ":" not in written:
        return "The host is an IP address in disguise"
    return ""


def _unclear(host: str, named: list[str]) -> str:
    """Return a warning about a host that the label doesn't name."""
    if named:
        return ""
    if is_address(host):
        return f"The link leads to an IP address instead of a name: {host}."
    owner = registrable_domain(host)
    before = host.removesuffix(owner).rstrip(".")
    if owner and owner not in _DELIVERERS and (other := _name_before(before, owner)):
        return f"The host begins like {other}, but it belongs to {owner}."
    if len(host) > _LONG_HOST_CHARACTERS:
        return f"The host is very long; it belongs to {owner or host[-_LONG_HOST_CHARACTERS:]}."
    if not host.isascii():
        return f"The host {punycode(host)} reads {host}."
    return ""


def _name_before(before: str, owner: str) -> str:
    """Return a name such as ``bank.com`` among the labels ``before`` the owner's own domain."""
    labels = before.split(".")
    for at in range(len(labels) - 1, 0, -1):
        if labels[at] in ("com", "net", "org", "gov", "edu") and labels[at - 1] != "www":
            return ".".join(labels[at - 1 : at + 1])
    if before and re.match(r"(?:com|net|org|gov|co-uk)-", owner):
        return f"{labels[-1]}.{owner.partition('-')[0]}"
    return ""


def _rewrites(host: str) -> bool:
    return registrable_domain(host) in _REWRITERS


def _onward(address: str) -> Iterator[str]:
    """Yield the hosts to which a web address redirects by its parameters."""
    _, mark, query = address.partition("?")
    query, _, fragment = query.partition("#") if mark else address.partition("#")
    for name, value in parse_qsl(f"{query if mark else ''}&{fragment}", max_num_fields=None)[
        :_MAX_REDIRECTS
    ]:
        if name.lower() in _NO_TARGET:
            continue
        value = unquote(value).strip().replace("\\", "/")
        scheme, rest = _split_scheme(value) if "//" in value[:9] else ("", "")
        if scheme in _WEB and (host := _address(rest).host):
            yield host
    if "urldefense" in address[:80] and (inner := re.search(r"__https?:/{1,2}([^/;]+)", address)):
        yield resolved_host(inner[1])


def _with_punycode(host: str) -> str:
    """Return ``host``, followed by its punycode in parentheses if it has any."""
    return host if host.isascii() else f"{punycode(host)} (it reads {host})"


# --- the text


def hosts_named(text: str) -> Iterator[str]:
    """Yield the hosts that a reader sees in ``text``, as ``resolved_host`` returns them."""
    shown = _MIDDLE_DOT.sub(".", _WRITTEN_DOT.sub(".", visible_form(text))).strip()
    if " " in shown and shown.count(" ") < 4:
        closed = _SPACED_DOT.sub(".", shown)
        if closed != shown and " " not in closed and _ends_in(closed, _GENERIC):
            shown = closed
    for match in _NAMED.finditer(shown):
        if match["url"]:
            yield from _hosts_of_url(match["url"].partition(":")[2])
        elif match["domain"]:
            if match.end() == len(shown) and " " not in shown:
                yield match["domain"].lower()
        elif not match["rest"].startswith("@"):
            host = match["host"].rstrip("-_")
            alone = not shown[: match.start()].strip("[(<\"'/") and not shown[match.end() :].strip(
                "])>\"'.,!/"
            )
            if _is_host(host, alone=alone, path=match["rest"][:1] == "/"):
                yield resolved_host(host)


def _hosts_of_url(address: str) -> Iterator[str]:
    found = _address(address.rstrip(".,;)>]"))
    if "." in found.user:
        yield resolved_host(found.user.rstrip("@").rpartition(":")[0] or found.user.rstrip("@"))
    if found.host:
        yield found.host


def _is_host(name: str, *, alone: bool, path: bool) -> bool:
    """Whether a word with dots is a host, not a file name, a number or an abbreviation."""
    host = resolved_host(name)
    labels = host.split(".")
    top = labels[-1]
    if not host or name.lower() in _PRODUCTS:
        return False
    if is_address(host):
        return alone and name.count(".") == 3
    if name[:4].lower() == "www.":
        return True
    if top in _FILE_NAMES or (top in _ALSO_FILES and not path):
        return False
    if top in _GENERIC or top in _LOCAL:
        return name.rpartition(".")[2] in (top, top.upper())
    if not has_public_suffix(host):
        return False
    written = name.rpartition(".")[2]
    lettered = any(sign.isalpha() for sign in labels[-2]) and len(labels[-2]) > 1
    return written in (top, top.upper()) and (alone or lettered)


def _ends_in(host: str, tops: frozenset[str]) -> bool:
    return host.rpartition(".")[2].lower() in tops
