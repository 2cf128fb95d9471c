"""The large providers: their POP3 servers, the credentials they want, and their help pages."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Provider:
    """One provider in ``data/providers.toml``, where the fields are described."""

    title: str
    page: str
    """The page of ``poptui help`` about it."""
    domains: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    host: str = ""
    port: int = 995
    user: str = "address"
    password: str = ""
    recent: bool = False
    oauth: str = ""
    refusal: str = ""

    def user_for(self, address: str) -> str:
        """Return the user name to log in with."""
        return address.rpartition("@")[0] if self.user == "name" else address


@cache
def providers() -> Mapping[str, Provider]:
    """Return all providers by their name."""
    text = (files("poptui.accounts") / "data" / "providers.toml").read_text("utf-8")
    found = {}
    for name, table in tomllib.loads(text).items():
        values: dict[str, Any] = {
            key: tuple(item) if isinstance(item, list) else item for key, item in table.items()
        }
        found[name] = Provider(**({"page": name} | values))
    return found


def provider_of_domain(domain: str) -> Provider | None:
    """Return the provider that a domain belongs to; None if it isn't known."""
    domain = domain.lower()
    return next((provider for provider in providers().values() if domain in provider.domains), None)


def provider_of_mx(hosts: Iterable[str]) -> Provider | None:
    """Return the provider that the mail exchangers of a domain belong to."""
    for host in hosts:
        name = host.lower().rstrip(".")
        for provider in providers().values():
            if any(name == mx or name.endswith(f".{mx}") for mx in provider.mx):
                return provider
    return None


def provider_of_host(host: str) -> Provider | None:
    """Return the provider of a POP3 server."""
    return next(
        (provider for provider in providers().values() if host.lower() == provider.host), None
    )
