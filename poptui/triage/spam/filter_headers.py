"""Read the verdicts of spam and virus filters: one reader for each header field.

A reader returns an opinion: the score divided by that filter's threshold, so that 1 and more is
spam on every scale. It returns None for a value that it can't interpret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from poptui.patterns import lazy_pattern
from poptui.triage.spam.verdict import Signal

Reader = Callable[[str], float | None]

USUAL_REQUIRED = 5.0
"""SpamAssassin's threshold if the field doesn't state it."""

MAX_OPINION = 1.5
"""Opinions are limited to this value, even if a filter's score is much higher."""

NOT_SPAM = 0.99
"""Limit of an opinion if the filter explicitly says that it isn't spam."""

MIN_REPORTED_OPINION = 0.5
"""Opinions from this value on are reported as a signal."""

_NUMBER = r"([-+]?\d{1,3}(?:\.\d{0,9})?)(?![\w.])"
_LEADING = lazy_pattern(rf"\s*{_NUMBER}(?:\s*/\s*{_NUMBER})?")
_SCORE = lazy_pattern(rf"\b(?:score|hits)=\s*{_NUMBER}")
_REQUIRED = lazy_pattern(rf"\b(?:required|tag_level|needed)=\s*{_NUMBER}")
_BRACKET = lazy_pattern(rf"\[\s*{_NUMBER}\s*/\s*{_NUMBER}")
_RULE = lazy_pattern(r"\brule=([a-z_]{1,40})")
_SCL = lazy_pattern(r"\bscl:\s*(-?\d)\b")
_FOREFRONT_GOOD = lazy_pattern(r"\bsfv:(?:nspm|skn|ska|sfe|skq)\b")
_FOREFRONT_BAD = lazy_pattern(
    r"\bsfv:(?:spm|skb|sks)\b"
    r"|\bcat:(?:phsh|hphsh|hphish|malw|spoof|spm|hspm|osspm|uimp|dimp|gimp|bimp|intos)\b"
)


def _number(value: str) -> float | None:
    found = _LEADING.match(value)
    return float(found[1]) if found else None


def _word(spam: str, unsure: str = "") -> Reader:
    """Return a reader of fields whose first word is the verdict."""
    bad, perhaps = frozenset(spam.split()), frozenset(unsure.split())

    def read(value: str) -> float | None:
        word = re.split(r"[\s,;:(]", value, maxsplit=1)[0]
        if not word:
            return None
        return 1.0 if word in bad else 0.7 if word in perhaps else 0.0

    return read


def _over(required: float) -> Reader:
    """Return a reader of scores; ``required``, or the number after a slash, is spam."""

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
    """Return a reader of fields whose score is the number of signs, such as ``*****``."""

    def read(value: str) -> float | None:
        return value.count(sign) / USUAL_REQUIRED

    return read


def _status(value: str) -> float | None:
    """Read ``Yes, score=7.3 required=5.0 …``, also with ``hits``; the word decides."""
    score, required = _SCORE.search(value), _REQUIRED.search(value)
    limit = float(required[1]) if required and float(required[1]) > 0 else USUAL_REQUIRED
    share = float(score[1]) / limit if score else None
    if value.startswith("yes"):
        return max(share or 1.0, 1.0)
    if value.startswith("no"):
        return min(share or 0.0, NOT_SPAM)
    return share


def _rspamd(value: str) -> float | None:
    """Read ``default: False [1.20 / 15.00]``: rejects at 15, calls it spam from 0.4 of that."""
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
    """Read ``SFV``, the verdict (NSPM: not spam, SKN: allowed), and ``SCL``, the level."""
    if _FOREFRONT_BAD.search(value):
        return 1.2
    found = _SCL.search(value)
    share = int(found[1]) / 5 if found else None
    if _FOREFRONT_GOOD.search(value):
        return min(share or 0.0, NOT_SPAM)
    return share


def _delivery(value: str) -> float | None:
    return 1.2 if "dest:j" in value or "rf:junkemail" in value else 0.0


