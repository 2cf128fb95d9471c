"""Check route, date, Message-ID, mail program and recipients."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from poptui.mail.headers.dates import decode_date
from poptui.patterns import lazy_pattern
from poptui.triage.spam.domains import is_free_mail, is_possible, organization
from poptui.triage.spam.message_facts import MessageFacts
from poptui.triage.spam.received import client_names, owner
from poptui.triage.spam.sender import sent_by_site
from poptui.triage.spam.verdict import Signal

_DYNAMIC = lazy_pattern(
    r"(?:^|[.-])(?:dyn|dynamic|dsl|adsl|cable|dial|dialup|dhcp|ppp|pool|broadband|customer|cust|"
    r"static|vps|vm|ip|ec2|openstacklocal)\d*(?:[.-]|$)|\d{1,3}[.-]\d{1,3}[.-]\d{1,3}[.-]\d{1,3}"
)
_ORIGIN = lazy_pattern(
    r"from (?:win-[a-z0-9]{8,}|desktop-[a-z0-9]{6,}|ubuntu-|vps|server\d|user\b"
    r"|\[?127\.0\.0\.1\]? \([^)]{0,80}\[?(?!127\.|10\.|192\.168)\d)"
)
MAX_ORIGIN_BYTES = 200
"""Maximum bytes of the first hop that are searched for the name of the computer."""
_GREETING_ADDRESS = lazy_pattern(r"\[?\d{1,3}(?:\.\d{1,3}){3}\]?(?:\s|$)")
_SCRIPTS = lazy_pattern(
    rb"php ?mailer|\bphp/|swiftmailer|leaf ?mailer|php$|pyth|perl|custom mailer|node ?mailer|smtp"
    rb"|cdo for win|mime-tools"
)
_OLD_PROGRAM = lazy_pattern(rb"outlook express|microsoft outlook,? build|mimeole v[56]|the bat!")
_OBSOLETE_FROM_YEAR = 2012
"""From this year on, a message that names an old mail program is probably forged."""
_RANDOM_MAILER = lazy_pattern(rb"[a-z0-9]{4,}(?: ?[a-z0-9]{4,})?")
_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_ZONELESS = lazy_pattern(rb"\d:\d\d(?: [AaPp][Mm])?$")
_EARLY, _LATE = timedelta(days=-4), timedelta(hours=26)
MANY_RECIPIENTS = 10
"""A message with this many recipients is probably bulk mail."""
_OUTLOOK_FORGED = lazy_pattern(
    rb"(?![0-9a-f]{4,8}01[cd][0-9a-f]{5}\$)[0-9a-f]{8,16}\$[0-9a-f]{8}\$[0-9a-f]{8}@"
)
"""A Message-ID that imitates Outlook's, but without the time in its first part."""
_MESSAGE_ID = lazy_pattern(rb"<?([^<>\s]{1,500})>?$")


def _client_signals(facts: MessageFacts) -> Iterator[Signal]:
    """Check the host that delivered the message to the receiver: a mail server has its own name.

    If the sender's domain is verified, the host doesn't have to look like a mail server.
    """
    client = facts.route.client
    if not client or facts.is_from_list or facts.trusted_path:
        return
    names = client_names(client)
    if len(facts.fields.hops) - facts.route.boundary == 1:
        yield Signal("sent-directly", client)
    if _GREETING_ADDRESS.match(client):
        yield Signal("greets-with-address", client)
    elif not is_possible(client.partition(" ")[0]):
        yield Signal("greets-without-domain", client)
    if not names:
        yield Signal("client-without-name", client)
    elif "(unknown [" in client or "unverified" in client:
        yield Signal("client-unverified", client)
    elif len(names) > 1 and owner(names[0]) != owner(names[1]):
        yield Signal("greets-with-other-name", client)
    if names and _is_home_or_rented(names[-1]):
        yield Signal("client-dynamic", names[-1])


@lru_cache(maxsize=4096)
def _is_home_or_rented(host: str) -> bool:
    """Whether the host has a provider's generic name for home lines or rented servers."""
    return _DYNAMIC.search(host) is not None


def _origin_signals(facts: MessageFacts) -> Iterator[Signal]:
    """Check the computer that the message was written on."""
    hops = facts.fields.hops
    if len(hops) < 2 or facts.is_from_list or facts.aligned:
        return
    origin = hops[-1][:MAX_ORIGIN_BYTES].decode("latin-1").lower()
    if _ORIGIN.match(origin) or "helo=[127.0.0.1" in origin or "helo=127.0.0.1" in origin:
        yield Signal("origin-odd", origin)


