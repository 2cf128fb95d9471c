"""Replay a recorded session, line by line.

The server was a CommuniGate Pro of 2009 behind a proxy: no CAPA, extra text after the replies to
STAT and the like, UIDL one message ahead of LIST.
"""

from __future__ import annotations

import asyncio

from tests.kit.listener import Listener, received

USER, PASSWORD = "user@nic.ru", "qwerty"
DIGEST = "d0a42277e0dc30b9cbc8295653928dca"
"""MD5 of the greeting's timestamp, brackets included, followed by the password."""
GREETING = b"+OK POP3 Server ready <31226791.1261208975@fcgp01.nicmail.ru>\r\n"
WELCOME = b"+OK 5 messages (868540 bytes) (proxing)\r\n"

HEADER = (
    b"Return-Path: <spammer@example.ru>\r\n"
    b"X-Blacklisted-By: cbl.abuseat.org\r\n"
    b'From: "=?koi8-r?B?48XO1NIg7cnH0sHDyck=?=" <spammer@example.ru>\r\n'
    b"To: user@nic.ru\r\n"
    b"Subject: =?koi8-r?B?SGVsbG8=?=\r\n"
    b"Date: Thu, 17 Dec 2009 18:18:12 +0300\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: multipart/related;\r\n"
    b'\ttype="multipart/alternative";\r\n'
    b'\tboundary="----=_NextPart_000_003C_01CA7F45.01CA7F45"\r\n'
    b"X-Priority: 3\r\n"
    b"X-MSMail-Priority: Normal\r\n"
    b"X-Mailer: Microsoft Outlook Express 6.00.3790.3959\r\n"
    b"X-MimeOLE: Produced By Microsoft MimeOLE V6.00.3790.4325\r\n"
    b"Received-SPF: none\r\n"
    b"X-Spam-Rating: 83.69\r\n"
    b"\r\n"
)
"""The header of message 2, the reply to TOP 2 0."""
OTHER = (
    b"From: colleague@nic.ru\r\nTo: user@nic.ru\r\nSubject: Report\r\n"
    b"Date: Thu, 17 Dec 2009 12:00:00 +0300\r\n\r\n"
)
"""Any other message of the mailbox; the recorded session didn't fetch any."""

EXCHANGES: dict[bytes, bytes] = {
    b"APOP user@nic.ru d0a42277e0dc30b9cbc8295653928dca": WELCOME,
    b"USER user@nic.ru": b"+OK please send the PASS\r\n",
    b"PASS qwerty": WELCOME,
    b"HELP": b"+OK Valid commands: QUIT, NOOP, STAT, LIST, UIDL, DELE, RSET, RETR, ...\r\n",
    b"NOOP": b"+OK cool\r\n",
    b"LAST": b"+OK 5 is last seen\r\n",
    b"UIDL": b"+OK 6 messages\r\n1 3876\r\n2 3877\r\n3 3878\r\n4 3879\r\n5 3880\r\n6 3881\r\n.\r\n",
    b"UIDL 2": b"+OK 2 3877\r\n",
    b"STAT": b"+OK 5 868540\r\n",
    b"LIST": b"+OK 5 messages\r\n1 275368\r\n2 11196\r\n3 153304\r\n4 275367\r\n5 153305\r\n.\r\n",
    b"LIST 2": b"+OK 2 11196\r\n",
    b"TOP 2 0": b"+OK message follows\r\n" + HEADER + b".\r\n",
    b"TOP 2": b"+OK message follows\r\n" + HEADER + b".\r\n",
    b"RETR 2": b"+OK message follows\r\n" + HEADER + b"Hello\r\n.\r\n",
    b"DELE 2": b"+OK marked deleted\r\n",
    b"RSET": b"+OK\r\n",
    b"QUIT": b"+OK CommuniGate Pro POP3 Server connection closed\r\n",
}
"""The recorded replies, by command line."""


class SeedServer(Listener):
    """Answers with ``EXCHANGES``, similarly to other commands, and ``-ERR Go away!`` to a wrong
    login."""

    def __init__(self) -> None:
        super().__init__()
        self.removed: set[int] = set()
        """Numbers of the deleted messages: marked by DELE and confirmed by QUIT."""

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        marked: set[int] = set()
        writer.write(GREETING)
        line = b""
        while line != b"QUIT":
            line = await received(reader)
            _mark(line, marked)
            writer.write(EXCHANGES.get(line) or _other(line))
            await writer.drain()
        self.removed |= marked


def _mark(line: bytes, marked: set[int]) -> None:
    if line == b"RSET":
        marked.clear()
    elif line.startswith(b"DELE ") and line[5:].isdigit():
        marked.add(int(line[5:]))


def _other(line: bytes) -> bytes:
    keyword = line.partition(b" ")[0]
    if keyword in (b"TOP", b"RETR"):
        return b"+OK message follows\r\n" + OTHER + b".\r\n"
    if keyword == b"DELE":
        return b"+OK marked deleted\r\n"
    return b"-ERR Go away!\r\n" if keyword in (b"PASS", b"APOP") else b"-ERR unknown command\r\n"
