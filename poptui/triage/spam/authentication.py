"""Whether the sender is who it says: SPF, DKIM and DMARC as the receiver checked them.

Authentication-Results (RFC 8601) count only where the receiver wrote them: under a name of its
own, above the line with which it took the message in, or right below, where some mail filters
put them. A sender can write such a field, too, which is why a receiver must take out those that
bear its name (section 5), and why what passed counts for little by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from poptui.triage.spam.domains import organization
from poptui.triage.spam.fields import Fields, single_spaced
from poptui.triage.spam.received import Route, owner
from poptui.triage.spam.verdict import Signal

_METHOD = re.compile(r"(?:^|[;\s])(spf|dkim|dmarc|compauth)\s?=\s?([a-z]{1,20})")
_DOMAIN = re.compile(r"header\.(?:d|i)\s?=\s?(?:[^\s;@]{0,64}@)?([^\s;@]{1,255})")
_ENVELOPE = re.compile(r"smtp\.(?:mailfrom|helo|mail)\s?=\s?([^\s;]{1,320})")
_PASSED = frozenset({"pass", "bestguesspass"})
_INSTANCE = re.compile(r"i=\d{1,3};\s?")


@dataclass(slots=True)
class Checks:
    """The results that are believed."""

    spf: str = ""
    dkim: str = ""
    """``pass`` if one signature passed, else the result of the first."""
    dmarc: str = ""
    compound: str = ""
    envelope: str = ""
    """The domain that SPF was checked for."""
    signers: set[str] = field(default_factory=set)
    """Registered domains whose signatures passed."""

    @property
    def complete(self) -> bool:
        """Whether more than SPF was checked: a domain may rely on signatures alone."""
        return bool(self.dkim or self.dmarc)

    @property
    def made(self) -> bool:
        """Whether the receiver checked anything."""
        return bool(self.spf or self.dkim or self.dmarc)


def checks(fields: Fields, route: Route) -> Checks:
    """What the receiver found, by Authentication-Results, else ARC, else Received-SPF."""
    found = Checks()
    for above, value in fields.results or fields.arc:
        if above > route.boundary + 1:
            break
        text = single_spaced(value)
        if instance := _INSTANCE.match(text):
            text = text[instance.end() :]
        if _is_ours(text, route):
            _read(text, found)
    spf = fields.values.get(b"received-spf", b"")
    if not found.spf and spf and fields.depth[b"received-spf"] <= route.boundary + 1:
        found.spf = spf.split(b" ", 1)[0].decode("latin-1").lower()
    return found


def _is_ours(text: str, route: Route) -> bool:
    """Whether the authserv-id is a host of the receiver; one great provider writes none."""
    name = text.partition(";")[0].split(" ", 1)[0]
    if "=" in name:
        return "outlook.com" in route.inside
    return owner(name) in route.inside or name == route.host


def _read(text: str, found: Checks) -> None:
    for part in text.split(";"):
        method = _METHOD.search(part)
        if method is None:
            continue
        name, result = method.groups()
        if name == "spf" and not found.spf:
            found.spf = result
            envelope = _ENVELOPE.search(part)
            found.envelope = organization(envelope[1].rpartition("@")[2]) if envelope else ""
        elif name == "dkim":
            _signature(result, part, found)
        elif name == "dmarc":
            found.dmarc = found.dmarc or result
        elif name == "compauth":
            found.compound = found.compound or result


def _signature(result: str, part: str, found: Checks) -> None:
    if result == "pass" and (signer := _DOMAIN.search(part)):
        found.signers.add(organization(signer[1]))
    if not found.dkim or result == "pass":
        found.dkim = result


def authenticity_signals(found: Checks, owner_of_sender: str) -> Iterator[Signal]:
    """What the checks say of mail whose From has the registered domain ``owner_of_sender``."""
    if not found.made:
        return
    passed = found.spf in _PASSED or found.dkim == "pass"
    envelope_fits = found.spf == "pass" and found.envelope == owner_of_sender
    if found.dmarc == "pass" or owner_of_sender in found.signers or envelope_fits:
        yield Signal("authenticated", owner_of_sender)
        if found.dmarc and found.dmarc != "pass":
            yield Signal("no-policy", owner_of_sender)
    elif not found.complete:
        pass
    elif passed:
        others = found.signers or ({found.envelope} if found.envelope else set())
        yield Signal("foreign-signature", ", ".join(sorted(others)))
    else:
        yield Signal("unauthenticated", f"spf={found.spf or '-'} dkim={found.dkim or '-'}")
    if found.dmarc in ("fail", "reject", "quarantine") or found.compound == "fail":
        yield Signal("dmarc-fail", owner_of_sender)
    if found.spf in ("fail", "hardfail"):
        yield Signal("spf-fail", found.envelope)
    elif found.spf == "softfail":
        yield Signal("spf-softfail", found.envelope)
