"""Fixtures for every test: a clean environment and a temporary home."""

from __future__ import annotations

import gc
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from poptui import secret
from tests.kit.environment import home_environment, scrub
from tests.kit.steady_loop import SteadyLoop

pytest_plugins = [
    "tests.kit.certificates",
    "tests.kit.dovecot",
    "tests.kit.secret_service",
    "tests.kit.terminal",
]

scrub()

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Background jobs inherit this, and would pass it on to the programs under test.
    signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGHUP, signal.SIGTERM):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)

settings.register_profile("poptui", deadline=None, print_blob=True)
settings.register_profile("ci", settings.get_profile("poptui"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "poptui")


def pytest_configure(config: pytest.Config) -> None:
    """Give the session its own home, removed at the end."""
    home = tempfile.TemporaryDirectory(prefix="poptui-home-")
    config.add_cleanup(home.cleanup)
    os.environ.update(home_environment(Path(home.name)))


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], SteadyLoop]]:
    """Run async tests in a loop whose timeouts don't expire early on a busy machine."""
    return {"steady": SteadyLoop}


def pytest_collection_finish() -> None:
    """Keep the thousands of collected tests out of each garbage collection.

    Going through them took a third of the time of the tests that run the interface.
    """
    gc.freeze()
    gc.set_threshold(5000, 10, 10)


@pytest.fixture(autouse=True)
def _collect_expected_garbage(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collect garbage where its warnings are ignored; in another test they would be errors."""
    yield
    if request.node.get_closest_marker("filterwarnings"):
        gc.collect()


@pytest.fixture(autouse=True)
def no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the passwords of other tests: in the next they may be ordinary words."""
    monkeypatch.setattr(secret, "_KNOWN", secret._KnownSecrets())
    secret._hidden.cache_clear()
