"""Group the signals that hint at fraud, and weaken signals that mean little without such hints.

A throwaway domain, for example, proves nothing alone. It counts in full only if there are
independent hints too. Two hints of one group count as one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from poptui.triage.spam.verdict import Signal

_GROUPS: Mapping[str, str] = {
    "check": "unauthenticated dmarc-fail spf-fail foreign-signature",
    "domain": "impossible-domain throwaway-domain cheap-domain made-up-domain "
    "foreign-letters-domain free-mail-elsewhere domain-odd-case deep-domain",
    "address": "made-up-address numbered-address name-is-address",
    "name": "name-odd name-number name-emoji name-hidden name-lookalike name-is-yours",
    "talk": "talk-account talk-money talk-parcel talk-prize talk-gambling talk-dating "
    "talk-pills talk-crypto talk-workplace talk-inheritance talk-extortion talk-authority",
    "pressure": "talk-urgent subject-shouts marked-urgent subject-exclaims",
    "trick": "subject-lookalike subject-hidden subject-padded subject-random-tail subject-odd "
    "subject-addressed subject-emoji subject-phone encoded-for-nothing",
    "number": "subject-ticket subject-amount",
    "bulk": "bulk-platform bulk-without-list",
    "answers": "reply-to-free-mail",
    "receivers": "undisclosed no-receiver to-self many-receivers",
    "making": "program-made-up origin-odd no-message-id message-id-added message-id-forged "
    "subject-missing date-in-past date-in-future date-without-zone",
}
_GROUP_OF = {signal: group for group, names in _GROUPS.items() for signal in names.split()}

WEAK_GROUPS = frozenset({"number", "pressure", "bulk"})
"""Groups of hints that honest notices have as well."""

_SHOW = frozenset({"subject-emoji", "subject-exclaims"})
"""Pictures and exclamation marks: one weak hint, however many there are."""
_ALSO_HINTS = frozenset({"brand-elsewhere", "brand-lookalike", "name-talks"})
"""Hints that belong to no group, because they need other hints themselves."""

ALONE: Mapping[str, float] = {"throwaway-domain": 0.5, "unauthenticated": 0.4}
"""The maximum strength of these signals without other hints."""


def hint_groups(found: Collection[str]) -> set[str]:
    """Return the groups that the signals ``found`` belong to."""
    return {_GROUP_OF[signal] for signal in found if signal in _GROUP_OF}


def weaken_lone_facts(signals: list[Signal]) -> list[Signal]:
    """Return ``signals``; those that mean little alone count less if there is no other hint.

    Apps send sign-in links from subdomains that anybody can get, and the domains of many schools
    and town halls publish neither SPF nor DKIM.
    """
    if not any(signal[0] in ALONE for signal in signals):
        return signals
    names = {signal.name for signal in signals}
    shows = not names.isdisjoint(_SHOW)
    groups = hint_groups(names - _SHOW)
    weak = len(groups & WEAK_GROUPS) + (shows and "pressure" not in groups)
    firm = groups - WEAK_GROUPS
    if weak > 1 or not names.isdisjoint(_ALSO_HINTS):
        return signals
    return [
        signal._replace(strength=min(signal.strength, ALONE[signal.name]))
        if signal.name in ALONE and _is_lone(signal, firm)
        else signal
        for signal in signals
    ]


def _is_lone(signal: Signal, firm: set[str]) -> bool:
    """Whether no other group hints at fraud; a failed check is a hint by itself."""
    if signal.name == "unauthenticated" and signal.strength == 1:
        return False
    return not firm - {_GROUP_OF[signal.name]}