def _proofpoint(value: str) -> float | None:
    """Read ``rule=notspam policy=default score=0 …``; the rule overrides the score, 0 to 100."""
    rule, found = _RULE.search(value), _SCORE.search(value)
    share = float(found[1]) / 50 if found else None
    if rule is None:
        return share
    if rule[1].endswith(("notspam", "safe")):
        return min(share or 0.0, NOT_SPAM)
    if rule[1].endswith(("spam", "phish", "malware", "impostor")):
        return 1.2
    return share


def _trend(value: str) -> float | None:
    """Read ``Yes-20.3-5.0-31-10``, ``No--12.3-7.0-31-10``: verdict, score, threshold."""
    return 1.2 if value.startswith("yes") else 0.0 if value.startswith("no") else None


def _yandex(value: str) -> float | None:
    return {"1": 0.0, "2": 0.5, "4": 1.0}.get(value)


def _vade(value: str) -> float | None:
    """Read ``clean``, ``spam:low``, ``phishing``, ``commercial:mce`` and the like."""
    word = re.split(r"[\s,;:(]", value, maxsplit=1)[0]
    if word in ("spam", "phishing", "malware", "scam", "virus", "pce"):
        return 1.0 if "low" not in value else 0.7
    return 0.0 if word else None


def _reputation(value: str) -> float | None:
    """Read the sender's reputation, -10 to 10; from -3 down its mail is throttled or refused."""
    number = _number(value)
    return None if number is None else 0.7 if number <= -3 else 0.0


_YES = _word("yes true spam 1 junk suspected")


def _spam_word(value: str) -> float | None:
    """Read ``X-Spam``, which several programs write; ``undefined`` means that it wasn't checked."""
    return None if value.startswith(("undefined", "not detected", "not scanned")) else _YES(value)


_READERS: dict[bytes, Reader] = {
    # SpamAssassin and compatible filters
    b"x-spam-flag": _YES,
    b"x-spam": _spam_word,
    b"x-spam-status": _status,
    b"x-spam-score": _over(USUAL_REQUIRED),
    b"x-spam-level": _marks("*"),
    b"x-spam-bar": _marks("+"),
    b"x-spam-rating": _over(50.0),
    # rspamd
    b"x-spamd-result": _rspamd,
    b"x-spamd-bar": _marks("+"),
    b"x-rspamd-result": _rspamd,
    b"x-rspamd-score": _over(6.0),
    b"x-rspamd-action": _rspamd_action,
    b"x-rspamd-bar": _marks("+"),
    b"x-rspamd-spam": _YES,
    b"x-rspamd-flag": _YES,
    # Statistical filters
    b"x-bogosity": _word("spam yes", "unsure"),
    b"x-dspam-result": _word("spam virus blacklisted blocklisted"),
    b"x-dspam-probability": _over(1.0),
    # Barracuda
    b"x-barracuda-spam-flag": _YES,
    b"x-barracuda-spam-status": _status,
    b"x-barracuda-spam-score": _over(3.5),
    # Microsoft
    b"x-ms-exchange-organization-scl": _scl,
    b"x-forefront-antispam-report": _forefront,
    b"x-microsoft-antispam-mailbox-delivery": _delivery,
    # Proofpoint, Cisco, Mimecast, Trend Micro
    b"x-proofpoint-spam-details": _proofpoint,
    b"x-ironport-sendergroup": _word("blacklist blocklist blocked_list", "suspectlist"),
    b"x-ironport-reputation": _reputation,
    b"x-mimecast-spam-score": _over(7.0),
    b"x-tm-as-result": _trend,
    b"x-imss-spam": _YES,
    # Vade, Gandi, OVH
    b"x-vade-spamstate": _vade,
    b"x-vade-verdict": _vade,
    b"x-vr-spamstate": _vade,
    b"x-ovh-spam-state": _vade,
    b"x-gnd-status": _word("spam"),
    # Cloudmark, Cyren
    b"x-cmae-score": _over(95.0),
    b"x-cm-score": _over(95.0),
    b"x-cmae-verdict": _word("spam phish virus", "bulk suspect"),
    b"x-ctch-spam": _word("confirmed", "bulk suspected suspect"),
    # mail.ru, Yandex, QQ
    b"x-mras": _word("spam bad"),
    b"x-mailru-spam": _YES,
    b"x-yandex-spam": _yandex,
    b"x-qq-spam": _YES,
    # Others
    b"x-ui-filterresults": _word("junk"),
    b"x-mailscanner-spamcheck": _word("spam"),
    b"x-assp-spam": _YES,
    b"x-yahoofilteredbulk": lambda value: 1.0 if value else None,
}
_FAMILIES = (b"x-spam", b"x-rspamd", b"x-barracuda", b"x-cm", b"x-ctch")
"""Common prefixes of the fields of one filter."""

