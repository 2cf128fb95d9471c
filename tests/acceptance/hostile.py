"""A mailbox that attacks the terminal in every field, and the check that nothing came through.

Each text begins with a word that must be seen on the screen; the rest must have no effect there.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from base64 import b64encode

from poptui.demo.login import DemoAccount
from poptui.demo.session import DemoService, DemoSession, DemoState
from poptui.demo.stored_mailbox import StoredMailbox, StoredMessage
from tests.kit.listener import Listener, received

PAYLOADS: dict[str, str] = {
    "title": "\x1b]0;PWNED\x07",
    "title-st": "\x1b]2;PWNED\x1b\\",
    "link": "\x1b]8;;http://evil.example/\x1b\\x\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;UFdORUQ=\x07",
    "colour": "\x1b[5;35;45m",
    "clear": "\x1b[2J\x1b[3J",
    "place": "\x1b[13;37f",
    "mode": "\x1b[?5h\x1b[?47h",
    "reset": "\x1bc",
    "device": "\x1b[5n\x1b[>0q",
    "dcs": "\x1bPq#0;2;0;0;0\x1b\\",
    "apc": "\x1b_GPWNED\x1b\\",
    "c1": "\x9b5;35;45m\x9d0;PWNED\x9c\x90q\x9c",
    "next-line": "\x85\x84\x8d",
    "rubout": "\x7f\x7f\x7f",
    "back": "\x08\x08\x08",
    "return": "\rPWNED",
    "form": "\x0b\x0c\x0e\x0f\x05",
    "nul": "\x00\x1a",
    "bidi": "\u202e\u2066\u200f\u061c",
    "tag": "\U000e0041\U000e007f",
    "separator": "\u2028\u2029",
    "hidden": "\u200b\u2060\ufeff\u00ad",
    "markup": "[red]x[/red]",
    "click": "[@click=app.quit]x[/]",
    "close": "[/nope]",
}
WORD = {name: f"{number:02}" for number, name in enumerate(PAYLOADS, 1)}
"""Numbers for the payloads: ``S01`` is the subject with the first one, ``F01`` the sender."""

_IN_LINE = ("title", "clipboard", "colour", "c1", "rubout", "bidi", "tag", "markup", "click")
LINE = "".join(PAYLOADS[name] for name in _IN_LINE) + PAYLOADS["close"]
"""Several attacks that together fit on one line."""
RAW_LINE = LINE.encode() + b"\x9b5;35;45m\x9d0;PWNED\x9c"
"""The same as bytes, with C1 controls that are not valid UTF-8."""

_OURS = re.compile(
    rb"\x1b\[[0-9;]*m"  # colours
    rb"|\x1b\[\d*(?:;\d+)?H|\x1b\[\d*[ABCD]|\x1b\[\d+G|\x1bM"  # where to write
    rb"|\x1b\[\d+X|\x1b\[K|\x1b\[J"  # blanks, the rest of a line, of the screen
    rb"|\x1b\[\d*[LM]|\x1b\[(?:\d*;\d+)?r"  # lines that move
    rb"|(?: \x08|  \x08\x08)"  # a blank below a letter whose width is unsure
    rb"|\x1b\[\?(?:7|25|1000|1003|1004|1006|1015|1049|2004|2026)[hl]"
    rb"|\x1b\[\?(?:2026|2048)\$p"
    rb"|\x1b\[>\d+u|\x1b\[<u"  # keyboard
    rb"|\x1b[78]"  # save and restore the cursor
    rb"|\x1b\[2[23];0t"  # save and restore the window's title
    rb"|\x1b\]2;[!-~]+: [\d,]+ messages? - poptui\x07"
    rb"|\x1b\]22;(?:default|pointer|text)\x07"  # the shape of the mouse pointer
)
"""All sequences that the program itself writes."""
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_ALLOWED_CONTROLS = frozenset("\r\n\t")


def assert_harmless(raw: bytes) -> None:
    """Fail if ``raw``, the terminal's whole input, has a sequence that the program doesn't
    write."""
    attacks = {found for text in PAYLOADS.values() for found in _SEQUENCE.findall(text)}
    assert not [attack for attack in attacks if attack.encode() in raw], "an attack came through"
    text = _OURS.sub(b"", raw).decode("utf-8")
    acting = [
        f"{character!a} in {text[max(0, at - 20) : at + 20]!a}"
        for at, character in enumerate(text)
        if _is_active(character)
    ]
    assert not acting, acting[:9]


def _is_active(character: str) -> bool:
    kind = unicodedata.category(character)
    return character not in _ALLOWED_CONTROLS and kind in ("Cc", "Cf", "Cs", "Zl", "Zp", "Cn")


def encoded(text: str) -> str:
    """Return ``text`` as an encoded word, which can put any character into a header."""
    return f"=?utf-8?B?{b64encode(text.encode()).decode()}?="


def subject_message(name: str) -> bytes:
    """A message whose subject and sender carry a payload."""
    word, payload = WORD[name], PAYLOADS[name]
    return (
        f"From: {encoded(f'F{word}{payload}')} <f{word}@example.org>\r\n"
        f"To: {encoded(f'T{word}{payload}')} <me@example.org>\r\n"
        f"Subject: {encoded(f'S{word}{payload}')}\r\n"
        f"Date: Thu, 17 Dec 2009 18:18:12 +0300\r\n\r\nbody\r\n"
    ).encode()


def raw_message() -> bytes:
    """Raw control characters in every header and in an 8-bit body."""
    head = b"".join(
        b"%s: %s %s\r\n" % (field, word, RAW_LINE)
        for field, word in (
            (b"From", b"Fraw"),
            (b"To", b"Traw"),
            (b"Cc", b"Craw"),
            (b"Date", b"Draw"),
            (b"Message-ID", b"Mraw"),
            (b"Subject", b"Sraw"),
        )
    )
    kind = b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n"
    return head + kind + b"Braw " + RAW_LINE + b"\r\n"


def text_message() -> bytes:
    """Every payload on a line of a plain text body."""
    body = "".join(f"B{WORD[name]}{PAYLOADS[name]}\r\n" for name in PAYLOADS)
    return _message("Stext", "Content-Type: text/plain; charset=utf-8", body)


def html_message() -> bytes:
    """Every payload as text and as a link target, raw and as character references."""
    body = "".join(
        f"<p>H{WORD[name]}{payload} R{WORD[name]}{_references(payload)}"
        f'<a href="http://l{WORD[name]}.example/{_references(payload)}">L{payload}</a></p>\r\n'
        for name, payload in PAYLOADS.items()
    )
    kind = "Content-Type: text/html; charset=utf-8"
    return _message("Shtml", kind, f"<title>{_references(LINE)}</title>{body}")


def attachment_message() -> bytes:
    """Every payload in the name of an attachment, and some in its type."""
    parts = "".join(
        f"--b\r\nContent-Type: text/{_type(payload)}\r\nContent-Disposition: attachment;"
        f' filename="{encoded(f"A{WORD[name]}{payload}")}"\r\n\r\nx\r\n'
        for name, payload in PAYLOADS.items()
    )
    return _message("Sparts", "Content-Type: multipart/mixed; boundary=b", f"{parts}--b--\r\n")


def _type(payload: str) -> str:
    return payload.replace("\r", "").replace(";", "")


def _message(subject: str, kind: str, body: str) -> bytes:
    head = f"From: someone@example.org\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n{kind}\r\n\r\n"
    return (head + body).encode()


def _references(text: str) -> str:
    return "".join(f"&#{ord(character)};" for character in text)


MESSAGES = [
    *map(subject_message, PAYLOADS),
    attachment_message(),
    html_message(),
    text_message(),
    raw_message(),
]
"""The subjects first, so that the four others are at the top of the list."""
TOP = len(MESSAGES)


class HostileServer(Listener):
    """Serves ``MESSAGES``; ``answers`` replaces the reply to a line, or to a keyword."""

    def __init__(self, *, greeting: bytes = b"+OK " + RAW_LINE, uids: bool = False) -> None:
        super().__init__()
        self.answers: dict[bytes, bytes] = {b"CAPA": capabilities()}
        self._greeting = greeting
        names = [f"U{at}{LINE if uids else ''}" for at in range(1, TOP + 1)]
        self._mailbox = StoredMailbox(map(StoredMessage, names, MESSAGES))

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = DemoSession(DemoService(self._mailbox, DemoAccount("user", "secret")), b"")
        try:
            writer.write(self._greeting + b"\r\n")
            while session.state is not DemoState.ENDED:
                line = await received(reader)
                writer.write(self._answer(line) or session.answer(line))
                await writer.drain()
                if line == b"QUIT":
                    return
        finally:
            session.close()

    def _answer(self, line: bytes) -> bytes | None:
        return self.answers.get(line) or self.answers.get(line.partition(b" ")[0])


def refused(word: str) -> bytes:
    """Return a refusal that begins with ``word`` and contains an attack."""
    return b"-ERR %s %s\r\n" % (word.encode(), RAW_LINE)


def capabilities() -> bytes:
    """Return a reply to CAPA with an attack in every capability."""
    names = b"TOP UIDL USER PIPELINING RESP-CODES IMPLEMENTATION X".split()
    return b"+OK %s\r\n%s.\r\n" % (
        RAW_LINE,
        b"".join(b"%s\r\n%s %s\r\n" % (name, name, RAW_LINE) for name in names),
    )
