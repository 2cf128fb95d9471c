"""The spam verdict on one message's header, and the context it is judged in.

A verdict has signals and no score, because the user can change their weights: then a cached verdict
must give another score. :mod:`poptui.triage.spam.score` computes it.
"""

from __future__ import annotations

from typing import NamedTuple

MAX_DETAIL_CHARACTERS = 120
"""Maximum length of the sender's text that a signal keeps and a reason shows."""


class Signal(NamedTuple):
    """Something found in a message that makes it more or less likely to be spam."""

    name: str
    """Its key in ``SIGNALS``."""
    detail: str = ""
    """The sender's text that shows it: decoded, untrusted, made printable when shown."""
    strength: float = 1.0
    """Multiplies the signal's points."""


class Verdict(NamedTuple):
    """The signals of one message."""

    signals: tuple[Signal, ...] = ()
    newsletter: bool = False
    """It is bulk mail that its recipients may have subscribed to."""

    def plus(self, *signals: Signal) -> Verdict:
        """Return the verdict with more signals, from lists, rules or the learned model."""
        return self._replace(signals=self.signals + signals)


class Context(NamedTuple):
    """The recipient's addresses and trusted hosts, the same for every message of a mailbox."""

    addresses: frozenset[str] = frozenset()
    """The user's own addresses, lower case."""
    hosts: frozenset[str] = frozenset()
    """Hosts and domains, lower case, whose Authentication-Results count, in addition to the
    host that accepted the message: the mailbox's server, and those the user named."""
