"""``poptui cache``: what it shows and what it clears."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from poptui.storage.overviews import RememberedOverviews
from tests.acceptance.program import RunBatch, serving
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_messages


@pytest.fixture
def server() -> Iterator[OddServer]:
    with serving(OddServer(make_messages(7))) as running:
        yield running


def url(server: OddServer, user: str = "user") -> str:
    return f"pop://{user}@127.0.0.1:{server.port}"


def test_without_a_cache_it_creates_none(batch: RunBatch) -> None:
    result = batch("cache")
    assert result.code == 0
    path = Path(result.text.split()[-1].rstrip("."))
    assert not path.exists()


def test_it_shows_the_file_its_size_and_the_accounts(server: OddServer, batch: RunBatch) -> None:
    batch("list", url(server))
    first, account = batch("cache").text.splitlines()
    assert Path(first.split()[0]).is_file()
    assert first.endswith("kB")
    assert account.strip() == f"user@127.0.0.1:{server.port}  7 headers"


def test_cleared_headers_are_loaded_again(server: OddServer, batch: RunBatch) -> None:
    for expected in (7, 7):
        batch("list", url(server))
        assert server.keywords.count(b"TOP") == expected
    assert batch("cache", "clear").code == 0
    assert len(batch("cache").text.splitlines()) == 1
    batch("list", url(server))
    assert server.keywords.count(b"TOP") == 14


def test_clearing_one_account_keeps_the_others(server: OddServer, batch: RunBatch) -> None:
    with serving(OddServer(make_messages(3))) as other:
        batch("list", url(server))
        batch("list", url(other))
        folder = Path(batch("cache").text.split()[0]).parent
        seen = RememberedOverviews(folder / "overviews.json")
        accounts = [f"user@127.0.0.1:{peer.port}" for peer in (server, other)]
        for account in accounts:
            seen.remember(account, 3, 900, 0)
        assert batch("cache", "clear", url(server)).code == 0
        assert [seen.figures(account) is None for account in accounts] == [True, False]
        (account,) = batch("cache").text.splitlines()[1:]
        assert account.strip() == f"user@127.0.0.1:{other.port}  3 headers"
        assert batch("cache", "clear").code == 0
        assert seen.figures(accounts[1]) is None


@pytest.mark.parametrize("words", [("wash",), ("clear", "nobody-knows-this"), ("clear", "a", "b")])
def test_invalid_arguments_change_nothing(
    words: tuple[str, ...], server: OddServer, batch: RunBatch
) -> None:
    batch("list", url(server))
    result = batch("cache", *words)
    assert (result.code, result.text) == (2, "")
    assert result.err.startswith("poptui: ")


def test_a_damaged_cache_is_reported(server: OddServer, batch: RunBatch) -> None:
    batch("list", url(server))
    path = Path(batch("cache").text.split()[0])
    path.unlink()
    path.mkdir()
    result = batch("cache")
    assert result.code == 1
    assert "header cache" in result.err
