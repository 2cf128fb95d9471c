"""``poptui help gmail`` and the other pages on providers."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from urllib.parse import unquote

import pytest

from poptui.accounts.providers import provider_of_host, providers
from poptui.cli.arguments import PROVIDERS, topic_text
from poptui.storage.config import load_config
from poptui.text.cells import cell_width
from tests.acceptance.program import RunBatch


def test_every_provider_of_the_table_has_a_page() -> None:
    assert {provider.page for provider in providers().values()} == set(PROVIDERS)
    assert list(PROVIDERS) == sorted(PROVIDERS)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_page_is_dated_and_its_configuration_fits(name: str, tmp_path: Path) -> None:
    page = topic_text(name)
    assert all(cell_width(line) <= 80 for line in page.splitlines())
    assert re.search(r"^Compared in \w+ 20\d\d with\s", page, re.MULTILINE)
    config = "".join(line for line in page.splitlines(keepends=True) if line.startswith("    "))
    config = "\n".join(
        line for line in dedent(config).splitlines() if re.match(r'\[|#|\w+ = "', line)
    )
    file = tmp_path / "config.toml"
    file.write_text(config, "utf-8")
    accounts = load_config(file).accounts
    wanted = {
        provider.host
        for provider in providers().values()
        if provider.page == name and provider.host
    }
    servers = [load_config(file).for_target(account).server for account in accounts]
    assert {server.host for server in servers} == wanted
    for server in servers:
        provider = provider_of_host(server.host)
        assert provider is not None
        assert ("@" in unquote(server.user)) == (provider.user == "address")


def test_help_shows_a_page_and_suggests_one(batch: RunBatch) -> None:
    assert batch("help", "gmail").text == topic_text("gmail")
    assert "Did you mean “outlook”?" in batch("help", "outlok").sentence
