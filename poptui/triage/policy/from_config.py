"""From the configuration to what triage works with."""

from __future__ import annotations

from collections.abc import Iterable

from poptui.errors import UsageError, words
from poptui.storage.config import Config
from poptui.storage.sender_lists import SendersFile, blocklist_file, friends_file
from poptui.storage.toml_reader import nearest, shown
from poptui.triage.policy.policy import Policy
from poptui.triage.policy.rules import rules_of
from poptui.triage.policy.senders import SenderPatterns, sender_entry
from poptui.triage.spam.score import Weights
from poptui.triage.spam.signals import SIGNALS


def policy_of(config: Config) -> Policy:
    """What the user has settled. Raises UsageFault: then nothing of it may be applied."""
    return Policy(
        weights=_weights(config),
        friends=_senders(config, "friends", config.friends, friends_file(config.path)),
        blocklist=_senders(config, "blocklist", config.blocklist, blocklist_file(config.path)),
        rules=rules_of(config),
    )


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
