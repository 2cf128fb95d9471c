"""Modules loaded at startup: everything else waits until needed, so that starting is quick."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from platformdirs import user_cache_path, user_config_path, user_data_path

import poptui
from poptui.demo.messages import sample_messages
from poptui.demo.server import DemoServer
from poptui.environment import cache_path, config_path, data_path
from tests.kit.environment import terminal_environment

PACKAGE = Path(poptui.__file__).parent
MAKE_DATACLASSES = {"poptui.mailbox.entry"}
"""The modules loaded at startup that may make one: that takes six times as long as a NamedTuple."""

LISTING = """
import sys
from poptui.__main__ import run
sys.argv = ["poptui", "list", "--limit", "1", sys.argv[1]]
try:
    run()
finally:
    print(*sys.modules, file=sys.stderr)
"""

LIST_MODULES = 164
"""Maximum number of our modules that ``poptui list`` may load."""

NOT_FOR_A_LIST = {
    "poptui.accounts", "poptui.mail.html.to_text", "poptui.mailbox.commit.service",
    "poptui.mailbox.access.console", "poptui.storage.keyring_store",
    "poptui.storage.safety_copies", "poptui.storage.user_command",
    "poptui.triage.filters.tree", "poptui.triage.learning.bayes", "poptui.tui",
    "defusedxml", "dns", "email", "html", "http", "keyring", "mailparser", "multiprocessing",
    "oauthlib", "platformdirs", "python_socks", "random", "regex", "rich.console", "scramp",
    "selectolax", "shutil", "tempfile", "textual", "tomlkit", "tomllib", "xml", "zoneinfo",
}  # fmt: skip


async def test_a_list_loads_only_what_it_needs(tmp_path: Path) -> None:
    env = terminal_environment(tmp_path) | {"POPTUI_PASSWORD": "demo"}
    async with DemoServer(sample_messages()) as server:
        url = f"pop://demo@127.0.0.1:{server.port}"
        for _ in range(2):  # the first one records how the server behaves
            program = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", LISTING, url),
                env=env,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            printed, errors = await program.communicate()
    assert program.returncode == 0, errors
    assert printed.count(b"\n") == 1
    loaded = set(errors.decode().split())
    assert NOT_FOR_A_LIST & loaded == set()
    assert len([name for name in loaded if name.startswith("poptui.")]) <= LIST_MODULES
    assert make_dataclasses(loaded) <= MAKE_DATACLASSES


INTERFACE = "import sys, poptui.cli.interactive, poptui.tui.apps.mailbox_app; print(*sys.modules)"
INTERFACE_MODULES = 223
"""Maximum number of our modules that the interface may load before its first paint."""

NOT_FOR_THE_INTERFACE = {
    "poptui.accounts.oauth", "poptui.demo", "poptui.mail.html.to_text",
    "poptui.mailbox.commit.safety_copies", "poptui.triage.filters.filter",
    "poptui.triage.filters.tree", "poptui.triage.learning.bayes",
    "poptui.tui.flows.clipboard", "poptui.tui.flows.commit_progress",
    "defusedxml", "dns", "email", "http.client", "keyring", "mailparser", "markdown_it",
    "multiprocessing", "oauthlib", "pygments", "python_socks", "regex", "scramp", "selectolax",
    "tomlkit", "urllib.request", "xml", "zoneinfo",
}  # fmt: skip


async def test_the_interface_loads_only_what_it_needs(tmp_path: Path) -> None:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", INTERFACE),
        env=terminal_environment(tmp_path),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await program.communicate()
    loaded = set(printed.decode().split())
    assert NOT_FOR_THE_INTERFACE & loaded == set()
    screens = {name for name in loaded if name.startswith("poptui.tui.screens.")}
    assert {name for name in screens if not name.startswith("poptui.tui.screens.mail")} == set()
    assert "poptui.tui.apps.mailbox_app" in loaded
    assert len([name for name in loaded if name.startswith("poptui.")]) <= INTERFACE_MODULES
    assert make_dataclasses(loaded) <= MAKE_DATACLASSES


def make_dataclasses(loaded: set[str]) -> set[str]:
    """Return our modules among ``loaded`` that have a dataclass."""
    files = {name: PACKAGE.parent / f"{name.replace('.', '/')}.py" for name in loaded}
    return {
        name
        for name, file in files.items()
        if file.exists() and "from dataclasses import dataclass" in file.read_text()
    }


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs is asked")
@pytest.mark.parametrize("home", ["/home/me", "/", "", "relative", None])
@pytest.mark.parametrize("folder", ["/xdg/here", "relative", "", "/", None])
def test_the_folders_are_those_of_platformdirs(
    monkeypatch: pytest.MonkeyPatch, home: str | None, folder: str | None
) -> None:
    for name in list(os.environ):
        if name.startswith(("POPTUI_", "XDG_")):
            monkeypatch.delenv(name)
    values = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"), folder)
    for name, value in {**values, "HOME": home}.items():
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    assert config_path() == user_config_path("poptui") / "config.toml"
    assert data_path("x") == user_data_path("poptui") / "x"
    assert cache_path() == user_cache_path("poptui") / "headers.sqlite3"
