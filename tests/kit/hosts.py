"""Host names and DNS records that exist only in a test, all on 127.0.0.1.

``patched`` installs them in this process; as a script, this module starts poptui with them:
``python hosts.py JSON account add``. poptui itself doesn't know about it.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch


@dataclass(frozen=True)
class Hosts:
    """The existing names and records; all others don't exist."""

    ports: Mapping[str, int] = field(default_factory=dict)
    """Maps ``host:port`` as poptui asks for it to the port on 127.0.0.1 that answers."""
    srv: Mapping[str, list[list[Any]]] = field(default_factory=dict)
    """By name: priority, weight, port and target of each record."""
    mx: Mapping[str, list[str]] = field(default_factory=dict)
    silent_dns: bool = False
    """Whether DNS never answers."""

    @property
    def json(self) -> str:
        """The argument for the script."""
        return json.dumps(asdict(self))


@contextmanager
def patched(hosts: Hosts) -> Iterator[None]:
    """Let this process see ``hosts`` and no others."""
    import dns.asyncresolver
    import dns.resolver

    lookup = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name.replace(".", "").isdigit() or ":" in name or name == "localhost":
            return lookup(host, port, *rest, **options)
        names = {key.rpartition(":")[0] for key in hosts.ports}
        if name not in names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        # Nothing listens at port 1, so a port that isn't in the table refuses connections.
        return lookup("127.0.0.1", hosts.ports.get(f"{name}:{port}", 1), *rest, **options)

    async def resolve(name: str, kind: str, **options: Any) -> list[Any]:
        if hosts.silent_dns:
            await asyncio.sleep(3600)
        if kind == "SRV" and name in hosts.srv:
            fields = ("priority", "weight", "port", "target")
            records = (dict(zip(fields, record, strict=True)) for record in hosts.srv[name])
            return [SimpleNamespace(**record) for record in records]
        if kind == "MX" and name in hosts.mx:
            return [SimpleNamespace(preference=10, exchange=record) for record in hosts.mx[name]]
        raise dns.resolver.NXDOMAIN

    with (
        patch.object(socket, "getaddrinfo", getaddrinfo),
        patch.object(dns.asyncresolver, "resolve", resolve),
    ):
        yield


if __name__ == "__main__":
    from poptui.__main__ import run

    hosts = Hosts(**json.loads(sys.argv.pop(1)))
    with patched(hosts):
        run()
