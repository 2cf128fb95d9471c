"""Mail from companies and machines: invoices, orders, reports, an invitation, a bounce."""

from __future__ import annotations

from datetime import datetime, timedelta

from poptui.demo.messages.files import meeting, pdf, sunset
from poptui.demo.messages.mime import (
    DraftPart,
    MessageDraft,
    alternative_part,
    attachment_part,
    encoded_word,
    multipart,
    quoted_printable_part,
    text_part,
)


def drafts(now: datetime) -> list[MessageDraft]:
    """Return the messages of this kind; the invitation is for three days after ``now``."""
    return [
        MessageDraft(
            timedelta(minutes=11),
            "Northquay Chandlery <invoices@northquay.example>",
            "Invoice 2026-0417: rope, shackles, one anchor",
            _invoice(),
        ),
        MessageDraft(
            timedelta(hours=1, minutes=18),
            "Watchman <watchman@status.example.net>",
            "[OK] booking.tidewater.example answers again after 4 min",
            text_part(
                """
booking.tidewater.example
  down   4 min 12 s
  cause  connection timed out
  now    200 OK in 143 ms

Up 99.96 % of the last 30 days.
"""
            ),
            extra=(("Auto-Submitted", "auto-generated"),),
        ),
        MessageDraft(
            timedelta(hours=2, minutes=9),
            "Ines Calder <ines@tidewater.example>",
            "Photograph for the new timetable (large!)",
            _photograph(),
        ),
        MessageDraft(
            timedelta(hours=3, minutes=50),
            "Priya Hartwell <priya@tidewater.example>",
            "Invitation: spring rota, last open questions",
            _invitation(now),
        ),
        MessageDraft(
            timedelta(hours=8, minutes=20),
            "Mail Delivery System <MAILER-DAEMON@mail.example.org>",
            "Undelivered Mail Returned to Sender",
            _bounce(),
            extra=(("Auto-Submitted", "auto-replied"),),
        ),
        MessageDraft(
            timedelta(hours=22, minutes=58),
            "Lamp & Lantern <orders@lampandlantern.example>",
            "Order 88213 is on its way",
            quoted_printable_part(_ORDER, subtype="html"),
        ),
        MessageDraft(
            timedelta(days=1, hours=5, minutes=39),
            "Harbour Bank <statements@harbourbank.example>",
            encoded_word("Your statement is ready – nothing to click here", "utf-8", "Q"),
            quoted_printable_part(
                """
Your statement for last month is ready. We never put links into mail:
type our address yourself, as you always do.

Harbour Bank
"""
            ),
            extra=(("Authentication-Results", "mail.example.org; spf=pass; dkim=pass"),),
        ),
        MessageDraft(
            timedelta(days=1, hours=21, minutes=14),
            "cron on boathouse <root@boathouse.example.org>",
            "backup: 214,883 files, 61.2 GB, 0 errors",
            text_part(
                """
started   02:00:01
finished  03:17:44
new       1,204 files, 380 MB
pruned    2 snapshots
check     passed
"""
            ),
            extra=(("Auto-Submitted", "auto-generated"),),
        ),
        MessageDraft(
            timedelta(days=5, hours=11, minutes=54),
            "Hotel Zum Leuchtturm <rezeption@leuchtturm.example>",
            encoded_word("Buchungsbestätigung: 2 Nächte mit Seeblick", "iso-8859-1", "Q"),
            alternative_part(
                "Zwei Nächte, Zimmer 7, Frühstück ab 6 Uhr (wegen der Fähre).",
                "<h2>Buchungsbestätigung</h2><table><tr><td>Zimmer</td><td>7</td></tr>"
                "<tr><td>Nächte</td><td>2</td></tr></table>"
                '<p><a href="https://leuchtturm.example/anreise">So finden Sie uns</a></p>',
            ),
        ),
        MessageDraft(
            timedelta(days=10, hours=3, minutes=24),
            "Jonas Ek <jonas@tidewater.example>",
            "Automatic reply: Ticket machine 4",
            text_part("I am at sea until Monday, in the good sense.\n\nJonas"),
            extra=(("Auto-Submitted", "auto-replied"), ("Precedence", "junk")),
        ),
    ]


def _invoice() -> DraftPart:
    rows = ["40 m  mooring rope          96.00", " 6    shackles, galvanised  27.00"]
    rows += [" 1    anchor, small        118.50", "", "      to pay by the 30th   241.50 EUR"]
    message = quoted_printable_part(
        """
Dear Mr Vale,

please find attached invoice 2026-0417 over 241.50 EUR, payable within
thirty days. The anchor is kept for you at the counter; bring a friend.

Northquay Chandlery
"""
    )
    page = pdf(["Northquay Chandlery", "Invoice 2026-0417", "", *rows])
    return multipart(
        "mixed", [message, attachment_part("invoice-2026-0417.pdf", "application/pdf", page)]
    )


def _photograph() -> DraftPart:
    message = text_part("The one with the sunset. Sorry for the size, the printer insists.\n\nInes")
    picture = attachment_part("kittiwake-at-dusk.png", "image/png", sunset(1000, 750))
    return multipart("mixed", [message, picture])


def _invitation(now: datetime) -> DraftPart:
    starts = (now + timedelta(days=3)).replace(hour=14, minute=0, second=0)
    summary, place = "Spring rota, last open questions", "Upper office, North Quay 3"
    entry = meeting(summary, place, starts, timedelta(minutes=45))
    message = text_part(f"{summary}\n{starts:%d.%m.%Y, %H:%M}\n{place}\n\nBiscuits are promised.")
    return multipart("alternative", [message, text_part(entry, subtype="calendar; method=REQUEST")])


def _bounce() -> DraftPart:
    text = text_part(
        """
This is the mail system at host mail.example.org.

I'm sorry to have to tell you that your message could not be delivered.

<office@skerry-point.invalid>: Host or domain name not found
"""
    )
    report = DraftPart(
        (("Content-Type", "message/delivery-status"),),
        b"Reporting-MTA: dns; mail.example.org\r\n\r\n"
        b"Final-Recipient: rfc822; office@skerry-point.invalid\r\n"
        b"Action: failed\r\nStatus: 5.1.2\r\n",
    )
    returned = DraftPart(
        (("Content-Type", "text/rfc822-headers"),),
        b"From: Robin Vale <demo@example.org>\r\nTo: office@skerry-point.invalid\r\n"
        b"Subject: Pier lights\r\n",
    )
    return multipart("report; report-type=delivery-status", [text, report, returned])


_ORDER = """
<!DOCTYPE html>
<html><head><title>Order 88213</title><style>td { padding: 4px }</style></head>
<body>
<h1>On its way</h1>
<p>Dear Robin Vale, your parcel left our warehouse this morning.</p>
<table>
<tr><th>Article</th><th>Pieces</th><th>Price</th></tr>
<tr><td>Storm lantern, brass</td><td>2</td><td>€ 48.00</td></tr>
<tr><td>Wick, flat, 1 m</td><td>3</td><td>€ 7.50</td></tr>
</table>
<p>Follow it: <a href="https://lampandlantern.example/track/88213">track your parcel</a></p>
<p>Questions? <a href="mailto:orders@lampandlantern.example">Write to us</a>.</p>
</body></html>
"""
