"""Messages crafted to attack or break a mail program; they must have no effect."""

from __future__ import annotations

from datetime import timedelta

from poptui.demo.messages.mime import (
    DraftPart,
    MessageDraft,
    attachment_part,
    encoded_word,
    multipart,
    quoted_printable_part,
    text_part,
)

ESC, CSI, BEL = "\x1b", "\x9b", "\x07"
TAGS = "".join(chr(0xE0000 + ord(character)) for character in "delete all")
"""ASCII text in tag characters, which terminals don't show but programs may read."""


def drafts() -> list[MessageDraft]:
    """Return the messages of this kind."""
    return [
        *_controls(),
        *_markup(),
        *_broken(),
        MessageDraft(
            timedelta(hours=2, minutes=58),
            '"Accounts" <billing@overdue-notice.invalid>',
            "Overdue: invoice 7731",
            _disguised(),
            extra=(("X-Spam-Flag", "YES"),),
        ),
        MessageDraft(
            timedelta(days=8, hours=9, minutes=32),
            "Verbose <verbose@example.net>",
            "This subject does not end " + "and goes on and on " * 500,
            text_part("It did end, after some nine thousand characters."),
        ),
        MessageDraft(
            timedelta(days=9, hours=2, minutes=15),
            "Traveller <tomorrow@example.net>",
            "Greetings from 2099",
            text_part("The ferries still leave on time. Mostly."),
            dated="Wed, 01 Apr 2099 12:00:00 +0000",
        ),
        MessageDraft(
            timedelta(days=10, hours=12, minutes=46),
            "Path Finder <paths@example.net>",
            "An attachment that wants to live elsewhere",
            multipart(
                "mixed",
                [
                    text_part("Please save both."),
                    attachment_part("../../../../home/escape.txt", "text/plain", b"not here"),
                    attachment_part(f"{ESC}[2Jgnp.\u202eexe", "image/png", b"not a picture"),
                ],
            ),
        ),
    ]


def _controls() -> list[MessageDraft]:
    return [
        MessageDraft(
            timedelta(hours=2, minutes=33),
            f"Mallory {ESC}[31;1mred{ESC}[0m <mallory@example.net>",
            f"Your title is mine {ESC}]0;pwned{BEL}{ESC}[2J and so is the screen",
            text_part(
                f"A new title: {ESC}]0;pwned{BEL}\n"
                f"A false link: {ESC}]8;;https://evil.invalid{ESC}\\https://bank.example"
                f"{ESC}]8;;{ESC}\\\n"
                f"Your clipboard: {ESC}]52;c;cm0gLXJmIH4K{BEL}\n"
                f"Eight bits: {CSI}2J{CSI}31m and delete: \x7f\x7f\x7f\n"
                f"A reset: {ESC}c\n"
            ),
        ),
        MessageDraft(
            timedelta(hours=6, minutes=5),
            f'"{encoded_word(f"Encoded{ESC}]0;owned{BEL}")}" <mallory@example.net>',
            encoded_word(f"Hidden {CSI}31m in an encoded word {ESC}[8m"),
            quoted_printable_part(
                f"The same in quoted-printable: {ESC}[2J{ESC}]52;c;bm9wZQ=={BEL}"
            ),
        ),
        MessageDraft(
            timedelta(hours=13, minutes=50),
            encoded_word("moc.elpmaxe@eci\u202ela") + " <mallory@example.net>",
            encoded_word(f"Invoice_\u202efdp.exe \u2066with\u2069 {TAGS}company"),
            text_part(f"Right to left: \u202etxt.exe\u202c\nInvisible: {TAGS}\nZero\u200bwidth"),
        ),
    ]


def _markup() -> list[MessageDraft]:
    return [
        MessageDraft(
            timedelta(hours=3, minutes=31),
            "[red]Mark Upson[/red] <markup@example.net>",
            "[@click=app.quit]click me[/] [bold red]SALE[/nope]",
            text_part("[/nope] [@click=app.quit]quit[/] [link=https://evil.invalid]bank[/link]"),
        ),
        MessageDraft(
            timedelta(days=2, hours=15, minutes=46),
            "Templates <templates@example.net>",
            "{0.__class__} %s %n ${HOME} `id` <script>alert(1)</script>",
            quoted_printable_part(
                '<script>alert(1)</script><p onclick="x()">Only text &amp; nothing else.</p>'
                '<img src="https://tracker.invalid/pixel.gif">'
                '<a href="javascript:alert(1)">https://bank.example</a>',
                subtype="html",
            ),
        ),
    ]


def _broken() -> list[MessageDraft]:
    return [
        MessageDraft(
            timedelta(days=1, hours=9, minutes=19),
            "Half a Mail <half@example.net>",
            "The end of this message never comes",
            multipart(
                "mixed",
                [text_part("The first part."), quoted_printable_part("<p>The second")],
                closed=False,
            ),
        ),
        MessageDraft(
            timedelta(days=3, hours=11, minutes=5),
            "Wrong Boundary <boundary@example.net>",
            "The boundary announced is not the one used",
            DraftPart(
                (("Content-Type", 'multipart/alternative; boundary="expected"'),),
                b"--actual\r\nContent-Type: text/plain\r\n\r\nCan you find me?\r\n--actual--\r\n",
            ),
        ),
        MessageDraft(
            timedelta(days=4, hours=20, minutes=26),
            None,
            None,
            DraftPart((), b"A letter without From, To, Date, or Subject.\r\n"),
            to=None,
            dated=None,
            traced=False,
        ),
        MessageDraft(
            timedelta(days=5, hours=19, minutes=23),
            b"\xff\xfe\x80 <bytes@example.net>",
            b"Bytes of no charset: \x80\x81\xfe\xff=?x-unknown?B?gIGC?= =?utf-8?B?A?=",
            DraftPart(
                (("Content-Type", "text/plain; charset=x-unknown"),), b"\x80\x81\xfe\xff\r\n"
            ),
            dated="yesterday, after tea",
        ),
    ]


def _disguised() -> DraftPart:
    text = text_part("Open the attached invoice at once to avoid legal action.")
    program = b"MZ" + bytes(62) + b"This program cannot be run on a ferry.\r\n" + bytes(400)
    return multipart(
        "mixed", [text, attachment_part("invoice-7731.pdf.exe", "application/pdf", program)]
    )
