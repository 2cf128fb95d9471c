"""Rules of the user: what is done with a message that a filter matches, when it is listed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from poptui.errors import UsageError, words
from poptui.storage.config import Config
from poptui.storage.toml_reader import shown
from poptui.triage.filters.context import ALL
from poptui.triage.filters.filter import Filter, FilterContext, FilterError, parse


class RuleAction(Enum):
    """What a rule does. None of them deletes: a mark only declares."""

    MARK = "mark"
    TAG = "tag"
    PROTECT = "protect"
    SCORE = "score"


@dataclass(frozen=True)
class Rule:
    """One rule."""

    name: str
    filter: Filter
    action: RuleAction
    points: float = 0.0
    """What SCORE adds to a message's score."""


def rules_of(config: Config) -> tuple[Rule, ...]:
    """The rules of the configuration. Raises UsageFault with the file and the rule at fault."""
    rules = []
    for number, rule in enumerate(config.rules, 1):
        name = rule.name or f"rule {number}"
        filter_ = config_filter(config, f"rules, number {number}, match", rule.match)
        if ALL in filter_.needs:
            raise _fault(config, f"rules, number {number}, match", "is:dup cannot stand in a rule")
        rules.append(Rule(name, filter_, RuleAction(rule.action), rule.score or 0.0))
    return tuple(rules)


def config_filter(config: Config, place: str, text: str) -> Filter:
    """A filter that the configuration has at ``place``. Raises UsageFault."""
    try:
        return parse(text, scope=FilterContext(threshold=config.threshold))
    except FilterError as fault:
        raise _fault(config, place, f"{words(text)}: {fault}") from None


def _fault(config: Config, place: str, complaint: str) -> UsageError:
    return UsageError(f"{shown(config.path)}: {place}: {complaint.rstrip('.')}.")
