"""Make the one ``Scorer`` of a mailbox, its rules and its saved filters from the settings.

The screen and the batch commands both start here, so a message has the same score in both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from poptui.errors import UsageError, quoted
from poptui.mailbox.scoring.scorer import Scorer
from poptui.mailbox.scoring.sender_lists import KnownSenders, SenderList
from poptui.storage.sender_lists import SendersFile, blocklist_file, friends_file
from poptui.storage.setting_kinds import nearest
from poptui.storage.settings import Settings
from poptui.storage.toml_reader import ConfigReport, shown
from poptui.triage.duplicates import CopyToKeep
from poptui.triage.learning.training import Learner, WordStore
from poptui.triage.policy.policy import Policy, Rule, RuleAction, SenderPatterns, sender_entry
from poptui.triage.spam.score import Weights
from poptui.triage.spam.signals import SIGNALS

if TYPE_CHECKING:
    from poptui.triage.filters.filter import Filter
    from poptui.triage.policy.saved_filters import SavedFilter


def scorer_of(settings: Settings) -> Scorer:
    """Make the scorer for a mailbox: lists, rules, weights and learned model.

    Raises UsageError if any of the settings is invalid; then none of them applies.
    """
    policy = policy_of(settings)
    check_saved_filters(settings)
    files = {
        SenderList.FRIENDS: friends_file(settings.path),
        SenderList.BLOCKLIST: blocklist_file(settings.path),
    }
    account = settings.server.account
    return Scorer(
        policy,
        senders=KnownSenders(policy, files),
        learner=Learner(lambda: _open_learned(account), exists=_learned_exists),
        keep=CopyToKeep(settings.duplicates),
    )


def _open_learned(account: str) -> WordStore:
    from poptui.storage.learned_words import open_learned

    return open_learned(account)


def _learned_exists() -> bool:
    from poptui.storage.learned_words import learned_path

    return learned_path().exists()


def check_triage(settings: Settings, report: ConfigReport) -> None:
    """Report every sender, weight, rule and saved filter of the settings that is invalid."""
    _weights(settings, report)
    _senders(settings.friends, "friends", report)
    _senders(settings.blocklist, "blocklist", report)
    _rules(settings, report)
    _check_saved_filters(settings, report)


def policy_of(settings: Settings) -> Policy:
    """Read the user's friends, blocklist, weights and rules. Raises UsageError."""
    report = ConfigReport(settings.path)
    policy = Policy(
        weights=_weights(settings, report),
        friends=SenderPatterns(
            _senders(settings.friends, "friends", report) | _listed(friends_file(settings.path))
        ),
        blocklist=SenderPatterns(
            _senders(settings.blocklist, "blocklist", report)
            | _listed(blocklist_file(settings.path))
        ),
        rules=_rules(settings, report),
    )
    report.raise_any()
    return policy


def check_saved_filters(settings: Settings) -> None:
    """Raise UsageError if a saved filter of the user is invalid."""
    report = ConfigReport(settings.path)
    _check_saved_filters(settings, report)
    report.raise_any()


def saved_filters(settings: Settings) -> tuple[SavedFilter, ...]:
    """Read the menu of saved filters: the user's, or the defaults. Raises UsageError."""
    from poptui.triage.policy.saved_filters import DEFAULTS, SavedFilter

    check_saved_filters(settings)
    return tuple(SavedFilter(name, text) for name, text in (settings.filters or DEFAULTS).items())


def _check_saved_filters(settings: Settings, report: ConfigReport) -> None:
    if not settings.filters:
        return
    from poptui.triage.policy.saved_filters import MAX_SAVED_FILTERS

    for name, text in settings.filters.items():
        _filter(text, ("filters", name), settings, report)
    if len(settings.filters) > MAX_SAVED_FILTERS:
        report.add(("filters",), f"has too many filters: at most {MAX_SAVED_FILTERS} have a key")


def _weights(settings: Settings, report: ConfigReport) -> Weights:
    for name in settings.weights:
        if name not in SIGNALS:
            report.add(("weights", name), f"is no signal{nearest(name, SIGNALS)}")
    return Weights(settings.weights, settings.threshold)


def _senders(listed: Iterable[str], key: str, report: ConfigReport) -> frozenset[str]:
    found = set[str]()
    for text in listed:
        try:
            found.add(sender_entry(text))
        except ValueError as error:
            report.add((key,), f"has {quoted(text)}, which must be {error}")
    return frozenset(found)


def _listed(file: SendersFile) -> frozenset[str]:
    """Read the senders in a list's own file."""
    found = set[str]()
    for text in file.entries():
        try:
            found.add(sender_entry(text))
        except ValueError as error:
            raise UsageError(f"{shown(file.path)}: {quoted(text)} must be {error}.") from None
    return frozenset(found)


def _rules(settings: Settings, report: ConfigReport) -> tuple[Rule, ...]:
    if not settings.rules:
        return ()
    from poptui.triage.filters.tree import ALL

    rules = []
    for number, rule in enumerate(settings.rules, 1):
        keys = ("rules", str(number), "match")
        filter_ = _filter(rule.match, keys, settings, report)
        if filter_ is None:
            continue
        if ALL in filter_.needs:
            report.add(keys, "must not have is:dup, which needs the whole mailbox")
        name = rule.name or f"rule {number}"
        rules.append(Rule(name, filter_, RuleAction(rule.action), rule.score or 0.0))
    return tuple(rules)


def _filter(
    text: str, keys: tuple[str, ...], settings: Settings, report: ConfigReport
) -> Filter | None:
    from poptui.triage.filters.filter import FilterContext, FilterError, parse

    try:
        return parse(text, scope=FilterContext(threshold=settings.threshold))
    except FilterError as error:
        report.add(keys, f"is no filter: {quoted(text)}: {error}")
        return None
