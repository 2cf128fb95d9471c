"""Host names: how a reader sees them, how a browser resolves them, and who registered them."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING
from unicodedata import category, name, normalize
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_PUNYCODE = "xn--"
_MAX_HOST_LENGTH = 1000
"""Characters of a host that are looked at; DNS allows 253."""
_TOGETHER = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "BOPOMOFO", "HANGUL"})
"""Scripts that are written together, and beside Latin letters."""
_LIKE_LATIN = frozenset("асԁеһіјӏӀкԛорѕтуԝхвнмгпαοερτυνικωχɑɡıοаһьѵօսհոց")
"""Letters of Cyrillic, Greek, Armenian and the rims of Latin that look like plain Latin ones."""
_ORDINARY_LATIN = frozenset("ơưșțạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")
"""Letters of Romanian and Vietnamese that stand behind the blocks of Western Europe."""
_DOTS = dict.fromkeys(map(ord, "。．｡․﹒٠۰܁܂ꓸ𐩐"), ".")
"""Signs that browsers take for a dot, or readers do."""
_SLASHES = dict.fromkeys(map(ord, "⁄∕／⧸╱⟋"), "/")
_SIGNS = {ord(sign): ":" for sign in "：﹕꞉∶"} | {ord(sign): "@" for sign in "＠﹫"}
_DROPPED = dict.fromkeys(map(ord, "™℠¹²³⁰⁴⁵⁶⁷⁸⁹®\u115f\u1160\u3164\uffa0\u2800\ufffd"))
"""Marks and footnotes behind a name, fillers that take room without being seen, and what we show
instead of characters that act on terminals."""
_SEEN_AS = _DOTS | _SLASHES | _SIGNS | _DROPPED
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Mn", "Me"})
_FORBIDDEN = frozenset(" #%/:<>?@[\\]^|\"'`{}")
"""What no host may hold (WHATWG URL, forbidden domain code points)."""


def seen(text: str) -> str:
    """Reduce ``text`` to what a reader sees, so that two names can be compared.

    Styled letters, dots and slashes become plain ones; invisible characters and combining accents
    are removed.
    """
    if text.isascii() and text.isprintable():
        return text
    text = normalize("NFKC", text.translate(_SEEN_AS)).translate(_SEEN_AS)
    return "".join([sign for sign in text if sign.isspace() or category(sign) not in _UNSEEN])


@lru_cache(maxsize=4096)
def resolved_host(written: str) -> str:
    """Return the host that a browser looks up for the ``written`` one, punycode decoded.

    Percent-encoding, other dots and styled letters are resolved (WHATWG URL section 3.5), numbers
    become the IP address that they are. ``""`` for a malformed one.
    """
    written = written[:_MAX_HOST_LENGTH]
    if written[:1] == "[" and written[-1:] == "]":
        return _ipv6(written[1:-1])
    if "%" in written:
        written = unquote_to_bytes(written).decode("utf-8", "replace")
    host = readable(_mapped(written).rstrip("."))
    labels = host.split(".")
    if not host or "" in labels or _FORBIDDEN & set(host):
        return ""
    if _is_number(labels[-1]):
        return _ipv4(labels)
    return host


def _mapped(host: str) -> str:
    """``host`` as browsers map it before they look it up (UTS #46)."""
    if host.isascii():
        return host.lower()
    host = normalize("NFKC", host.translate(_DOTS)).translate(_DOTS).casefold()
    return "".join([sign for sign in host if category(sign) not in ("Cf", "Me")])


def _is_number(label: str) -> bool:
    return label.isascii() and (label.isdigit() or _value(label) is not None)


def _value(label: str) -> int | None:
    """A part of an IPv4 address: decimal, octal with a leading 0, hexadecimal with 0x."""
    base = 16 if label[:2] == "0x" else 8 if label[:1] == "0" and len(label) > 1 else 10
    digits = label[2:] if base == 16 else label
    if "_" in digits or not digits.isascii() or len(digits) > 40:
        return None
    try:
        return int(digits or "0", base)
    except ValueError:
        return None


def _ipv4(labels: list[str]) -> str:
    """The usual form of an IPv4 address of one to four parts; ``""`` where it is none."""
    values = [_value(label) for label in labels]
    *first, last = values
    if len(values) > 4 or last is None or last >= 256 ** (5 - len(values)):
        return ""
    total = last
    for place, value in enumerate(first):
        if value is None or value > 255:
            return ""
        total += value * 256 ** (3 - place)
    return ".".join(str(total >> shift & 255) for shift in (24, 16, 8, 0))


def _ipv6(text: str) -> str:
    """The usual form of an IPv6 address; one that stands for an IPv4 address becomes that."""
    from ipaddress import IPv6Address

    try:
        address = IPv6Address(text)
    except ValueError:
        return ""
    return str(address.ipv4_mapped or address)


def is_address(host: str) -> bool:
    """Whether ``host``, as ``resolved_host`` gives it, is an IP address rather than a name."""
    return ":" in host or host.replace(".", "").isdigit()


@lru_cache(maxsize=4096)
def readable(host: str) -> str:
    """``host`` with its punycode decoded (RFC 3492), as a browser may show it; else as it is."""
    host = host.lower()
    return ".".join(_label(label) for label in host.split(".")) if _PUNYCODE in host else host


@lru_cache(maxsize=1024)
def punycode(host: str) -> str:
    """``host`` as it is looked up: labels beyond ASCII encoded (RFC 3492)."""
    return ".".join(
        label if label.isascii() else _PUNYCODE + label.encode("punycode").decode("ascii")
        for label in host.split(".")
    )


@lru_cache(maxsize=1024)
def look_alike(host: str) -> str:
    """Return why ``host`` may imitate another, decoded or not; ``""`` if it doesn't."""
    if host.isascii() and _PUNYCODE not in host.lower():
        return ""
    for label in readable(host).split("."):
        scripts = _scripts(label)
        if len(scripts) > 1 and not scripts - {"LATIN"} <= _TOGETHER:
            return f"mixes {_named(scripts)} letters"
        foreign = [sign for sign in label if sign.isalpha() and not sign.isascii()]
        if foreign and all(sign in _LIKE_LATIN or _is_odd_latin(sign) for sign in foreign):
            return f"is written in {_named(scripts)} letters that look like others"
        if normalize("NFKC", label) != label or seen(label) != label:
            return "is written with characters that stand for others"
    return ""


def _is_odd_latin(letter: str) -> bool:
    """Small capitals, letters of phonetics and the like, which no language writes names with."""
    if "\u00c0" <= letter <= "\u017f":
        return letter == "ı"
    return name(letter, "").startswith("LATIN") and letter not in _ORDINARY_LATIN


def _label(label: str) -> str:
    """A label of 63 octets at most (RFC 1035 section 2.3.4), decoded if that gives a sound one."""
    if not label.startswith(_PUNYCODE) or len(label) > 63:
        return label
    try:
        decoded = label[len(_PUNYCODE) :].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    return decoded if decoded.isprintable() and decoded else label


def _scripts(label: str) -> set[str]:
    return {name(sign, "UNKNOWN").split()[0] for sign in label if sign.isalpha()}


def _named(scripts: set[str]) -> str:
    return " and ".join(sorted(one.capitalize() for one in scripts))


# --- who registered a name


@lru_cache(maxsize=8192)
def registrable_domain(host: str) -> str:
    """Return the part of ``host`` that its owner registered, by the Public Suffix List.

    ``mail.shop.example.co.uk`` is ``example.co.uk``, and ``ann.github.io`` is itself, as anybody
    gets a name below ``github.io``. ``""`` for a suffix under which names are registered; a name
    of one label, or below an unknown suffix, counts as registered under its last label.
    """
    if is_address(host):
        return host
    labels = readable(host).strip(".").rsplit(".", _MAX_LABELS)
    if len(labels) > _MAX_LABELS:
        labels = labels[1:]
    if "" in labels:
        return ""
    if len(labels) == 1:
        return labels[0] if not is_public_suffix(labels[0]) else ""
    return _suffixes().privatesuffix(".".join(labels), accept_unknown=True) or ""


_MAX_LABELS = 12
"""Labels at the end of a name that are looked at; no suffix has as many."""


@lru_cache(maxsize=1024)
def is_public_suffix(name: str) -> bool:
    """Whether others than its owner can register names below ``name``, as below ``co.uk``."""
    return _suffixes().is_public(readable(name), accept_unknown=False)


@lru_cache(maxsize=8192)
def has_public_suffix(host: str) -> bool:
    """Whether ``host`` ends in a domain of the internet, such as ``com`` or ``co.uk``."""
    return is_public_suffix(readable(host).rpartition(".")[2])


def same_owner(one: str, other: str) -> bool:
    """Whether two hosts belong to the same owner, as far as their names tell."""
    one, other = readable(one).removeprefix("www."), readable(other).removeprefix("www.")
    if one == other:
        return True
    if is_address(one) or is_address(other):
        return False
    owner = registrable_domain(one)
    return bool(owner) and owner == registrable_domain(other)


@cache
def _suffixes() -> PublicSuffixList:
    """Load the list at the first use. Looking up decoded hosts avoids encoding every rule, which
    would take four fifths of the loading time."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_encoded_idn=False)
