"""What a domain says of its owner: the part registered, its kind, whether it was made up."""

from __future__ import annotations

import re
from functools import lru_cache

from poptui.mail.hosts import registrable_domain


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLATFORMS = _names(
    "onmicrosoft.com azurecomm.net amazonaws.com appspotmail.com zendesk.com freshdesk.com "
    "activehosted.com hubspotemail.net firebasemail.com psmtp.com linodeusercontent.com "
    "contaboserver.net vultrusercontent.com secureserver.net"
)
"""Domains whose subdomains belong to anybody, though the Public Suffix List lacks them; each
subdomain is an owner of its own."""

_THROWAWAY = _names(
    "firebaseapp.com onmicrosoft.com azurecomm.net web.app herokuapp.com cloudapp.net "
    "appspotmail.com netlify.app vercel.app pages.dev workers.dev r2.dev duckdns.org "
    "linodeusercontent.com contaboserver.net vultrusercontent.com"
)
"""Domains of that kind, listed or not, that a company's own mail hardly ever comes from."""

_FREE_MAIL = _names(
    "gmail googlemail yahoo ymail rocketmail hotmail outlook live msn aol aim icloud me mac gmx "
    "web freenet t-online mail protonmail proton pm zoho yandex inbox rambler bk list qq 163 126 "
    "sina naver daum hanmail laposte orange wanadoo free sfr libero virgilio tiscali alice tin "
    "uol bol terra ig wp o2 onet interia seznam centrum comcast verizon att sbcglobal bellsouth "
    "cox charter earthlink juno btinternet sky talktalk ntlworld virginmedia rediffmail tutanota "
    "tuta fastmail hushmail mailinator excite lycos netscape usa email consultant hotmail-int "
    "aliyun foxmail sohu yeah 139 sapo telenet skynet bluewin"
)
"""First labels of domains where anybody gets an address."""

_NOT_FREE = _names("web.com free.com")

_FREE_SUFFIXES = _names(
    "com net org de fr it es uk br ru ua pl cz nl be at ch ca au in jp kr cn tw mx ar cl co pt se "
    "dk no fi gr tr za ie nz me eu us ovh il hk sg my ph th vn id cc"
)

_CHEAP_TLDS = _names(
    "top xyz click link shop store site online website space fun icu cyou buzz rest bond sbs cfd "
    "quest monster beauty hair skin makeup autos boats homes yachts lol mom pics best live life "
    "world today club vip win bid loan date trade review science party stream download racing "
    "men work gdn ooo ren kim country cricket accountant faith webcam tk ml ga cf gq su pw ws "
    "rocks guru agency digital email zip mov motorcycles tattoo lat ink pro wiki one tech"
)
"""Top-level domains where a name costs next to nothing, and which spammers therefore use up."""

_LABEL = re.compile(r"(?!-)[^\x00-,./:-^`{-\x7f]{1,63}(?<!-)")
"""Small letters, digits, ``_``, ``-`` and all beyond ASCII, told by what is not: this compiles in
a hundredth of the time."""
_CASES = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]")
_CAMEL = re.compile(r"(?:(?:[A-Z][a-z]+|[a-z]{2,})[-_.]?){2,5}\d{0,2}")
_ACRONYM = re.compile(r"[A-Z]{3}")
_PARTS = re.compile(r"[-_.+]")
_RUN = re.compile(r"(?:(?>sch|[cpst]h|ck|tz|[bcdfghjklmnpqrstvwxz])){6,}")
"""Consonants in a row, those that are written with several letters counted once."""
_CHANGE = re.compile(r"(?<=\d)[a-z]|(?<=[a-z])\d")
"""A place where letters and digits meet."""
MOST_CHANGES = 4


@lru_cache(maxsize=4096)
def organization(domain: str) -> str:
    """The registered part of ``domain``: ``mail.shop.example.co.uk`` is ``example.co.uk``.

    Under a platform the owner's subdomain is part of it. ``""`` for no domain.
    """
    name = domain.lower().strip(". []")
    labels = name.rsplit(".", 3)
    if ".".join(labels[-2:]) in _PLATFORMS:
        return ".".join(labels[-3:])
    return registrable_domain(name) or name


@lru_cache(maxsize=4096)
def is_free_mail(domain: str) -> bool:
    """Whether anybody can have an address there."""
    first, _, rest = organization(domain).partition(".")
    if first not in _FREE_MAIL or not rest:
        return False
    return rest.rpartition(".")[2] in _FREE_SUFFIXES and organization(domain) not in _NOT_FREE


@lru_cache(maxsize=4096)
def is_throwaway(domain: str) -> bool:
    """Whether it is a subdomain that a platform gives to anybody."""
    return ".".join(domain.lower().rsplit(".", 2)[-2:]) in _THROWAWAY


@lru_cache(maxsize=4096)
def is_cheap(domain: str) -> bool:
    """Whether it stands under one of the top-level domains that spammers use up."""
    return domain.rpartition(".")[2].lower() in _CHEAP_TLDS


@lru_cache(maxsize=4096)
def is_possible(domain: str) -> bool:
    """Whether a mail server could be found there: at least two labels, each as RFC 1035 has it."""
    labels = domain.lower().split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return False
    return all(_LABEL.fullmatch(label) for label in labels) and labels[-1] not in _LOCAL


_LOCAL = frozenset({"local", "localdomain", "lan", "internal", "invalid", "localhost"})


@lru_cache(maxsize=4096)
def looks_made_up(name: str) -> bool:
    """Whether a label or local part looks like the work of a random generator."""
    if _has_odd_capitals(name):
        return True
    return any(_is_gibberish(part) for part in _PARTS.split(name.lower()) if len(part) > 6)


def _has_odd_capitals(name: str) -> bool:
    """Capitals scattered over a word, unlike ``JohnSmith`` and ``FOXSports``."""
    changes = len(_CASES.findall(name))
    if changes < 2 or _CAMEL.fullmatch(name):
        return False
    return changes > 2 or not _ACRONYM.search(name)


def _is_gibberish(word: str) -> bool:
    """Letters without vowels, or digits strewn among them."""
    letters = sum(char.isalpha() for char in word)
    if letters < 4:
        return False
    if _RUN.search(word) or len(_CHANGE.findall(word)) > MOST_CHANGES:
        return True
    vowels = sum(char in "aeiouyäöüáéíóú" for char in word)
    return letters >= 8 and vowels * 6 < letters
