"""How long the copies of an account are kept at least: the configuration tells, if there is one."""

from __future__ import annotations

from collections.abc import Callable

from poptui.errors import UsageError
from poptui.storage.config import load_config


def kept_days() -> Callable[[str], int | None]:
    """The days by account, ``user@host:port``; None where the configuration cannot be read."""
    try:
        config = load_config()
        servers = [config.server(name) for name in config.accounts]
    except UsageError:
        return lambda account: None
    days = {f"{one.user}@{one.address}": one.safety_copy_days for one in servers}
    return lambda account: days.get(account, config.safety_copy_days)
