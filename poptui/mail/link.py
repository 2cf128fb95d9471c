"""A link of a message: what it shows, where it truly leads, and what speaks against it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from poptui.mail.hosts import look_alike, readable

MAX_LINKS = 2_000
"""Links of one message that are listed."""
MAX_TARGET = 2000
"""Characters of a target that are kept; a ``data:`` link may carry megabytes."""

_IGNORED = re.compile(r"[\t\r\n]")
_EDGES = "".join(map(chr, range(0x21)))
_LABELS = r"(?:[\w-]{1,63}\.){1,8}"
_HOST = _LABELS + r"[^\W\d_][\w-]{1,62}"
_NAMED_URL = re.compile(rf"(?:https?://(?:[^\s/@]{{1,200}}@)?|\b(?=www\.))({_HOST})", re.IGNORECASE)
_NAMED_HOST = re.compile(
    rf"(?<![\w@.-])({_LABELS}"
    r"(?:com|net|org|info|biz|edu|gov|shop|online|site|app|bank))(?![\w@-])",
    re.IGNORECASE,
)
_ONLY_HOST = re.compile(rf"({_HOST})(?:[/:?#]\S*)?", re.IGNORECASE)
_MAILBOX = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,255}")
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|html?|txt|zip|jpe?g|png|gif|csv|js|py|md)$", re.I)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,30}):", re.IGNORECASE)
_DANGEROUS = {
    "javascript": "This link runs a script instead of leading somewhere (javascript:).",
    "vbscript": "This link runs a script instead of leading somewhere (vbscript:).",
    "data": "This link carries its page inside itself instead of leading to a host (data:).",
    "file": "This link leads to a file of your own machine (file:).",
}


@dataclass(frozen=True, slots=True)
class Link:
    """One link. All of it is foreign text and goes through ``printable`` before it is shown."""

    text: str
    """What the message shows for it, in one line."""
    target: str
    """Where it leads, as written in the message; cut to ``MAX_TARGET`` characters."""
    warning: str = ""
    """A sentence where text and target tell different stories, ``""`` where nothing is wrong."""


def link(text: str, href: str) -> Link:
    """The link that shows ``text`` and leads to ``href``, judged."""
    target = _IGNORED.sub("", href).strip(_EDGES)[:MAX_TARGET]
    return Link(text, target, _warning(text, target))


def _warning(text: str, target: str) -> str:
    match = _SCHEME.match(target)
    scheme = match[1].lower() if match else ""
    if scheme in _DANGEROUS:
        return _DANGEROUS[scheme]
    if scheme == "mailto":
        return _other_mailbox(text, target)
    if scheme not in ("http", "https", "ftp") and target[:1] not in ("/", "\\"):
        return ""
    return _other_host(text, target)


def _other_mailbox(text: str, target: str) -> str:
    shown = _MAILBOX.fullmatch(text.strip())
    address = unquote(target.partition(":")[2].partition("?")[0])
    if shown is None or shown[0].lower() == address.lower():
        return ""
    return f"The text names {shown[0]}, but the mail would go to {address}."


def _other_host(text: str, target: str) -> str:
    host, disguised = _host_of(target)
    if not host:
        return "The address of this link is malformed."
    shown = _host_in(text)
    if shown and not _same_site(shown, host):
        return f"The text names {shown}, but the link leads to {_with_reading(host)}."
    if disguised:
        leads = f"the link leads to {_with_reading(host)}"
        return f"The address is written to look like another: {leads}."
    return _other_letters(host)


def _other_letters(host: str) -> str:
    """Punycode is shown with what it stands for, and told whether it may imitate another."""
    said, why = readable(host), look_alike(host)
    if why:
        return f"The host {_with_reading(host)} {why}: it may imitate another."
    return f"The host {host} reads {said}." if said != host else ""


def _with_reading(host: str) -> str:
    """``host``, and in parentheses what it reads where it is in punycode."""
    said = readable(host)
    return host if said == host else f"{host} (it reads {said})"


def _host_of(target: str) -> tuple[str, bool]:
    """The host as a browser takes it, and whether something before an ``@`` hides it."""
    try:
        parts = urlsplit(target.replace("\\", "/"))
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return "", False
    return host, "@" in parts.netloc and "." in parts.netloc.rpartition("@")[0]


def _host_in(text: str) -> str:
    """The host that ``text`` names to a reader, ``""`` where it names none."""
    text = text.strip()
    match = _NAMED_URL.search(text) or _NAMED_HOST.search(text) or _ONLY_HOST.fullmatch(text)
    if match is None or _FILE.search(match[1]):
        return ""
    return match[1].lower()


def _same_site(shown: str, host: str) -> bool:
    """One is the other or lies below it, ``www.`` aside."""
    shown = readable(shown).removeprefix("www.")
    host = readable(host).removeprefix("www.")
    return shown == host or host.endswith(f".{shown}") or shown.endswith(f".{host}")
