"""A labelled set of header blocks, wanted and unwanted, as servers send them.

Names are invented or those of known brands. Variations come from a seeded generator, so a number
always stands for the same block.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import Header as EncodedHeader

RECEIVER = "mx.mailhost.example"
OWN = "pat@mailhost.example"


@dataclass
class Draft:
    """The facts of a message; ``block`` turns them into header lines."""

    name: str
    address: str
    subject: str
    checks: str = "pass"
    """``pass``: SPF, DKIM and DMARC pass; ``foreign``: those of a mailing company do; ``none``:
    nothing was published or signed; ``fail``: DMARC failed; ``old``: nothing was checked."""
    host: str = ""
    """The host that delivered it; by default a mail server of the sender's domain."""
    envelope: str = ""
    to: str = f"Pat Doe <{OWN}>"
    message_id: str | None = ""
    """By default an id of the sender's domain; None: the receiver had to add it."""
    extra: list[tuple[str, str]] = field(default_factory=list)
    html: bool = False
    inside: bool = False
    """It never left the receiver's own network."""
    year: int = 2026

    def block(self, rng: random.Random) -> bytes:
        """Return the header lines, each ending in CRLF."""
        domain = self.address.rpartition("@")[2]
        envelope = self.envelope or self.address
        host = self.host or f"mail{rng.randrange(1, 9)}.{domain}"
        net = "192.168.1" if self.inside else "198.51.100"
        address = f"{net}.{rng.randrange(1, 250)}"
        date = f"Tue, {rng.randrange(10, 28)} Mar {self.year} {rng.randrange(10, 23)}:12:31 +0000"
        mark = f"{rng.randrange(16**10):010x}"
        given = self.message_id if self.message_id != "" else f"<{mark}.{rng.random()}@{domain}>"
        lines = [
            f"Return-Path: <{envelope}>",
            f"Received: from {host} ({host} [{address}])\r\n\tby {RECEIVER} (Postfix) "
            f"with ESMTPS id {mark}\r\n\tfor <{OWN}>; {date}",
            *self._results(domain, envelope),
            f"Received: from app ([10.1.2.3]) by {host} with ESMTP id {mark[:6]}; {date}",
            f"Date: {date}",
            f"From: {_mailbox(self.name, self.address)}",
            f"To: {self.to}",
            f"Subject: {_encoded(self.subject)}",
            f"Message-ID: {given or f'<{mark}@{RECEIVER}>'}",
            "MIME-Version: 1.0",
            "Content-Type: " + ("text/html" if self.html else "multipart/alternative"),
            *(f"{name}: {value}" for name, value in self.extra),
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def _results(self, domain: str, envelope: str) -> list[str]:
        sent = envelope.rpartition("@")[2]
        said = {
            "pass": f"spf=pass smtp.mailfrom={sent}; dkim=pass header.d={domain}; "
            f"dmarc=pass header.from={domain}",
            "foreign": f"spf=pass smtp.mailfrom={sent}; dkim=pass header.d={sent}; "
            f"dmarc=none header.from={domain}",
            "none": f"spf=none smtp.mailfrom={sent}; dkim=none; dmarc=none header.from={domain}",
            "fail": f"spf=softfail smtp.mailfrom={sent}; dkim=none; "
            f"dmarc=fail header.from={domain}",
        }.get(self.checks)
        return [f"Authentication-Results: {RECEIVER};\r\n\t{said}"] if said else []


def _encoded(text: str) -> str:
    return text if text.isascii() else EncodedHeader(text, "utf-8", maxlinelen=70).encode()


def _mailbox(name: str, address: str) -> str:
    if not name:
        return address
    quoted = f'"{name}"' if not name.replace(" ", "").isalnum() else name
    return f"{quoted if name.isascii() else _encoded(name)} <{address}>"


def blocks(kinds: dict[str, Draft], rounds: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield ``rounds`` variations of every kind, each with its name."""
    rng = random.Random(seed)
    for number in range(rounds):
        for kind, draft in kinds.items():
            yield f"{kind}-{number}", draft.block(rng)
