"""One message as the checks see it: its fields, its route, and what they have in common."""

from __future__ import annotations

import re
from dataclasses import dataclass

from poptui.mail.headers.header import Header
from poptui.triage.spam.domains import organization
from poptui.triage.spam.fields import Fields
from poptui.triage.spam.received import Route
from poptui.triage.spam.verdict import Context

LONGEST_NAME, LONGEST_SUBJECT, LONGEST_ADDRESS = 200, 400, 320
"""Characters that are looked at, so that no pattern meets a text without end."""

_LISTS = frozenset((b"list-post", b"x-beenthere", b"x-mailing-list", b"mailing-list", b"x-loop"))
_ANGLE = re.compile(rb"<([^<>\s]{1,320})>")


@dataclass(slots=True)
class MessageFacts:
    """What the checks ask for again and again."""

    fields: Fields
    header: Header
    context: Context
    route: Route
    name: str
    """The display name of From, decoded."""
    address: str
    written: str
    """The address with its capitals as the sender wrote them."""
    local: str
    domain: str
    owner: str
    """The registered domain of the sender."""
    subject: str
    listed: bool
    """It came through a mailing list, which changes where answers and bounces go."""
    answer: bool
    """It says which message it answers."""
    local_delivery: bool
    """It never left one machine, as the mail of a cron job."""
    reply_to: str
    return_path: str

    @property
    def reply_domain(self) -> str:
        """Where answers go, ``""`` if nothing is said."""
        return self.reply_to.rpartition("@")[2]

    @property
    def return_domain(self) -> str:
        """Where bounces go, ``""`` if nothing is said."""
        return self.return_path.rpartition("@")[2]


def letter_of(fields: Fields, header: Header, context: Context, route: Route) -> MessageFacts:
    """The facts that the checks share."""
    get = fields.values.get
    written = header.from_.address.strip()[:LONGEST_ADDRESS]
    address = written.lower()
    local, _, domain = address.rpartition("@")
    domain = domain.strip(" .>")
    return MessageFacts(
        fields,
        header,
        context,
        route,
        header.from_.name[:LONGEST_NAME],
        address,
        written,
        local,
        domain,
        organization(domain),
        header.subject[:LONGEST_SUBJECT],
        _is_listed(fields),
        b"in-reply-to" in fields.values or b"references" in fields.values,
        not route.client,
        _address(get(b"reply-to", b"")),
        _address(get(b"return-path", b"")),
    )


def _is_listed(fields: Fields) -> bool:
    """Whether a list server passed it on; a newsletter's own marks are no such thing."""
    values = fields.values
    if not _LISTS.isdisjoint(values):
        return True
    if b"sender" in values:
        sender = values[b"sender"].lower()
        if b"-bounces" in sender or b"owner-" in sender or b"-admin@" in sender:
            return True
    return values.get(b"precedence", b"").lower() == b"list"


def _address(value: bytes) -> str:
    """The first address of a value, lower case."""
    if not value:
        return ""
    found = _ANGLE.search(value)
    text = found[1] if found else value.split(b",", 1)[0].strip()
    return text.decode("utf-8", "replace").lower() if b"@" in text else ""