_NO = lazy_pattern(r"(?:no|false|not|clean|ham)\b")
_BLOCKLISTS = frozenset(
    b"x-blacklisted-by x-blacklisted x-blocklisted-by x-blocklisted x-rbl-warning x-rbl "
    b"x-dnsbl x-dnsbl-warning x-dnsbl-result x-spam-rbl x-blocked-by x-rbl-status".split()
)
_VIRUSES = frozenset(
    b"x-virus x-virus-status x-virus-flag x-virus-found x-virus-infected x-virus-result "
    b"x-amavis-alert x-antivirus-status x-mailscanner x-barracuda-virus-alert".split()
)
_NEGATIVE_RESULTS = frozenset({"", "no", "none", "0", "false", "clean", "ok", "pass", "not"})
_INFECTED = lazy_pattern(r"\b(?:infected|malware|virus found|trojan|yes|true|banned)\b")
_NOT_INFECTED = lazy_pattern(r"\b(?:clean|not infected|un-?infected|no virus|not found)\b")

VERDICT_FIELDS = frozenset(_READERS) | _BLOCKLISTS | _VIRUSES
"""The lower-case names of all fields with filter verdicts."""


def server_signals(verdicts: list[tuple[int, bytes, bytes]], depth: int) -> Iterator[Signal]:
    """Find the filters' signals, at most one of each kind: the worst opinion counts.

    A sender can write such a field too, to look innocent. So an opinion that clears the message
    counts only if the receiver added it, with at most ``depth`` hops above.
    """
    worst, worst_words, cleared = -1.0, "", False
    refusals = _explicit_negatives(verdicts)
    for above, name, octets in verdicts:
        value = octets.decode("latin-1").lower()
        if name in _BLOCKLISTS or name in _VIRUSES:
            yield from _listed(name, value)
            continue
        opinion = _READERS[name](value)
        if opinion is None:
            continue
        if refusals and above >= refusals.get(_family(name), above + 1):
            opinion = min(opinion, NOT_SPAM)
        cleared |= above <= depth
        if opinion > worst:
            worst, worst_words = opinion, f"{name.decode('latin-1')}: {value}"
    if worst >= 1:
        yield Signal("server-spam", worst_words, round(min(worst, MAX_OPINION), 2))
    elif worst >= MIN_REPORTED_OPINION:
        yield Signal("server-suspects", worst_words, round(worst, 2))
    elif cleared:
        yield Signal("server-ham", worst_words)


def _family(name: bytes) -> bytes:
    """Return the common prefix of a filter's fields."""
    return next((family for family in _FAMILIES if name.startswith(family)), name)


def _explicit_negatives(verdicts: list[tuple[int, bytes, bytes]]) -> dict[bytes, int]:
    """Map each filter that says "no" in words to the number of hops above that field.

    The "no" applies to scores of the same filter that were added with it or before. One that the
    sender wrote is below the receiver's fields, so it doesn't apply to those.
    """
    found: dict[bytes, int] = {}
    for above, name, value in verdicts:
        if name.endswith((b"-flag", b"-status", b"x-spam", b"-verdict")):
            family = _family(name)
            if family not in found and _NO.match(value.decode("latin-1").lower()):
                found[family] = above
    return found


def _listed(name: bytes, value: str) -> Iterator[Signal]:
    if name in _BLOCKLISTS:
        if re.split(r"[\s,;]", value, maxsplit=1)[0] not in _NEGATIVE_RESULTS:
            yield Signal("blocklisted", value)
    elif _INFECTED.search(value) and not _NOT_INFECTED.search(value):
        yield Signal("virus", value)
