"""What the OAuth tests share: a client of the local server, and a keyring in memory."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from poptui.accounts.oauth.client import OAuthClient, oauth_client
from poptui.storage.config import load_config
from tests.kit.authorization_server import AuthorizationServer

URL = "pops://me@mail.example.com"
REFRESH_KEY = ("poptui", "oauth me@mail.example.com:995")


def client_of(server: AuthorizationServer, folder: Path, *, secret: bool = False) -> OAuthClient:
    """Return the client that a configuration file for ``server`` describes."""
    file = folder / "config.toml"
    file.write_text(f'[accounts.work]\nurl = "{URL}"\n{server.settings(secret=secret)}', "utf-8")
    return oauth_client(load_config(file).for_target("work"))


def use_memory_keyring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """Replace the keyring by a dictionary, which is returned."""
    kept: dict[tuple[str, str], str] = {}
    monkeypatch.setitem(
        sys.modules,
        "keyring",
        SimpleNamespace(
            get_keyring=lambda: kept,
            get_password=lambda service, user: kept.get((service, user)),
            set_password=lambda service, user, value: kept.update({(service, user): value}),
            delete_password=lambda service, user: kept.pop((service, user)),
        ),
    )
    return kept
