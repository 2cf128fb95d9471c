"""Parse a message in the process of the test, without the limits of the worker."""

from __future__ import annotations

from poptui.mail.mime.structure import Octets
from poptui.mail.parsed_message import ParsedMessage
from poptui.mail.reader.parse import parse_stages


def parse_here(raw: Octets, *, complete: bool = True) -> ParsedMessage:
    """Return the final result, however long it takes."""
    *_, last = parse_stages(raw, complete=complete)
    return last
