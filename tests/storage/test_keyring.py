"""The keyring against a real Secret Service: read, written, removed, locked, denied."""

from __future__ import annotations

import pytest

from poptui.secret import Secret
from poptui.storage.keyring_store import (
    KeyringError,
    KeyringProblem,
    clear_keyring,
    read_keyring,
    write_keyring,
)
from tests.kit.secret_service import secret_service

USER = "me@mail.example.com:995"


pytestmark = [
    pytest.mark.usefixtures("fresh_keyring"),
    # After an error keyring leaves its connection to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def use(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


async def test_an_entry_is_written_read_replaced_and_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with secret_service() as environment:
        use(monkeypatch, environment)
        assert await read_keyring(USER) is None
        for value in ("first", "pass wörd €" + "x" * 4000):
            await write_keyring(USER, Secret(value))
            assert (await read_keyring(USER)) == Secret(value)
        assert await read_keyring("other@mail.example.com:995") is None
        assert await clear_keyring(USER)
        assert await read_keyring(USER) is None
        assert not await clear_keyring(USER)


@pytest.mark.parametrize(
    ("kind", "problem"),
    [("locked", KeyringProblem.LOCKED), ("denied", KeyringProblem.REFUSED)],
)
async def test_a_keyring_that_gives_nothing_is_named(
    monkeypatch: pytest.MonkeyPatch, kind: str, problem: KeyringProblem
) -> None:
    with secret_service(locked=kind == "locked", denied=kind == "denied") as environment:
        use(monkeypatch, environment)
        if kind == "denied":
            await write_unread(monkeypatch)
        with pytest.raises(KeyringError) as caught:
            await read_keyring(USER)
        assert caught.value.problem is problem
        assert "\n" not in str(caught.value)
        assert str(caught.value).startswith(problem.value)
        assert len(str(caught.value)) < 60


async def write_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make an entry; that it cannot be read back is an error already."""
    with pytest.raises(KeyringError) as caught:
        await write_keyring(USER, Secret("kept-out-of-reach"))
    assert caught.value.problem is KeyringProblem.REFUSED


async def test_a_machine_without_a_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    for work in (read_keyring(USER), write_keyring(USER, Secret("x")), clear_keyring(USER)):
        with pytest.raises(KeyringError, match=r"^This machine has no keyring\.$"):
            await work


async def test_a_keyring_that_keeps_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    assert await read_keyring(USER) is None
    with pytest.raises(KeyringError, match="This machine has no keyring that stores anything"):
        await write_keyring(USER, Secret("x"))
