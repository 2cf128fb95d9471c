"""What holds for every test: no setting of the developer's reaches it, none of its files stay."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from poptui import secret
from tests.kit.environment import home_environment, scrub

pytest_plugins = ["tests.kit.certificates", "tests.kit.dovecot", "tests.kit.terminal"]

scrub()

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A job in the background inherits this, and would hand it on to the programs under test.
    signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGHUP, signal.SIGTERM):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)

settings.register_profile("poptui", deadline=None, print_blob=True)
settings.register_profile("ci", settings.get_profile("poptui"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "poptui")


def pytest_configure(config: pytest.Config) -> None:
    """Give the session a home of its own, removed at its end."""
    home = tempfile.TemporaryDirectory(prefix="poptui-home-")
    config.add_cleanup(home.cleanup)
    os.environ.update(home_environment(Path(home.name)))


@pytest.fixture(autouse=True)
def no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password of one test is an ordinary word in the next."""
    monkeypatch.setattr(secret, "_KNOWN", secret._KnownSecrets())
    secret._hidden.cache_clear()
