"""Make the one ``Scorer`` of a mailbox, its rules and its saved filters from the configuration.

The screen and the batch commands both start here, so a message has the same score in both.
"""

from __future__ import annotations

from collections.abc import Iterable

from poptui.errors import UsageError, words
from poptui.mailbox.scoring.scorer import Scorer
from poptui.mailbox.scoring.sender_lists import KnownSenders, SenderList
from poptui.storage.config import Config
from poptui.storage.sender_lists import SendersFile, blocklist_file, friends_file
from poptui.storage.toml_reader import nearest, shown
from poptui.triage.duplicates import Keep
from poptui.triage.filters.context import ALL
from poptui.triage.filters.filter import Filter, FilterContext, FilterError, parse
from poptui.triage.policy.policy import Policy
from poptui.triage.policy.rules import Rule, RuleAction
from poptui.triage.policy.saved_filters import DEFAULTS, MAX_SAVED_FILTERS, SavedFilter
from poptui.triage.policy.senders import SenderPatterns, sender_entry
from poptui.triage.spam.score import Weights
from poptui.triage.spam.signals import SIGNALS
from poptui.triage.spam.training import Learner, Store


def scorer_of(account: str, config: Config) -> Scorer:
    """The scorer for ``account``: lists, rules, weights, and what was learned of its mail.

    Raises UsageError if any of the user's settings is invalid; then none of them applies.
    """
    policy = policy_of(config)
    saved_filters(config)
    files = {
        SenderList.FRIENDS: friends_file(config.path),
        SenderList.BLOCKLIST: blocklist_file(config.path),
    }
    return Scorer(
        policy,
        senders=KnownSenders(policy, files),
        learner=Learner(lambda: _open_learned(account), exists=_learned_exists),
        keep=Keep(config.duplicates),
    )


def _open_learned(account: str) -> Store:
    from poptui.storage.learned_words import open_learned

    return open_learned(account)


def _learned_exists() -> bool:
    from poptui.storage.learned_words import learned_path

    return learned_path().exists()


def policy_of(config: Config) -> Policy:
    """The user's friends, blocklist, weights and rules. Raises UsageError."""
    return Policy(
        weights=_weights(config),
        friends=_senders(config, "friends", config.friends, friends_file(config.path)),
        blocklist=_senders(config, "blocklist", config.blocklist, blocklist_file(config.path)),
        rules=_rules(config),
    )


def saved_filters(config: Config) -> tuple[SavedFilter, ...]:
    """The menu of saved filters: the user's own, or the default ones. Raises UsageError."""
    for name, text in config.filters.items():
        _filter(config, f"filters, {name}", text)
    if len(config.filters) > MAX_SAVED_FILTERS:
        raise UsageError(f"{shown(config.path)}: filters: at most {MAX_SAVED_FILTERS} have a key.")
    return tuple(SavedFilter(name, text) for name, text in (config.filters or DEFAULTS).items())


def _weights(config: Config) -> Weights:
    for name in config.weights:
        if name not in SIGNALS:
            raise UsageError(
                f"{shown(config.path)}: weights: there is no signal {words(name)}"
                f"{nearest(name, SIGNALS)}."
            )
    return Weights(config.weights, config.threshold)


def _senders(config: Config, key: str, listed: Iterable[str], file: SendersFile) -> SenderPatterns:
    entries = [_entry(text, f"{shown(config.path)}: {key}") for text in listed]
    entries += [_entry(text, shown(file.path)) for text in file.entries()]
    return SenderPatterns(frozenset(entries))


def _entry(text: str, place: str) -> str:
    try:
        return sender_entry(text)
    except ValueError as error:
        raise UsageError(f"{place}: {words(text)} must be {error}.") from None


def _rules(config: Config) -> tuple[Rule, ...]:
    rules = []
    for number, rule in enumerate(config.rules, 1):
        name = rule.name or f"rule {number}"
        filter_ = _filter(config, f"rules, number {number}, match", rule.match)
        if ALL in filter_.needs:
            raise _invalid(
                config, f"rules, number {number}, match", "is:dup cannot stand in a rule"
            )
        rules.append(Rule(name, filter_, RuleAction(rule.action), rule.score or 0.0))
    return tuple(rules)


def _filter(config: Config, place: str, text: str) -> Filter:
    try:
        return parse(text, scope=FilterContext(threshold=config.threshold))
    except FilterError as error:
        raise _invalid(config, place, f"{words(text)}: {error}") from None


def _invalid(config: Config, place: str, complaint: str) -> UsageError:
    return UsageError(f"{shown(config.path)}: {place}: {complaint.rstrip('.')}.")
