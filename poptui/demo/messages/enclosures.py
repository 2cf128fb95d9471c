"""Messages with dangerous or nested content: a forwarded message, a program named as an invoice."""

from __future__ import annotations

from datetime import datetime, timedelta

from poptui.demo.messages.files import pdf
from poptui.demo.messages.mime import (
    DraftPart,
    MessageDraft,
    attachment_part,
    message_part,
    multipart,
    quoted_printable_part,
    text_part,
)


def drafts(now: datetime) -> list[MessageDraft]:
    """Return the messages of this kind; the forwarded one was written a day before ``now``."""
    return [
        MessageDraft(
            timedelta(minutes=52),
            "Jonas Ek <jonas@tidewater.example>",
            "Fwd: The noise of the early boat",
            _forward(now),
        ),
        MessageDraft(
            timedelta(hours=2, minutes=58),
            '"Accounts" <billing@overdue-notice.invalid>',
            "Overdue: invoice 7731",
            _disguised(),
            extra=(("X-Spam-Flag", "YES"),),
        ),
    ]


def _forward(now: datetime) -> DraftPart:
    complaint = MessageDraft(
        timedelta(days=1),
        "Harbour Office <office@northquay.example>",
        "The noise of the early boat",
        multipart(
            "mixed",
            [
                quoted_printable_part(
                    "Dear Mr Ek,\n\nthree neighbours write that the 5:40 boat sounds its horn "
                    "twice.\nOnce is the rule, see https://northquay.example/horns\n\n"
                    "-- \nHarbour Office"
                ),
                attachment_part("log.pdf", "application/pdf", pdf(["05:40  horn", "05:40  horn"])),
            ],
        ),
        to="jonas@tidewater.example",
    )
    text = text_part("Robin, can you talk to Tomasz? The horn, again.\n\nJonas")
    return multipart("mixed", [text, message_part(complaint, now)])


def _disguised() -> DraftPart:
    text = text_part("Open the attached invoice at once to avoid legal action.")
    program = b"MZ" + bytes(62) + b"This program cannot be run on a ferry.\r\n" + bytes(400)
    return multipart(
        "mixed", [text, attachment_part("invoice-7731.pdf.exe", "application/pdf", program)]
    )
