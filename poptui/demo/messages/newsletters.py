"""Newsletters and mailing lists, each with its List-Id."""

from __future__ import annotations

from datetime import timedelta

from poptui.demo.messages.mime import (
    DraftPart,
    HeaderField,
    MessageDraft,
    alternative_part,
    encoded_word,
    quoted_printable_part,
    text_part,
)


def drafts() -> list[MessageDraft]:
    """Return the messages of this kind."""
    return [
        MessageDraft(
            timedelta(minutes=52),
            "The Slow Boat <letter@slowboat.example>",
            encoded_word(
                "The Slow Boat №112: harbours that freeze, and people who wait", "utf-8", "Q"
            ),
            _issue(
                "The Slow Boat, issue 112",
                "This week we sit in three harbours until the ice lets us out. "
                "Bring a thermos and something to read.",
                "https://slowboat.example/112",
            ),
            extra=_list("The Slow Boat", "letter.slowboat.example"),
        ),
        MessageDraft(
            timedelta(hours=5, minutes=30),
            "Rack & Cable Weekly <news@rackandcable.example>",
            "What we learned from 400 power cuts",
            _issue(
                "Rack & Cable Weekly",
                "Four hundred power cuts, one spreadsheet, three surprises: most outages are "
                "short, most damage is done when power returns, and nobody labels the plugs.",
                "https://rackandcable.example/power-cuts",
            ),
            extra=_list("Rack and Cable Weekly", "weekly.rackandcable.example"),
        ),
        MessageDraft(
            timedelta(hours=7, minutes=55),
            "Mara Quill <mara@quill.example>",
            "[mailserver] Re: Greylisting in 2026, still worth it?",
            text_part(
                """
On Tuesday, Ferris Odum wrote:
> Does greylisting still buy anything, or are we only annoying people
> who reset passwords?

Measured it for a month: it keeps out about a fifth of what the block
lists miss, and delays one honest letter in ninety. We kept it, with the
big senders exempt.

Mara
_______________________________________________
mailserver mailing list
https://lists.example.net/mailserver
"""
            ),
            to="mailserver@lists.example.net",
            extra=_list("Running mail servers", "mailserver.lists.example.net"),
        ),
        MessageDraft(
            timedelta(hours=16, minutes=23),
            "Ferris Odum <ferris@odum.example>",
            "[mailserver] Greylisting in 2026, still worth it?",
            text_part(
                """
Does greylisting still buy anything, or are we only annoying people
who reset passwords?

Ferris
"""
            ),
            to="mailserver@lists.example.net",
            extra=_list("Running mail servers", "mailserver.lists.example.net"),
        ),
        MessageDraft(
            timedelta(days=1, hours=14, minutes=40),
            "Kettle & Crane <hello@kettleandcrane.example>",
            encoded_word("Your tea is lonely: 20 % off until Sunday ☕"),
            _issue(
                "Kettle & Crane",
                "Twenty per cent off everything that whistles. The code is STEAM.",
                "https://kettleandcrane.example/steam",
            ),
            extra=_list("Kettle & Crane offers", "offers.kettleandcrane.example"),
        ),
        MessageDraft(
            timedelta(days=4, hours=18, minutes=50),
            "Open Data Portal <noreply@opendata.example>",
            "Weekly digest: 3 data sets you follow have changed",
            quoted_printable_part(
                """
tide-gauges-north      12,418 new rows
ferry-punctuality       1 column renamed: "delay" is now "delay_minutes"
lighthouse-inventory    2 corrections

You get this letter because you follow these data sets.
"""
            ),
            extra=_list("Open Data digest", "digest.opendata.example"),
        ),
        MessageDraft(
            timedelta(days=8, hours=2, minutes=43),
            "The Slow Boat <letter@slowboat.example>",
            encoded_word("The Slow Boat №111: a timetable is a kind of promise", "utf-8", "Q"),
            _issue(
                "The Slow Boat, issue 111",
                "Why the best timetables are the ones nobody reads twice.",
                "https://slowboat.example/111",
            ),
            extra=_list("The Slow Boat", "letter.slowboat.example"),
        ),
        MessageDraft(
            timedelta(days=12, hours=6, minutes=18),
            "Rack & Cable Weekly <news@rackandcable.example>",
            "The quietest fan we ever measured",
            _issue(
                "Rack & Cable Weekly",
                "It was switched off. The second quietest is more useful to know about.",
                "https://rackandcable.example/fans",
            ),
            extra=_list("Rack and Cable Weekly", "weekly.rackandcable.example"),
        ),
    ]


def _list(name: str, identity: str) -> tuple[HeaderField, ...]:
    host = identity.partition(".")[2]
    return (
        ("List-Id", f"{name} <{identity}>"),
        ("List-Unsubscribe", f"<https://{host}/unsubscribe>, <mailto:leave@{host}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Precedence", "bulk"),
    )


def _issue(title: str, teaser: str, link: str) -> DraftPart:
    title_markup = title.replace("&", "&amp;")
    plain = f"{title}\n\n{teaser}\n\nRead on: {link}\n\nNo more of this: {link}/unsubscribe"
    markup = f"""
<html><head><style>h1 {{ font-family: serif }}</style></head><body>
<h1>{title_markup}</h1>
<p>{teaser}</p>
<p><a href="{link}">Read on</a></p>
<hr><p><small><a href="{link}/unsubscribe">No more of this</a></small></p>
<img src="{link}/seen.gif" width="1" height="1" alt="">
</body></html>
"""
    return alternative_part(plain, markup)
