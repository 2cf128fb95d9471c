"""International host names: the ASCII form that DNS and TLS use, and the form that people read."""

from __future__ import annotations

import unicodedata

_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "LATIN"})
"""Scripts that honest names mix."""

_LOOKS_LATIN = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
"""Scripts with letters that look like Latin ones: a whole name of them can imitate another."""


def to_ascii(name: str) -> str:
    """Return the A-labels (``xn--…``) of an international name (RFC 5891, UTS 46).

    Raises ValueError if it is not a name that can exist.
    """
    if name.isascii() and "xn--" not in name:
        return name
    import idna

    if name.isascii():
        for label in name.split("."):
            if label.startswith("xn--"):
                idna.ulabel(label)
        return name
    return idna.encode(name, uts46=True, transitional=False).decode("ascii")


def both_forms(host: str) -> str:
    """Return ``host`` as people read it, with the ASCII form behind it if the two differ."""
    readable = _to_unicode(host)
    return host if readable == host else f"{readable} ({host})"


def shown_host(host: str) -> str:
    """Return ``host`` as people read it, with the ASCII form if the letters may deceive."""
    readable = _to_unicode(host)
    if readable == host or not _may_deceive(readable):
        return readable
    return both_forms(host)


def _to_unicode(host: str) -> str:
    if "xn--" not in host:
        return host
    import idna

    try:
        return idna.decode(host)
    except ValueError:
        return host


def _may_deceive(name: str) -> bool:
    """Whether a label mixes scripts, or the name imitates Latin letters under an ASCII domain."""
    for label in name.split("."):
        scripts = {_script(letter) for letter in label if letter.isalpha()}
        if len(scripts) > 1 and not scripts <= _EAST_ASIAN:
            return True
        if scripts & _LOOKS_LATIN and name.rpartition(".")[2].isascii():
            return True
    return False


def _script(letter: str) -> str:
    """Return the first word of the letter's Unicode name, which is its script."""
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0].partition("-")[0]
