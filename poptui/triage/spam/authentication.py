"""Read the results of SPF, DKIM and DMARC, as the receiver checked them.

Authentication-Results (RFC 8601) count only if the receiver wrote them: with its own name,
above the Received field with which it accepted the message, or right below, where some mail filters
put them. A sender can write such a field too, so receivers must remove those with their own name
(section 5), and a passed check alone counts for little.
"""

from __future__ import annotations

from poptui.patterns import lazy_pattern
from poptui.triage.spam.domains import organization
from poptui.triage.spam.fields import Fields, single_spaced
from poptui.triage.spam.received import Route, owner

_METHOD = lazy_pattern(r"(?:^|[;\s])(spf|dkim|dmarc|compauth)\s?=\s?([a-z]{1,20})")
_DOMAIN = lazy_pattern(r"header\.(?:d|i)\s?=\s?(?:[^\s;@]{0,64}@)?([^\s;@]{1,255})")
_ENVELOPE = lazy_pattern(r"smtp\.(?:mailfrom|helo|mail)\s?=\s?([^\s;]{1,320})")
FAILED = frozenset({"fail", "reject", "quarantine"})
_INCONCLUSIVE = frozenset({"", "none", "neutral", "temperror"})
PASSED = frozenset({"pass", "bestguesspass"})
_STRICT = lazy_pattern(r"\bp=(?:reject|quarantine)|\bpolicy\.\w+=(?:reject|quarantine)")
_INSTANCE = lazy_pattern(r"i=\d{1,3};\s?")


class AuthenticationResults:
    """The results that can be trusted."""

    def __init__(self) -> None:
        self.spf = ""
        self.dkim = ""
        """``pass`` if one signature passed, else the result of the first."""
        self.dmarc = ""
        self.compound = ""
        self.envelope = ""
        """The domain that SPF was checked for."""
        self.signers: set[str] = set()
        """Registered domains whose signatures passed."""
        self.strict = False
        """The domain's DMARC policy is ``reject`` or ``quarantine``."""

    @property
    def complete(self) -> bool:
        """Whether more than SPF was checked; a domain may rely on DKIM alone."""
        return bool(self.dkim or self.dmarc)

    def confirms(self, owner_of_sender: str) -> bool:
        """Whether a check passed for this registered domain."""
        if not owner_of_sender or self.dmarc in FAILED:
            return False
        envelope_fits = self.spf == "pass" and self.envelope == owner_of_sender
        return self.dmarc == "pass" or owner_of_sender in self.signers or envelope_fits

    @property
    def failed(self) -> bool:
        """Whether a check failed, not just for lack of published records."""
        return self.spf not in _INCONCLUSIVE or self.dkim not in _INCONCLUSIVE

    @property
    def passed(self) -> bool:
        """Whether any domain was verified, not necessarily the sender's."""
        return self.spf in PASSED or self.dkim == "pass"

    @property
    def has_any(self) -> bool:
        """Whether the receiver checked anything."""
        return bool(self.spf or self.dkim or self.dmarc)


def read_results(fields: Fields, route: Route) -> AuthenticationResults:
    """Read the receiver's results: Authentication-Results, else ARC, else Received-SPF."""
    found = AuthenticationResults()
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
    """Whether the authserv-id is the receiver's; Outlook.com omits it."""
    name = text.partition(";")[0].split(" ", 1)[0]
    if "=" in name:
        return "outlook.com" in route.inside
    return owner(name) in route.inside or name == route.host


def _read(text: str, found: AuthenticationResults) -> None:
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
            _add_signature(result, part, found)
        elif name == "dmarc":
            found.dmarc = found.dmarc or result
            found.strict |= _STRICT.search(part) is not None
        elif name == "compauth":
            found.compound = found.compound or result


def _add_signature(result: str, part: str, found: AuthenticationResults) -> None:
    if result == "pass" and (signer := _DOMAIN.search(part)):
        found.signers.add(organization(signer[1]))
    if not found.dkim or result == "pass":
        found.dkim = result
