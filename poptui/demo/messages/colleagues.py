"""Personal mail between the staff of a small ferry line: none of it is spam."""

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

INES = "Ines Calder <ines@tidewater.example>"
TOMASZ = "Tomasz Brandt <tomasz@tidewater.example>"
PRIYA = "Priya Hartwell <priya@tidewater.example>"
JONAS = "Jonas Ek <jonas@tidewater.example>"
SIGNATURE = "\n\n-- \nTidewater Ferries · North Quay 3 · https://tidewater.example"


def drafts(now: datetime) -> list[MessageDraft]:
    """Return the messages of this kind; the forwarded one was written a day before ``now``."""
    return [
        MessageDraft(
            timedelta(minutes=52),
            JONAS,
            "Fwd: The noise of the early boat",
            _forward(now),
        ),
        MessageDraft(
            timedelta(minutes=4),
            INES,
            "Lunch on the quay?",
            text_part(
                """
Hi Robin,

the fish van is back on the quay until half past one. Tomasz and I are
going at noon. Shall we keep a place for you?

Ines
"""
            ),
        ),
        MessageDraft(
            timedelta(minutes=38),
            TOMASZ,
            "Re: Ticket machine 4 is asleep again",
            quoted_printable_part(
                """
Robin Vale wrote:
> Ticket machine 4 shows only its clock since the storm. Could you look
> at it when you are on the south pier anyway?

Looked at it. The power supply is fine, but its network cable has been
chewed by something with small teeth. New cable is in, and the cable
now runs through a pipe.

It sold eleven tickets while I watched.

Tomasz"""
                + SIGNATURE
            ),
            extra=(("In-Reply-To", "<ticket-machine-4@mail.example.org>"),),
        ),
        MessageDraft(
            timedelta(hours=3, minutes=12),
            PRIYA,
            "Spring timetable, second draft",
            quoted_printable_part(
                """
Hello all,

the second draft of the spring timetable. What changed since Monday:

  * the 06:40 to Skerry Point leaves at 06:35, so that the school bus waits
  * one more crossing on Saturdays, 21:15, back at 22:05
  * the winter diversion around the sandbank ends on the 1st

Please read it against your own rota until Friday noon. After that it
goes to the printer, and the printer does not do third drafts.

Priya"""
                + SIGNATURE
            ),
            to="crew@tidewater.example",
            extra=(("Cc", "Robin Vale <demo@example.org>"),),
        ),
        MessageDraft(
            timedelta(hours=6, minutes=40),
            JONAS,
            "Keys to the server room",
            text_part(
                """
Robin,

the spare key hangs behind the tide table now, not under the geranium.
The geranium was the first place everybody looked.

Jonas
"""
            ),
        ),
        MessageDraft(
            timedelta(days=1, hours=2, minutes=7),
            INES,
            "Minutes of Tuesday's meeting",
            quoted_printable_part(
                """
Present: Ines, Jonas, Priya, Robin, Tomasz.

1. Old booking system. Switched off on the 30th. Robin keeps a copy of
   its database for two years.
2. Wi-Fi aboard the "Kittiwake". Works at the pier, not beyond the
   lighthouse. We say so on the website instead of promising.
3. Lost property. Fourteen umbrellas, one accordion. The accordion has
   been claimed twice; Jonas asks both to play it.

Next meeting in two weeks, same room, better biscuits.
"""
            ),
            to="crew@tidewater.example",
        ),
        MessageDraft(
            timedelta(days=2, hours=5, minutes=11),
            TOMASZ,
            "How the dots came through",
            text_part(
                """
A test of the new mail gateway. These lines begin with dots on purpose:

.
..
.hidden
... and so on.

If you can read this line, nothing was swallowed.
"""
            ),
        ),
        MessageDraft(
            timedelta(days=2, hours=22, minutes=19),
            PRIYA,
            "Photographer on board on Thursday",
            text_part(
                """
A photographer from the regional paper travels with us on Thursday, the
10:20 and back. She wants the engine room and "somebody pointing at the
horizon". Volunteers for the pointing, please answer to me.

Priya
"""
            ),
        ),
        MessageDraft(
            timedelta(days=4, hours=3, minutes=22),
            JONAS,
            "Re: Re: Fwd: Generator test moved to Sunday",
            quoted_printable_part(
                """
Sunday it is, 07:00, before the first crossing. The lights go out for
about ten seconds. The freezer of the café knows about it.

Jonas

> > > Could we do it when nobody is aboard?
> > There is always somebody aboard.
> Then Sunday.
"""
            ),
        ),
        MessageDraft(
            timedelta(days=6, hours=9, minutes=32),
            INES,
            "Thank you",
            text_part(
                """
For staying until the last boat was in on Saturday. Four hundred people
got home dry and not one of them knows that the booking system was down
for two of those hours. I do.

Ines
"""
            ),
        ),
        MessageDraft(
            timedelta(days=11, hours=1, minutes=26),
            "lighthouse@tidewater.example",
            "fog signal on",
            text_part("visibility 180 m\nwind SW 2\nsignal started automatically"),
        ),
        MessageDraft(
            timedelta(days=15, hours=4, minutes=45),
            TOMASZ,
            "Disk in the backup server",
            text_part(
                """
smartctl does not like disk 2 any more: 14 reallocated sectors on
Monday, 31 today. A new one is ordered and comes with the Wednesday
boat. Until then I sleep badly and the array is fine.

Tomasz
"""
            ),
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
