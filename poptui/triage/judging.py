"""Judges a message by its header alone."""

from __future__ import annotations

from poptui.mail.header import Header
from poptui.triage.verdict import Context, Verdict


def judge(block: bytes, header: Header, context: Context) -> Verdict:
    """What the header lines of ``block`` give away. Never raises, whatever the octets.

    ``header`` is ``block`` decoded. Takes one pass over the lines.
    """
    return Verdict()
