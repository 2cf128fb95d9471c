"""Host names: as a reader sees them, as a browser resolves them, and their registered domains."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from unicodedata import category, name, normalize
from urllib.parse import unquote_to_bytes

_PUNYCODE = "xn--"
_MAX_HOST_CHARS = 1000
"""Maximum number of characters of a host to examine; DNS allows 253."""
_MIXED_SCRIPTS = frozenset(
    {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "BOPOMOFO", "HANGUL"}
)
"""Scripts that are used together in one word, also with Latin letters."""
_LIKE_LATIN = frozenset("асԁеһіјӏӀкԛорѕтуԝхвнмгпαοερτυνικωχɑɡıοаһьѵօսհոց")
"""Cyrillic, Greek, Armenian and rare Latin letters that look like plain Latin ones."""
_ORDINARY_LATIN = frozenset("ơưșțạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")
"""Letters of Romanian and Vietnamese outside the Unicode blocks of Western Europe."""
_DOTS = dict.fromkeys(map(ord, "。．｡․﹒٠۰܁܂ꓸ𐩐"), ".")
"""Characters that browsers or readers take for a dot."""
_SLASHES = dict.fromkeys(map(ord, "⁄∕／⧸╱⟋"), "/")
_SIGNS = {ord(sign): ":" for sign in "：﹕꞉∶"} | {ord(sign): "@" for sign in "＠﹫"}
_DROPPED = dict.fromkeys(map(ord, "™℠¹²³⁰⁴⁵⁶⁷⁸⁹®\u115f\u1160\u3164\uffa0\u2800\ufffd"))
"""Trademark signs and footnotes after a name, invisible fillers, and the character that poptui
shows instead of control characters."""
_SHOWN_AS = _DOTS | _SLASHES | _SIGNS | _DROPPED
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Mn", "Me"})
_FORBIDDEN = frozenset(" #%/:<>?@[\\]^|\"'`{}")
"""Characters that no host may have (WHATWG URL, forbidden domain code points)."""


def visible_form(text: str) -> str:
    """Reduce ``text`` to what a reader sees, so that two names can be compared.

    Styled letters, dots and slashes become plain ones; invisible characters and combining accents
    are removed.
    """
    if text.isascii() and text.isprintable():
        return text
    text = normalize("NFKC", text.translate(_SHOWN_AS)).translate(_SHOWN_AS)
    return "".join([sign for sign in text if sign.isspace() or category(sign) not in _INVISIBLE])


@lru_cache(maxsize=4096)
def resolved_host(written: str) -> str:
    """Return the host that a browser looks up for the ``written`` one, punycode decoded.

    Percent-encoding, other dots and styled letters are resolved (WHATWG URL section 3.5), numbers
    become the IP address that they are. ``""`` for a malformed one.
    """
    written = written[:_MAX_HOST_CHARS]
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
    """Map ``host`` as browsers do before they look it up (UTS #46)."""
    if host.isascii():
        return host.lower()
    host = normalize("NFKC", host.translate(_DOTS)).translate(_DOTS).casefold()
    return "".join([sign for sign in host if category(sign) not in ("Cf", "Me")])


def _is_number(label: str) -> bool:
    return label.isascii() and (label.isdigit() or _value(label) is not None)


def _value(label: str) -> int | None:
    """Parse a part of an IPv4 address: decimal, octal with a leading 0, hexadecimal with 0x."""
    base = 16 if label[:2] == "0x" else 8 if label[:1] == "0" and len(label) > 1 else 10
    digits = label[2:] if base == 16 else label
    if "_" in digits or not digits.isascii() or len(digits) > 40:
        return None
    try:
        return int(digits or "0", base)
    except ValueError:
        return None


def _ipv4(labels: list[str]) -> str:
    """Return the usual form of an IPv4 address of one to four parts; ``""`` if it is invalid."""
    values = [_value(label) for label in labels]
    *first, last = values
    if len(values) > 4 or last is None or last >= 256 ** (5 - len(values)):
        return ""
    total = last
    for index, value in enumerate(first):
        if value is None or value > 255:
            return ""
        total += value * 256 ** (3 - index)
    return ".".join(str(total >> shift & 255) for shift in (24, 16, 8, 0))


def _ipv6(text: str) -> str:
    """Return the usual form of an IPv6 address; a mapped IPv4 address as IPv4."""
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
    """Return ``host`` with its punycode decoded (RFC 3492), as a browser may show it."""
    host = host.lower()
    return ".".join(_label(label) for label in host.split(".")) if _PUNYCODE in host else host


@lru_cache(maxsize=1024)
def punycode(host: str) -> str:
    """Return ``host`` as it is looked up: labels outside ASCII are encoded (RFC 3492)."""
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
        if len(scripts) > 1 and not scripts - {"LATIN"} <= _MIXED_SCRIPTS:
            return f"mixes {_named(scripts)} letters"
        foreign = [sign for sign in label if sign.isalpha() and not sign.isascii()]
        if foreign and all(sign in _LIKE_LATIN or _is_odd_latin(sign) for sign in foreign):
            return f"is written in {_named(scripts)} letters that look like others"
        if normalize("NFKC", label) != label or visible_form(label) != label:
            return "is written with characters that stand for others"
    return ""


def _is_odd_latin(letter: str) -> bool:
    """Whether it is a small capital, a phonetic letter or the like, which no name has."""
    if "\u00c0" <= letter <= "\u017f":
        return letter == "ı"
    return name(letter, "").startswith("LATIN") and letter not in _ORDINARY_LATIN


def _label(label: str) -> str:
    """Decode a label of at most 63 octets (RFC 1035 section 2.3.4), if the result is printable."""
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
    return " and ".join(sorted(script.capitalize() for script in scripts))


# --- the registered domain


@lru_cache(maxsize=8192)
def registrable_domain(host: str) -> str:
    """Return the part of ``host`` that its owner registered, by the Public Suffix List.

    For ``mail.shop.example.co.uk`` that is ``example.co.uk``; ``ann.github.io`` itself, because
    anybody can get a name below ``github.io``. ``""`` for a public suffix; a name of one label, or
    below an unknown suffix, counts as registered under its last label.
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
    length = _suffix_length(labels) or 1
    return ".".join(labels[-length - 1 :]) if length < len(labels) else ""


_MAX_LABELS = 12
"""Maximum number of labels at the end of a name to examine; no suffix has as many."""


@lru_cache(maxsize=1024)
def is_public_suffix(name: str) -> bool:
    """Whether anybody can register names below ``name``, as below ``co.uk``."""
    labels = readable(name).removesuffix(".").split(".")
    return "" not in labels and _suffix_length(labels) == len(labels)


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


def _suffix_length(labels: list[str]) -> int:
    """Return how many of the last labels are a public suffix; 0 if the list has no rule for them.

    A rule for ``*.example`` makes ``example`` a public suffix too, as the list's own tests say.
    """
    rules = _suffix_rules()
    for length in range(len(labels), 0, -1):
        name = ".".join(labels[-length:])
        if f"!{name}" in rules:
            return length - 1
        if f"*.{name}" in rules:
            return min(length + 1, len(labels))
        if name in rules:
            return length
    return 0


@cache
def _suffix_rules() -> frozenset[str]:
    """Read the list on first use: one rule per line, and comments, which match no name.

    The list's own reader takes as long as a third of the start. Hosts are looked up decoded, as the
    rules are written.
    """
    from publicsuffixlist import PSLFILE

    return frozenset(Path(PSLFILE).read_text("utf-8").split("\n"))
