"""The learned model: a Bayesian token model over headers, and the signal it adds.

The formulas are Gary Robinson's refinement of naive Bayes, combined by R. A. Fisher's method, as in
the well-known statistical filters:

- of each token, how many spams and how many kept messages had it: ``b`` of ``nb``, ``g`` of ``ng``;
- its probability ``p = (b/nb) / (b/nb + g/ng)``, and what that is worth after ``n = b + g``
  sightings: ``f = (s·x + n·p) / (s + n)``, which begins at ``x`` for a token never seen;
- the ``MAX_CLUES`` tokens whose ``f`` is farthest from one half, those within ``MIN_CLUE_DISTANCE``
of it left
  out, are combined: ``S = 1 - Q(-2 Σ ln(1-f), 2n)`` and ``H = 1 - Q(-2 Σ ln f, 2n)``, where ``Q``
  is the probability that chi-square with ``2n`` degrees of freedom is as large or larger;
- the message is spam by ``(S - H + 1) / 2``: 1 for certain spam, 0 for certain ham, one half
  if unsure, also because there is much evidence for both.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from poptui.mail.headers.header import Header
from poptui.patterns import lazy_pattern
from poptui.triage.spam.confusables import plain
from poptui.triage.spam.domains import organization
from poptui.triage.spam.verdict import Signal, Verdict

MIN_MESSAGES = 20
"""Minimum number of messages of each kind before the model gives an opinion."""

STRENGTH, PRIOR = 0.45, 0.5
"""``s`` and ``x``: the weight of the first guess against sightings, and its value."""

MIN_CLUE_DISTANCE = 0.1
"""Tokens whose probability is closer to one half than this are no clues."""
MAX_CLUES = 150
MIN_OPINION = 0.25
"""Opinions closer to one half than this add no signal."""

TOKENS_SHOWN = 3
MAX_TOKENS = 200
"""Maximum number of tokens of one message."""

MAX_TOKEN_CHARACTERS = 80

_WORD = lazy_pattern(r"[^\W_]{2,40}")
_SIGNALS_OF_USER = frozenset({"friend", "blocked", "rule", "learned", "answer", "answer-to-you"})
"""Signals of the user's lists, rules and training, not of the message."""

KEPT_CONVERSATION = "answer-to-you"
"""The signal of a reply in a conversation that the user kept."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The training data: messages of each kind, and how many of them had each token."""

    spam: int = 0
    ham: int = 0
    tokens: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """(spam, ham) by token."""

    @property
    def enough(self) -> bool:
        """Whether there is enough for an opinion."""
        return self.spam >= MIN_MESSAGES and self.ham >= MIN_MESSAGES


def tokens_of(header: Header, verdict: Verdict | None) -> frozenset[str]:
    """Return the tokens of a message: sender, list, subject, signals."""
    sender = header.from_
    domain = sender.address.rpartition("@")[2].lower()
    found = [
        f"from:{sender.address.lower()}",
        f"domain:{organization(domain)}",
        f"list:{header.list_id.lower()}",
        f"id:{organization(header.message_id.strip('<> ').rpartition('@')[2].lower())}",
        f"thread:{header.message_id.strip('<> ')}",
        f"thread:{answered(verdict)}",
        *(f"name:{word}" for word in _words(sender.name)),
        *(f"subject:{word}" for word in _words(header.subject)),
        *(f"signal:{name}" for name in _traits(verdict)),
    ]
    usable = (token[:MAX_TOKEN_CHARACTERS] for token in found if not token.endswith(":"))
    return frozenset(list(dict.fromkeys(usable))[:MAX_TOKENS])


def answered(verdict: Verdict | None) -> str:
    """Return the Message-ID that the message says it answers, or ``""``."""
    signals = verdict.signals if verdict else ()
    return next((signal.detail for signal in signals if signal.name == "answer"), "")


def conversation_signal(counts: Counts, verdict: Verdict) -> Signal | None:
    """Return a signal if the message answers one of a conversation that the user kept."""
    token = f"thread:{answered(verdict)}"[:MAX_TOKEN_CHARACTERS]
    spam, ham = counts.tokens.get(token, (0, 0)) if not token.endswith(":") else (0, 0)
    return Signal(KEPT_CONVERSATION, token.partition(":")[2]) if ham and not spam else None


def _words(text: str) -> list[str]:
    return _WORD.findall(plain(text).casefold())


def _traits(verdict: Verdict | None) -> list[str]:
    return [s.name for s in verdict.signals if s.name not in _SIGNALS_OF_USER] if verdict else []


def probability(counts: Counts, token: str) -> float:
    """Return ``f``, the probability that a message with ``token`` is spam."""
    spam, ham = counts.tokens.get(token, (0, 0))
    seen = spam + ham
    if not seen:
        return PRIOR
    among_spam = spam / max(counts.spam, spam, 1)
    among_ham = ham / max(counts.ham, ham, 1)
    share = among_spam / (among_spam + among_ham)
    return (STRENGTH * PRIOR + seen * share) / (STRENGTH + seen)


def chi_square(value: float, degrees: int) -> float:
    """Return the probability that chi-square with an even number of degrees is >= ``value``."""
    half = value / 2
    term = total = math.exp(-half)
    for number in range(1, degrees // 2):
        term *= half / number
        total += term
    return min(total, 1.0)


def combined(clues: Collection[float]) -> float:
    """Combine the clues into one probability; one half if there are none."""
    if not clues:
        return 0.5
    degrees = 2 * len(clues)
    for_spam = 1 - chi_square(-2 * sum(math.log(1 - clue) for clue in clues), degrees)
    for_ham = 1 - chi_square(-2 * sum(math.log(clue) for clue in clues), degrees)
    return (for_spam - for_ham + 1) / 2


def learned_signal(counts: Counts, tokens: frozenset[str]) -> Signal | None:
    """Return the opinion on a message with these tokens, from -1 to 1, if there is one."""
    if not counts.enough:
        return None
    clues = sorted(
        ((probability(counts, token), token) for token in tokens if token in counts.tokens),
        key=lambda clue: (-abs(clue[0] - 0.5), clue[1]),
    )
    clues = [clue for clue in clues[:MAX_CLUES] if abs(clue[0] - 0.5) >= MIN_CLUE_DISTANCE]
    opinion = combined([clue for clue, _ in clues]) - 0.5
    if abs(opinion) < MIN_OPINION:
        return None
    telling = [token for clue, token in clues if (clue - 0.5) * opinion > 0]
    shown = ", ".join(token.replace(":", " ", 1) for token in telling[:TOKENS_SHOWN])
    sure = round(100 * (0.5 + abs(opinion)))
    detail = f"{min(sure, 99)} % {'spam' if opinion > 0 else 'wanted'} by {shown}"
    return Signal("learned", detail, round(2 * opinion, 2))