def _identity_signals(facts: MessageFacts) -> Iterator[Signal]:
    """Check the Message-ID, which mail programs usually make in the sender's domain."""
    value = facts.fields.values.get(b"message-id", b"")
    found = _MESSAGE_ID.match(value)
    if facts.route.submitted or facts.local_delivery:
        return
    if not found:
        if facts.fields.hops and not (facts.aligned or facts.bounce):
            yield Signal("no-message-id")
        return
    if _OUTLOOK_FORGED.match(found[1]) and not facts.aligned:
        yield Signal("message-id-forged", value.decode("latin-1"))
    domain = found[1].rpartition(b"@")[2].decode("latin-1").lower()
    if b"@" not in found[1] or not is_possible(domain):
        if not facts.aligned:
            yield Signal("message-id-odd", value.decode("latin-1"))
    elif facts.route.client and owner(domain) in facts.route.inside:
        if owner(domain) != owner(facts.domain):
            yield Signal("message-id-added", domain)
    elif facts.is_from_list or facts.aligned or facts.authentication.passed:
        pass
    elif organization(domain) != facts.owner:
        yield Signal("message-id-elsewhere", domain)


def _date_signals(facts: MessageFacts) -> Iterator[Signal]:
    """Compare Date with the receiver's clock, never with ours: old mail isn't spam."""
    written = facts.fields.values.get(b"date", b"")
    if facts.header.sent is None:
        if not written:
            yield Signal("no-date")
        else:
            yield Signal("date-unreadable", written.decode("latin-1"))
        return
    if _ZONELESS.search(written):
        yield Signal("date-without-zone", written.decode("latin-1"))
    hops = facts.fields.hops[:4]
    if not hops or _same_day(facts.header.sent, hops[0]):
        return
    arrived = next((found for hop in hops if (found := _hop_date(hop)) is not None), None)
    if arrived is None:
        return
    ahead = facts.header.sent - arrived
    if ahead > _LATE:
        yield Signal("date-in-future", str(facts.header.sent))
    elif ahead < _EARLY:
        yield Signal("date-in-past", str(facts.header.sent))


def _same_day(date: datetime, hop: bytes) -> bool:
    """Whether ``hop`` names the day of ``date``; most do, so their time needn't be parsed."""
    return b"%d %s %d" % (date.day, _MONTHS[date.month - 1], date.year) in hop


def _hop_date(hop: bytes) -> datetime | None:
    return decode_date(hop.rpartition(b";")[2].decode("latin-1").strip())


def _receiver_signals(facts: MessageFacts) -> Iterator[Signal]:
    """Check the recipients; hidden recipients are reported once."""
    values = facts.fields.values
    to = values.get(b"to", b"").decode("utf-8", "replace").lower()
    if facts.is_from_list or facts.local_delivery:
        return
    if not to and b"cc" not in values:
        yield Signal("no-receiver")
        return
    if "undisclosed" in to or "recipients:" in to:
        yield Signal("undisclosed", to)
        if is_free_mail(facts.domain) and not facts.aligned:
            yield Signal("free-mail-to-many", facts.address)
        return
    if facts.address and facts.address in to:
        if not facts.route.submitted:
            yield Signal("to-self", facts.address)
        return
    if to.count("@") >= MANY_RECIPIENTS:
        yield Signal("many-receivers", to)
    own = facts.context.addresses
    if own:
        cc = values[b"cc"].decode("utf-8", "replace").lower() if b"cc" in values else ""
        if not any(address in to or address in cc for address in own):
            yield Signal("not-to-you", to)


def _program_signals(facts: MessageFacts) -> Iterator[Signal]:
    values = facts.fields.values
    mailer = (values.get(b"x-mailer") or values.get(b"user-agent", b"")).lower()
    if sent_by_site(facts):
        yield Signal("sent-by-script", "PHP", 0.4)
    elif facts.fields.hops and b"gmailapi.google.com" in facts.fields.hops[-1]:
        yield Signal("sent-by-script", "gmailapi")
    elif not mailer:
        pass
    elif _SCRIPTS.search(mailer):
        yield Signal("sent-by-script", mailer.decode("latin-1"))
    elif _OLD_PROGRAM.search(mailer) and _is_recent(facts):
        yield Signal("program-of-old", mailer.decode("latin-1"))
    elif _RANDOM_MAILER.fullmatch(mailer) and any(c in b"0123456789" for c in mailer):
        yield Signal("program-made-up", mailer.decode("latin-1"))
    if values.get(b"x-priority", b"")[:1] in (b"1", b"2") or values.get(b"importance") == b"high":
        yield Signal("marked-urgent")


def _is_recent(facts: MessageFacts) -> bool:
    return facts.header.sent is not None and facts.header.sent.year >= _OBSOLETE_FROM_YEAR


def _form_signals(facts: MessageFacts) -> Iterator[Signal]:
    values = facts.fields.values
    content = values.get(b"content-type", b"").lower()
    if content.startswith(b"text/html") and not facts.is_from_list:
        expected = facts.trusted_path or sent_by_site(facts)
        yield Signal("html-alone", "", 0.5 if expected else 1.0)
    for name, text in ((b"subject", facts.subject), (b"from", facts.name)):
        raw = values.get(name, b"")
        if b"=?" in raw and text.isascii() and text:
            yield Signal("encoded-for-nothing", text)
            return


_FINDERS = (
    _client_signals,
    _origin_signals,
    _identity_signals,
    _date_signals,
    _receiver_signals,
    _program_signals,
    _form_signals,
)


def transport_signals(facts: MessageFacts) -> list[Signal]:
    """Find the signals of fields that mail programs don't show."""
    return [signal for find in _FINDERS for signal in find(facts)]
