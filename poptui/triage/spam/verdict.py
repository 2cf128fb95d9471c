"""What the header of one message gives away, and the context it is judged in.

A verdict names signals and adds nothing up: weights are the user's to change, and a verdict that
was kept from an earlier start must follow them. ``weights`` makes a score of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

LONGEST_DETAIL = 120
"""Characters of foreign text that a signal carries; a sentence shows no more."""


class Signal(NamedTuple):
    """One thing that speaks for or against a message."""

    name: str
    """The key of the table of weights."""
    detail: str = ""
    """The sender's own words that showed it: decoded, foreign, cleaned only when shown."""
    strength: float = 1.0
    """What the weight is multiplied by: 1 where a thing is there or is not."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in one message."""

    signals: tuple[Signal, ...] = ()
    newsletter: bool = False
    """Mail that was sent to many who may have asked for it: told apart from spam."""

    def plus(self, *signals: Signal) -> Verdict:
        """The verdict with what is known beside the header: a friend, a rule, what was learned."""
        return replace(self, signals=self.signals + signals)

    def __contains__(self, name: str) -> bool:
        return any(signal.name == name for signal in self.signals)


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the receiver: the same for every message of a mailbox."""

    addresses: frozenset[str] = frozenset()
    """The user's own addresses, lower case."""
    hosts: frozenset[str] = frozenset()
    """Hosts and domains, lower case, whose Authentication-Results are believed, beside the host
    that took the message in: the mailbox's server, and what the user named."""
