"""The pages of the viewer: cards, messages with all their parts, whole headers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from poptui.mail.headers.header import Address, Header
from poptui.mail.headers.view import Field, Hop
from poptui.mail.lines import Line, SpanRole
from poptui.mail.link import Link
from poptui.mail.parsed_message import Body, ParsedMessage, Part, Remark, Severity, body_of
from poptui.mail.plain import plain_body
from poptui.mailbox.entry import MessageEntry
from poptui.triage.spam.score import Reason
from poptui.triage.spam.verdict import Verdict
from poptui.tui.flows.clipboard import takes_clipboard
from poptui.tui.reading.pages import (
    Page,
    TextsInRow,
    card_page,
    header_page,
    part_facts,
    reading_page,
    short_score_lines,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SENT = datetime(2009, 12, 17, 18, 18, 12, tzinfo=timezone(timedelta(hours=3)))
HEADER = Header(Address("Центр Миграции", "spammer@example.ru"), "user@nic.ru", "Hello", SENT)
ENTRY = MessageEntry(2, 11_196, "3877", "uid:3877", header=HEADER)
HOSTILE = "\x1b]52;c;aGk=\x07 \x9b31m \u202egnp [@click=app.quit]x[/nope]"
READING = ParsedMessage(
    header=HEADER,
    cc="carol@example.org",
    bodies=(
        Body(
            body_of("Dear all,\n\n> old words").lines,
            html=True,
            links=(
                Link("bank.example", "https://evil.example/x", "The text names bank.example."),
                Link("ok", "https://ok.example/"),
            ),
            remarks=(Remark("Two pictures are not fetched.", Severity.NOTE),),
        ),
    ),
    attachments=(
        Part(
            "invoice.pdf", "application/pdf", 275_368, "application/x-msdownload", ("A program.",)
        ),
        Part("", "image/png", 9),
    ),
    remarks=(Remark("A boundary never comes."), Remark("It asks for money.", Severity.WARNING)),
)


def texts(page: Page) -> list[str]:
    return [page.document.line(index).text for index in range(len(page.document))]


def read(parsed: ParsedMessage, notes: Iterable[Line] = ()) -> Page:
    return reading_page(ENTRY, parsed, parsed.body, notes, NOW)


def test_a_card_aligns_its_values() -> None:
    assert texts(card_page(ENTRY, (), NOW)) == [
        "Subject  Hello",
        "From     Центр Миграции <spammer@example.ru>",
        "To       user@nic.ru",
        "Date     Thu 17 Dec 2009 15:18 · message 2",
    ]


@pytest.mark.parametrize(
    ("beside", "shown"),
    [
        (TextsInRow(sender=True, subject=True), []),
        (TextsInRow(sender=True), ["Subject  Hello"]),
    ],
)
def test_a_short_card_leaves_out_what_the_row_shows(beside: TextsInRow, shown: list[str]) -> None:
    assert texts(card_page(ENTRY, (), NOW, "", beside)) == [
        "From     spammer@example.ru",
        "To       user@nic.ru",
        "Date     17 Dec 2009 15:18",
        *shown,
    ]


def test_a_short_card_shows_a_name_that_the_row_cuts_and_the_day_of_recent_mail() -> None:
    now = SENT.replace(month=12, day=30)
    shown = texts(card_page(ENTRY, (), now, "", TextsInRow(subject=True)))
    assert shown[0] == "From     Центр Миграции <spammer@example.ru>"
    assert shown[2].startswith("Date     Thu 17 Dec 2009")


def test_a_short_card_names_the_main_reasons_of_a_score_that_the_list_shows() -> None:
    def lines(score: float, count: int, *, newsletter: bool = False) -> list[str]:
        entry = MessageEntry(2, 1, "a", "a", header=Header())
        entry.score, entry.verdict = score, Verdict(newsletter=newsletter)
        reasons = [Reason("some-signal", 1.0, f"Reason {number}") for number in range(count)]
        return [line.text for line in short_score_lines(entry, reasons, 5.0, "i")]

    first = [" +1.0    Reason 0", " +1.0    Reason 1"]
    assert lines(0.9, 2) == lines(2.0, 2, newsletter=True) == []
    assert lines(2.0, 2) == first
    assert lines(2.0, 5) == ["Score    2.0 of 10 · 3 more: i", *first]
    assert lines(6.0, 2, newsletter=True) == ["SPAM     6.0 of 10", *first]


def test_others_have_a_place_under_the_card() -> None:
    note = Line("spam 7.1: the sender names a bank")
    assert texts(card_page(ENTRY, [note], NOW))[4:] == [note.text]
    assert texts(read(READING, [note]))[5] == note.text


def test_a_card_without_header_says_what_is_missing() -> None:
    bare = MessageEntry(7, 1, None, "7")
    assert texts(card_page(bare, (), NOW)) == ["Message 7: its header is not loaded yet."]
    refused = MessageEntry(7, 1, None, "7", problem="This server has no TOP.")
    assert texts(card_page(refused, (), NOW, remedy="r asks again.")) == [
        "Message 7: its header can't be loaded.",
        "This server has no TOP.",
        "r asks again.",
    ]


def test_the_reason_a_text_is_missing_is_shown_above_the_card() -> None:
    shown = texts(card_page(ENTRY, (), NOW, "mail.example.com hung up."))
    assert shown[:2] == ["mail.example.com hung up.", ""]
    assert shown[2:] == texts(card_page(ENTRY, (), NOW))


def test_a_message_shows_all_its_parts_in_their_order() -> None:
    page = read(READING)
    assert texts(page) == [
        "Subject  Hello",
        "From     Центр Миграции <spammer@example.ru>",
        "To       user@nic.ru",
        "Cc       carol@example.org",
        "Date     Thu 17 Dec 2009 15:18  (sent 18:18 +0300) · message 2",
        "- A boundary never comes.",
        "! It asks for money.",
        "- Two pictures are not fetched.",
        "",
        "Dear all,",
        "",
        "> old words",
        "",
        "Links",
        "  [1] https://evil.example/x",
        "      ! The text names bank.example.",
        "  [2] https://ok.example/",
        "",
        "Attachments",
        "   1  invoice.pdf  application/pdf, is application/x-msdownload  275 kB",
        "      ! A program.",
        "   2  (no name)  image/png  9 B",
    ]
    assert page.document.line(page.body).text == "Dear all,"


def test_a_date_from_the_server_is_labelled() -> None:
    undated = MessageEntry(2, 1, "a", "a", header=Header(date=SENT, dated_by_server=True))
    assert "gave no readable date" in texts(card_page(undated, (), NOW))[3]
    absurd = Header(date=SENT, dated_by_server=True, claimed_date=SENT.replace(year=2099))
    shown = texts(card_page(MessageEntry(2, 1, "a", "a", header=absurd), (), NOW))[3]
    assert shown.startswith("Date     Thu 17 Dec 2009 15:18")
    assert "the sender claims 2099-12-17" in shown


def test_links_of_plain_text_are_numbered_where_they_stand_and_not_listed() -> None:
    body = plain_body("See https://ok.example/ and https://b.example/x, both.")
    page = read(ParsedMessage(HEADER, "", (body,)))
    shown = page.document.line(page.body)
    assert shown.text == "See https://ok.example/ [1] and https://b.example/x [2], both."
    assert [(span.link, shown.text[span.start : span.end]) for span in shown.spans] == [
        (1, "https://ok.example/"),
        (1, "[1]"),
        (2, "https://b.example/x"),
        (2, "[2]"),
    ]
    assert "Links" not in texts(page)


def test_the_number_of_an_address_in_brackets_follows_them() -> None:
    page = read(ParsedMessage(HEADER, "", (plain_body("Go to <https://ok.example/>, now."),)))
    shown = page.document.line(page.body)
    assert shown.text == "Go to <https://ok.example/> [1], now."
    assert [shown.text[span.start : span.end] for span in shown.spans] == [
        "https://ok.example/",
        "[1]",
    ]


@pytest.mark.parametrize(
    ("environ", "known"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux"}, False),
        ({"TERM": "alacritty", "TMUX": "socket"}, False),
        ({"TERM": "foot", "STY": "1"}, False),
        ({}, False),
    ],
)
def test_which_terminals_are_known_to_copy(environ: dict[str, str], known: bool) -> None:
    assert takes_clipboard(environ) is known


def test_deceptive_links_of_plain_text_are_listed_with_their_warning() -> None:
    body = plain_body("https://ok.example/\nhttps://bank.example@evil.example/")
    page = read(ParsedMessage(HEADER, "", (body,)))
    assert texts(page)[-5:] == [
        "https://bank.example@evil.example/ [2]!",
        "",
        "Links",
        "  [2] https://bank.example@evil.example/",
        "      ! The text names bank.example, but the link leads to evil.example.",
    ]


def test_a_span_covers_the_text_it_names() -> None:
    document = read(READING).document
    covered = [
        (span.role, span.link, line.text[span.start : span.end])
        for line in map(document.line, range(len(document)))
        for span in line.spans
        if span.role is not SpanRole.LABEL
    ]
    assert (SpanRole.LINK, 1, "[1]") in covered
    assert (SpanRole.WARNING, 0, "! It asks for money.") in covered


def test_a_message_without_text_says_so() -> None:
    assert texts(read(ParsedMessage(HEADER, "", (body_of(" \n\n"),))))[-1] == "(no text)"


def test_the_whole_header_is_shown_above_the_text_with_its_route() -> None:
    hops = [
        Hop("a (1.2.3.4)", "b", "ESMTPS", when=NOW),
        Hop("b", "c", when=NOW + timedelta(seconds=75), delay=timedelta(seconds=75)),
    ]
    fields = [Field("From", "a@b.example"), Field("X-Long-Name-Of-A-Field", "v")]
    page = header_page(fields, hops, READING, READING.body)
    assert texts(page)[:6] == [
        "From:    a@b.example",
        "X-Long-Name-Of-A-Field: v",
        "",
        "Route, the first server first",
        "  1  from a (1.2.3.4) by b  ESMTPS  2026-11-24 12:00:00 +0000",
        "  2  from b by c  2026-11-24 12:01:15 +0000  +75 s",
    ]
    assert page.document.line(page.body).text == "Dear all,"
    assert texts(header_page(fields, [], None, None)) == texts(page)[:2]


def test_nothing_foreign_acts_on_the_terminal() -> None:
    header = Header(Address(HOSTILE, HOSTILE), HOSTILE, HOSTILE)
    parsed = ParsedMessage(
        header=header,
        cc=HOSTILE,
        bodies=(Body((), html=True, links=(Link(HOSTILE, HOSTILE, HOSTILE),)),),
        attachments=(Part(HOSTILE, HOSTILE, 1, HOSTILE, (HOSTILE,)),),
        remarks=(Remark(HOSTILE), Remark(HOSTILE, Severity.WARNING)),
    )
    entry = MessageEntry(1, 1, HOSTILE, HOSTILE, header=header, problem=HOSTILE)
    pages = [
        reading_page(entry, parsed, parsed.body, (), NOW),
        card_page(entry, (), NOW, HOSTILE),
        card_page(MessageEntry(1, 1, HOSTILE, HOSTILE, problem=HOSTILE), (), NOW),
        header_page([Field(HOSTILE, HOSTILE)], [Hop(HOSTILE, HOSTILE)], parsed, parsed.body),
    ]
    found = [line for page in pages for line in texts(page)]
    assert sum("[@click=app.quit]x[/nope]" in line for line in found) >= 20
    assert not set("".join(found)) & set("\x1b\x07\x9b\u202e\n")


def test_both_types_are_shown_where_they_differ() -> None:
    assert part_facts(Part("a", "image/png", 1, "image/png"))[1] == "image/png"
    assert part_facts(Part("a", "", 1, "image/png"))[1] == "image/png"
    assert part_facts(Part("a", "", 1))[1] == "unknown type"
    signed = Part("a", "application/pgp-signature", 1, "application/pgp-encrypted")
    assert part_facts(signed)[1] == "application/pgp-signature"
    assert part_facts(Part("a", "text/plain", 1, "image/png"))[1] == "text/plain, is image/png"
