"""What spam and virus filters on the way wrote into the header: one reader for each field.

A reader returns an opinion: the score as a share of what that filter calls spam, so 1 and more
is spam, whatever the scale; None where the value says nothing that can be understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from poptui.triage.spam.verdict import Signal

Reader = Callable[[str], float | None]

USUAL_REQUIRED = 5.0
"""The score from which SpamAssassin calls a message spam, where it does not say."""

MOST = 1.5
"""Opinions beyond are one: a filter that is very sure is not sure of more."""

SUSPECT = 0.5
"""The share of its threshold from which a filter's score is worth telling."""

_NUMBER = r"([-+]?\d{1,3}(?:\.\d{0,9})?)(?![\w.])"
_LEADING = re.compile(rf"\s*{_NUMBER}(?:\s*/\s*{_NUMBER})?")
_SCORE = re.compile(rf"\b(?:score|hits)=\s*{_NUMBER}")
_REQUIRED = re.compile(rf"\b(?:required|tag_level|needed)=\s*{_NUMBER}")
_BRACKET = re.compile(rf"\[\s*{_NUMBER}\s*/\s*{_NUMBER}")
_SCL = re.compile(r"\bscl:\s*(-?\d)\b")
_FOREFRONT_BAD = re.compile(
    r"\bsfv:(?:spm|skb|sks)\b"
    r"|\bcat:(?:phsh|hphsh|hphish|malw|spoof|spm|hspm|osspm|uimp|dimp|gimp|bimp|intos)\b"
)


def _number(value: str) -> float | None:
    found = _LEADING.match(value)
    return float(found[1]) if found else None


def _word(spam: str, unsure: str = "") -> Reader:
    """A field whose first word is the verdict."""
    bad, perhaps = frozenset(spam.split()), frozenset(unsure.split())

    def read(value: str) -> float | None:
        word = re.split(r"[\s,;:(]", value, maxsplit=1)[0]
        if not word:
            return None
        return 1.0 if word in bad else 0.7 if word in perhaps else 0.0

    return read


def _over(required: float) -> Reader:
    """A field with a number, spam from ``required``, or from the number behind its slash."""

    def read(value: str) -> float | None:
        found = _LEADING.match(value)
        if not found:
            return None
        score = float(found[1])
        if found[2] and float(found[2]) > 0:
            return score / float(found[2])
        tenths = "." not in found[1] and abs(score) >= 20 and required == USUAL_REQUIRED
        return score / required / (10 if tenths else 1)

    return read


def _marks(sign: str) -> Reader:
    """A field with as many signs as the score."""

    def read(value: str) -> float | None:
        return value.count(sign) / USUAL_REQUIRED

    return read


def _status(value: str) -> float | None:
    """``Yes, score=7.3 required=5.0 …``, also with ``hits``; the word rules over the numbers."""
    score, required = _SCORE.search(value), _REQUIRED.search(value)
    limit = float(required[1]) if required and float(required[1]) > 0 else USUAL_REQUIRED
    share = float(score[1]) / limit if score else None
    if value.startswith("yes"):
        return max(share or 1.0, 1.0)
    if value.startswith("no"):
        return min(share or 0.0, 0.99)
    return share


def _rspamd(value: str) -> float | None:
    """``default: False [1.20 / 15.00]``: rejected from the second, marked from 0.4 of it."""
    if ": true" in value:
        return 1.2
    found = _BRACKET.search(value)
    return float(found[1]) / (float(found[2]) * 0.4) if found and float(found[2]) > 0 else None


def _rspamd_action(value: str) -> float | None:
    if value.startswith(("reject", "add header", "rewrite", "quarantine", "discard")):
        return 1.2
    return 0.6 if value.startswith(("grey", "soft")) else 0.0


def _scl(value: str) -> float | None:
    number = _number(value)
    return number / 5 if number is not None and -1 <= number <= 9 else None


def _forefront(value: str) -> float | None:
    if _FOREFRONT_BAD.search(value):
        return 1.2
    found = _SCL.search(value)
    return int(found[1]) / 5 if found else None


def _delivery(value: str) -> float | None:
    return 1.2 if "dest:j" in value or "rf:junkemail" in value else 0.0


def _proofpoint(value: str) -> float | None:
    found = _SCORE.search(value)
    if "rule=spam" in value or "rule=phish" in value:
        return 1.2
    return float(found[1]) / 50 if found else None


