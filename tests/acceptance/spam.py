"""Mailboxes in which the receiving server has flagged the spam."""

from __future__ import annotations

from tests.mailbox.watched import make_messages


def spam(number: int, more: str = "") -> bytes:
    """Return a message that its server flagged as spam; ``more`` are header lines."""
    return (
        f"From: Winner {number} <x{number}@spam{number}.example>\r\nTo: me@example.org\r\n"
        f"Subject: you won {number}\r\nMessage-ID: <{number}@spam.example>\r\n"
        f"X-Spam-Flag: YES\r\nX-Spam-Status: Yes, score=9.9 required=5.0\r\n{more}\r\nbody\r\n"
    ).encode()


def mixed(count: int) -> tuple[list[bytes], list[int]]:
    """Return ``count`` messages, every third of them spam, and the numbers of the spam, from 1."""
    ham = make_messages(count)
    spams = range(3, count + 1, 3)
    messages = [spam(at) if at in spams else ham[at - 1] for at in range(1, count + 1)]
    return messages, list(spams)
