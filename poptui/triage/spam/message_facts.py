"""The facts about one message that several checks use."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from poptui.mail.headers.header import Header
from poptui.patterns import lazy_pattern
from poptui.triage.spam.authentication import AuthenticationResults, read_results
from poptui.triage.spam.domains import is_cheap, is_free_mail, is_throwaway, organization
from poptui.triage.spam.fields import Fields
from poptui.triage.spam.received import Route
from poptui.triage.spam.verdict import Context

MAX_NAME_CHARACTERS, MAX_SUBJECT_CHARACTERS, MAX_ADDRESS_CHARACTERS = 200, 400, 320
"""Maximum number of characters that patterns are applied to."""

_POSTMASTERS = ("mailer-daemon", "postmaster", "microsoftexchange")
_LISTS = frozenset((b"list-post", b"x-beenthere", b"x-mailing-list", b"mailing-list", b"x-loop"))
_ANGLE = lazy_pattern(rb"<([^<>\s]{1,320})>")
_RECEIVER = lazy_pattern(rb"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}\b")
_HOST = lazy_pattern(rb"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}")


class MessageFacts(NamedTuple):
    """Facts about a message, derived once and shared by all checks."""

    fields: Fields
    header: Header
    context: Context
    route: Route
    authentication: AuthenticationResults
    """The receiver's results for SPF, DKIM and DMARC."""
    aligned: bool
    """A check passed for the sender's own domain."""
    name: str
    """The display name of From, decoded."""
    address: str
    written: str
    """The address in the sender's own case."""
    local: str
    domain: str
    owner: str
    """The registered domain of the sender."""
    subject: str
    is_from_list: bool
    """It came through a mailing list, which sets Reply-To and Return-Path itself."""
    is_reply: bool
    """It has In-Reply-To or References."""
    local_delivery: bool
    """It never left one machine, like the output of a cron job."""
    reply_to: str
    return_path: str
    own_addresses: tuple[str, ...]
    """The user's addresses, or those of To if the user's are unknown."""
    trusted_path: bool
    """Whether its route needs no check: the sender's domain is verified, or it never left the
    receiver's servers."""
    proven: bool
    """Whether the sender is verified, and not anybody can get an address in its domain."""

    @property
    def forwarded(self) -> bool:
        """Whether a forwarder rewrote the envelope sender (SRS); that usually breaks SPF, DMARC."""
        return self.return_path.startswith(("srs0", "srs1", "bounces+srs=", "prvs=")) or (
            b"x-forwarded-to" in self.fields.values or b"resent-from" in self.fields.values
        )

    @property
    def bounce(self) -> bool:
        """Whether a mail server reports a failed delivery (RFC 3464).

        Such mail has no envelope sender, which SPF would check (RFC 7208 section 2.4).
        """
        values = self.fields.values
        return (
            values.get(b"return-path", b"-") == b"<>"
            and self.local.startswith(_POSTMASTERS)
            and not self.reply_to
        )

    @property
    def reply_domain(self) -> str:
        """The domain that answers go to; ``""`` if there is no Reply-To."""
        return self.reply_to.rpartition("@")[2]

    @property
    def return_domain(self) -> str:
        """The domain that bounces go to; ``""`` if there is no Return-Path."""
        return self.return_path.rpartition("@")[2]


def derive_facts(fields: Fields, header: Header, context: Context, route: Route) -> MessageFacts:
    """Derive the facts that the checks share."""
    get = fields.values.get
    written = header.from_.address.strip()[:MAX_ADDRESS_CHARACTERS]
    address = written.lower()
    local, _, domain = address.rpartition("@")
    domain = domain.strip(" .>")
    owner = organization(domain)
    found = read_results(fields, route)
    aligned, local_delivery = found.confirms(owner), not route.client
    inside = route.submitted or local_delivery
    return MessageFacts(
        fields,
        header,
        context,
        route,
        found,
        aligned,
        header.from_.name[:MAX_NAME_CHARACTERS],
        address,
        written,
        local,
        domain,
        owner,
        header.subject[:MAX_SUBJECT_CHARACTERS],
        _is_listed(fields) and _is_backed(fields, found, route),
        b"in-reply-to" in fields.values or b"references" in fields.values,
        local_delivery,
        _address(get(b"reply-to", b"")),
        _address(get(b"return-path", b"")),
        tuple(context.addresses) or _receivers(get(b"to", b"")),
        trusted_path=aligned or inside,
        proven=inside or (aligned and not _is_open_to_anybody(domain)),
    )


@lru_cache(maxsize=4096)
def _is_open_to_anybody(domain: str) -> bool:
    return is_free_mail(domain) or is_cheap(domain) or is_throwaway(domain)


def _receivers(to: bytes) -> tuple[str, ...]:
    """Return the first two addresses of To."""
    found = _RECEIVER.findall(to[:512].lower()) if b"@" in to else ()
    return tuple(address.decode("latin-1") for address in found[:2])


def _is_listed(fields: Fields) -> bool:
    """Whether a mailing list distributed it; the fields of a newsletter don't count."""
    values = fields.values
    if not _LISTS.isdisjoint(values):
        return True
    if b"sender" in values:
        sender = values[b"sender"].lower()
        if b"-bounces" in sender or b"owner-" in sender or b"-admin@" in sender:
            return True
    if values.get(b"precedence", b"").lower() == b"list":
        return True
    name = _ANGLE.search(values.get(b"list-id", b""))
    if name is None:
        return False
    address = name[1].lower().replace(b".", b"@", 1)
    return address in values.get(b"to", b"").lower()


def _is_backed(fields: Fields, found: AuthenticationResults, route: Route) -> bool:
    """Whether the list's own domain is verified, if the receiver checked anything.

    Anybody can write the fields of a list, so a check must have passed for its domain, or the
    receiver must have found that name for the host that delivered the message.
    """
    if not found.has_any:
        return True
    values = fields.values
    written = b" ".join(
        values[name]
        for name in (b"list-id", b"list-post", b"x-beenthere", b"sender", b"mailing-list")
        if name in values
    )
    hosts = _HOST.findall(written.lower()[:1024])
    domains = {organization(host.decode("latin-1")) for host in hosts}
    passed = found.signers | ({found.envelope} if found.spf == "pass" else set())
    reverse = route.client.partition("(")[2].partition(" ")[0].rstrip(")")
    return not domains.isdisjoint(passed) or organization(reverse) in domains


def _address(value: bytes) -> str:
    """Return the first address in a field's value, in lower case."""
    if not value:
        return ""
    found = _ANGLE.search(value)
    text = found[1] if found else value.split(b",", 1)[0].strip()
    return text.decode("utf-8", "replace").lower() if b"@" in text else ""
