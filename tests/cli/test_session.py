"""What the login shows of the user: an address only if it is one."""

from __future__ import annotations

import pytest

from poptui.cli.session import context_of
from poptui.net.server import parse_target


@pytest.mark.parametrize(
    ("target", "addresses", "hosts"),
    [
        (
            "pops://Me@Example.com@mail.example.com",
            {"me@example.com"},
            {"mail.example.com", "example.com"},
        ),
        ("pops://me@mail.example.com", set(), {"mail.example.com", "example.com"}),
        ("pops://me@example.com", set(), {"example.com"}),
        ("pop://me@127.0.0.1", set(), {"127.0.0.1"}),
        ("pop://me@[::1]", set(), {"::1"}),
        ("pop://me@localhost", set(), {"localhost"}),
    ],
)
def test_addresses_and_hosts_of_the_user(target: str, addresses: set[str], hosts: set[str]) -> None:
    context = context_of(parse_target(target))
    assert (set(context.addresses), set(context.hosts)) == (addresses, hosts)