_YES = _word("yes true spam 1 junk suspected")
_READERS: dict[bytes, Reader] = {
    b"x-spam-flag": _YES,
    b"x-spam": _YES,
    b"x-spam-status": _status,
    b"x-spam-score": _over(USUAL_REQUIRED),
    b"x-spam-level": _marks("*"),
    b"x-spam-bar": _marks("+"),
    b"x-spam-rating": _over(50.0),
    b"x-spamd-result": _rspamd,
    b"x-spamd-bar": _marks("+"),
    b"x-rspamd-result": _rspamd,
    b"x-rspamd-score": _over(6.0),
    b"x-rspamd-action": _rspamd_action,
    b"x-rspamd-bar": _marks("+"),
    b"x-rspamd-spam": _YES,
    b"x-rspamd-flag": _YES,
    b"x-bogosity": _word("spam yes", "unsure"),
    b"x-dspam-result": _word("spam virus blacklisted blocklisted"),
    b"x-dspam-probability": _over(1.0),
    b"x-barracuda-spam-flag": _YES,
    b"x-barracuda-spam-status": _status,
    b"x-barracuda-spam-score": _over(3.5),
    b"x-ms-exchange-organization-scl": _scl,
    b"x-forefront-antispam-report": _forefront,
    b"x-microsoft-antispam-mailbox-delivery": _delivery,
    b"x-proofpoint-spam-details": _proofpoint,
    b"x-ui-filterresults": _word("junk"),
    b"x-ovh-spam-state": _word("spam pce"),
    b"x-vr-spamstate": _word("spam pce"),
    b"x-mailscanner-spamcheck": _word("spam"),
    b"x-assp-spam": _YES,
    b"x-yahoofilteredbulk": lambda value: 1.0 if value else None,
}
_BLOCKLISTS = frozenset(
    b"x-blacklisted-by x-blacklisted x-blocklisted-by x-blocklisted x-rbl-warning x-rbl "
    b"x-dnsbl x-dnsbl-warning x-dnsbl-result x-spam-rbl x-blocked-by x-rbl-status".split()
)
_VIRUSES = frozenset(
    b"x-virus x-virus-status x-virus-flag x-virus-found x-virus-infected x-virus-result "
    b"x-amavis-alert x-antivirus-status x-mailscanner x-barracuda-virus-alert".split()
)
_NOTHING = frozenset({"", "no", "none", "0", "false", "clean", "ok", "pass", "not"})
_INFECTED = re.compile(r"\b(?:infected|malware|virus found|trojan|yes|true|banned)\b")
_NOT_INFECTED = re.compile(r"\b(?:clean|not infected|un-?infected|no virus|not found)\b")

VERDICT_FIELDS = frozenset(_READERS) | _BLOCKLISTS | _VIRUSES
"""The names of the fields, in lower case, that filters write their verdicts into."""


def server_signals(verdicts: list[tuple[int, bytes, bytes]], depth: int) -> Iterator[Signal]:
    """What the filters found, at most one signal of a kind: the worst opinion counts.

    A sender can write such a field, too, to look innocent: an opinion that clears the message
    counts where it was added by the receiver, with at most ``depth`` hops above.
    """
    worst, worst_words, cleared = -1.0, "", False
    for above, name, octets in verdicts:
        value = octets.decode("latin-1").lower()
        if name in _BLOCKLISTS or name in _VIRUSES:
            yield from _listed(name, value)
            continue
        opinion = _READERS[name](value)
        if opinion is None:
            continue
        cleared |= above <= depth
        if opinion > worst:
            worst, worst_words = opinion, f"{name.decode('latin-1')}: {value}"
    if worst >= 1:
        yield Signal("server-spam", worst_words, round(min(worst, MOST), 2))
    elif worst >= SUSPECT:
        yield Signal("server-suspects", worst_words, round(worst, 2))
    elif cleared:
        yield Signal("server-ham", worst_words)


def _listed(name: bytes, value: str) -> Iterator[Signal]:
    if name in _BLOCKLISTS:
        if re.split(r"[\s,;]", value, maxsplit=1)[0] not in _NOTHING:
            yield Signal("blocklisted", value)
    elif _INFECTED.search(value) and not _NOT_INFECTED.search(value):
        yield Signal("virus", value)
