"""The header views: main fields, all fields and the Received chain."""

from __future__ import annotations

import pytest

from poptui.mail.headers.view import Field, all_fields, received_chain, short_fields

CHAIN = b"""Received: from mx.example.net (mx.example.net [192.0.2.1] by chance)
\tby mail.example.org with ESMTPS id 4 for <me@example.org>; Thu, 17 Dec 2009 18:18:22 +0300
Received: from laptop by mx.example.net with ESMTP; Thu, 17 Dec 2009 18:18:12 +0300
Subject: Hello
"""


def test_the_received_chain_starts_with_the_first_server() -> None:
    first, second = received_chain(CHAIN)
    assert (first.from_, first.by, first.protocol) == ("laptop", "mx.example.net", "ESMTP")
    assert second.by == "mail.example.org"
    assert second.delay is not None
    assert second.delay.total_seconds() == 10


@pytest.mark.parametrize(
    "value", [b"", b";", b"nothing that is known", b"(by nobody)", b"; yesterday", b"from", b"\xff"]
)
def test_an_empty_received_field_still_counts_as_a_hop(value: bytes) -> None:
    (hop,) = received_chain(b"Received: " + value + b"\r\nSubject: x\r\n")
    assert (hop.from_, hop.by) == ("", "")


def test_short_fields_include_a_different_sender_or_reply_to() -> None:
    block = (
        b"From: a@b.example\nReply-To: c@d.example\nSender: A <A@b.example>\nSubject: x\nX-Y: z\n"
    )
    assert [field.name for field in short_fields(block)] == ["From", "Reply-To", "Subject"]
    assert Field("X-Y", "z") in all_fields(block)
