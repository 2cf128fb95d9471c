"""From the configuration to what triage works with."""

from __future__ import annotations

from collections.abc import Iterable

from poptui.faults import UsageFault, words
from poptui.storage.config import Config
from poptui.storage.senders import SendersFile, blocklist_file, friends_file
from poptui.storage.toml_reader import nearest, shown
from poptui.triage.policy import Policy
from poptui.triage.rules import rules_of
from poptui.triage.senders import Senders, sender_entry
from poptui.triage.signals import SIGNALS
from poptui.triage.weights import Weights


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
            raise UsageFault(
                f"{shown(config.path)}: weights: there is no signal {words(name)}"
                f"{nearest(name, SIGNALS)}."
            )
    return Weights(config.weights, config.threshold)


def _senders(config: Config, key: str, listed: Iterable[str], file: SendersFile) -> Senders:
    entries = [_entry(text, f"{shown(config.path)}: {key}") for text in listed]
    entries += [_entry(text, shown(file.path)) for text in file.entries()]
    return Senders(frozenset(entries))


def _entry(text: str, place: str) -> str:
    try:
        return sender_entry(text)
    except ValueError as error:
        raise UsageFault(f"{place}: {words(text)} must be {error}.") from None
