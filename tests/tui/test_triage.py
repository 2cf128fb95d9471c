"""Acting on many messages by keys: saved filters, tags, groups, previews, senders."""

from __future__ import annotations

import pytest

from poptui.mail.headers.header import Address, Header
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.scoring.scorer import Scorer
from poptui.triage.filters.filter import parse
from poptui.triage.policy.policy import Policy, Rule, RuleAction
from poptui.triage.spam.verdict import Signal, Verdict
from tests.tui.fake_mailbox import NEWEST, FakeMailbox
from tests.tui.kit import AppPilot, app_of, lines, running, shows, text, until

SPAM = Verdict((Signal("server-spam", "X-Spam-Flag: YES"),))


def numbered_message(
    number: int, sender: str, *, spam: bool = False, newsletter: bool = False
) -> MessageEntry:
    header = Header(
        from_=Address("", f"{sender}@example.org"), subject=f"Subject {number}", date=NEWEST
    )
    verdict = SPAM if spam else Verdict((), newsletter)
    uid = f"uid{number}"
    return MessageEntry(number, 1000 * number, uid, uid, header=header, verdict=verdict)


def mail(*rules: Rule) -> FakeMailbox:
    """Return nine messages from three senders: bob's are spam, carl's are newsletters."""
    content = [
        numbered_message(number, sender, spam=sender == "bob", newsletter=sender == "carl")
        for number, sender in zip(range(9, 0, -1), ["ann", "bob", "carl"] * 3, strict=True)
    ]
    scorer = Scorer(Policy(rules=rules))
    scorer.score(content)
    return FakeMailbox(content=content, scorer=scorer)


def protecting(match: str) -> Rule:
    return Rule("mine", parse(match), RuleAction.PROTECT)


def marked(mailbox: FakeMailbox) -> list[int]:
    return [entry.number for entry in mailbox.marked()]


def rows(pilot: AppPilot) -> list[str]:
    """Return the keys of the rows of the list."""
    return [row.key for row in app_of(pilot).mail.panes.messages.rows]


async def wait_for_scores(pilot: AppPilot) -> None:
    await shows(pilot, "3 spam")


async def test_scores_have_a_column_and_a_sign_that_needs_no_colour() -> None:
    async with running(mail()) as pilot:
        await wait_for_scores(pilot)
        signs = [line.split()[3] for line in lines(pilot)[3:5]]
        assert signs == ["!6.0", "nl"]
    async with running(mail(), (40, 10)) as pilot:
        await shows(pilot, "Subject 9")
        signs = [line.rstrip(" ▐")[-1] for line in lines(pilot)[3:5]]
        assert signs == ["!", "n"]


async def test_1_shows_the_spam_and_all_again() -> None:
    async with running(mail()) as pilot:
        await wait_for_scores(pilot)
        await pilot.press("1")
        await shows(pilot, "3 of 9 /is:spam")
        await pilot.press("1")
        await shows(pilot, "9 messages")
        await pilot.press("9")
        await shows(pilot, "There are 6 saved filters")


async def test_the_menu_counts_and_its_keys_apply() -> None:
    async with running(mail()) as pilot:
        await wait_for_scores(pilot)
        await pilot.press("0")
        screen = await shows(pilot, "is:newsletter")
        assert "3   is:newsletter" in screen
        await pilot.press("2")
        await shows(pilot, "3 of 9 /is:newsletter")


async def test_shift_d_marks_all_shown_after_a_yes_and_one_z_undoes_it() -> None:
    mailbox = mail()
    async with running(mailbox) as pilot:
        await wait_for_scores(pilot)
        await pilot.press("1", "D")
        await shows(pilot, "Mark all 3 filtered messages (15 kB)?")
        assert not mailbox.marked()
        await pilot.press("n")
        await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)
        assert not mailbox.marked()
        await pilot.press("D")
        await shows(pilot, "Mark 3 messages")
        await pilot.press("y")
        await until(pilot, lambda: marked(mailbox) == [8, 5, 2])
        await pilot.press("z")
        await until(pilot, lambda: not mailbox.marked())


async def test_enter_in_the_preview_marks_nothing() -> None:
    mailbox = mail()
    async with running(mailbox) as pilot:
        await wait_for_scores(pilot)
        await pilot.press("D")
        await shows(pilot, "Mark all 9 messages")
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)
        assert not mailbox.marked()


async def test_the_preview_names_the_odd_and_the_protected_and_leaves_them_out() -> None:
    mailbox = mail(protecting("uid:uid5"))
    mailbox.content[7].opened = True
    async with running(mailbox) as pilot:
        await wait_for_scores(pilot)
        await pilot.press("1", "D")
        screen = await shows(pilot, "1 looks different from the rest.")
        assert "left out: protected." in screen
        assert "was opened" in screen
        assert "left out: protected" in screen
        await pilot.press("l")
        await until(pilot, lambda: marked(mailbox) == [8])


async def test_d_alone_on_a_protected_message_marks_it_and_says_so() -> None:
    mailbox = mail(protecting("uid:uid9"))
    async with running(mailbox) as pilot:
        await wait_for_scores(pilot)
        assert lines(pilot)[2][1] == "P"
        await pilot.press("d")
        await shows(pilot, "protected from bulk actions")
        assert marked(mailbox) == [9]


async def test_messages_without_a_header_yet_are_not_marked() -> None:
    mailbox = mail()
    for entry in mailbox.content[:4]:
        entry.header = None
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("D")
        await shows(pilot, "4 messages left out:")
        await pilot.press("y")
        await until(pilot, lambda: marked(mailbox) == [5, 4, 3, 2, 1])


async def test_d_and_u_act_on_tagged_messages_and_escape_untags_them() -> None:
    mailbox = mail()
    async with running(mailbox) as pilot:
        await wait_for_scores(pilot)
        await pilot.press("t", "t", "j", "t")
        await shows(pilot, "3 tagged")
        assert [line[1] for line in lines(pilot)[2:6]] == ["+", "+", " ", "+"]
        await pilot.press("d")
        await shows(pilot, "Mark all 3 tagged messages")
        await pilot.press("y")
        await until(pilot, lambda: marked(mailbox) == [9, 8, 6])
        await until(pilot, lambda: "tagged" not in lines(pilot)[0])
        await pilot.press("g", "t", "j", "t", "u")
        await until(pilot, lambda: marked(mailbox) == [8, 6])
        await pilot.press("escape")
        await shows(pilot, "No message is tagged now.")


async def test_s_tags_all_that_is_shown_of_the_sender() -> None:
    mailbox = mail()
    async with running(mailbox) as pilot:
        await wait_for_scores(pilot)
        await pilot.press("j", "s")
        await shows(pilot, "3 messages from bob@example.org tagged")
        assert [entry.number for entry in mailbox.content if entry.tagged] == [8, 5, 2]


async def test_groups_open_close_and_are_marked_as_a_whole() -> None:
    mailbox = mail()
    async with running(mailbox) as pilot:
        await wait_for_scores(pilot)
        await pilot.press("v")
        await shows(pilot, "ann@example.org 3")
        assert len(rows(pilot)) == 3
        shown = await shows(pilot, "In it")
        assert "by sender" in shown
        assert "3 messages (" in shown
        assert "Enter opens and closes it" in shown
        await pilot.press("right")
        await until(pilot, lambda: any(line[1] == "▾" for line in lines(pilot)))
        assert len(rows(pilot)) == 6
        await pilot.press("j", "left")
        await until(pilot, lambda: len(rows(pilot)) == 3)
        assert app_of(pilot).mail.panes.messages.heading is not None
        await pilot.press("enter")
        await until(pilot, lambda: len(rows(pilot)) == 6)
        await pilot.press("enter", "d")
        await shows(pilot, "Mark all 3 messages of this group")
        await pilot.press("y")
        await shows(pilot, "3, 3 marked")
        assert len(mailbox.marked()) == 3
        await pilot.press("v")
        await shows(pilot, "example.org 9")
        await pilot.press("v", "v", "v")
        await shows(pilot, "Subject 9")


async def test_the_cursor_and_what_is_open_stay_while_headers_arrive() -> None:
    mailbox = mail()
    late = mailbox.content[0]
    header, late.header = late.header, None
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 8")
        await pilot.press("v")
        await shows(pilot, "(headers not loaded yet)")
        await pilot.press("g", "right")
        await shows(pilot, "▾")
        before = app_of(pilot).mail.panes.messages.row
        assert before is not None
        late.header = header
        mailbox.load()
        app_of(pilot).mail.list.entries_changed([late])
        await until(pilot, lambda: "(headers not loaded yet)" not in text(pilot))
        now = app_of(pilot).mail.panes.messages.row
        assert now is not None
        assert now.key == before.key
        assert "▾" in text(pilot)


async def test_the_cursor_goes_to_the_group_of_its_message_and_back() -> None:
    async with running(mail()) as pilot:
        await wait_for_scores(pilot)
        messages = app_of(pilot).mail.panes.messages
        await pilot.press("j", "j", "j")
        entry = messages.entry
        assert entry is not None
        for by in ("sender", "domain", "subject", "list"):
            await pilot.press("v")
            await shows(pilot, f"Grouped by {by}")
            await until(pilot, lambda: messages.heading is not None)
            await app_of(pilot).mail.list.arranged()
            assert messages.heading is not None
            assert entry in messages.heading.group.rows
        await pilot.press("v")
        await until(pilot, lambda: messages.entry is entry)


async def test_groups_go_with_filter_and_sort() -> None:
    async with running(mail()) as pilot:
        await wait_for_scores(pilot)
        await pilot.press("v", "1")
        await until(pilot, lambda: len(rows(pilot)) == 1)
        assert rows(pilot) == ["\ngroup sender:bob@example.org"]


async def test_why_shows_the_reasons_and_offers_the_sender_lists() -> None:
    mailbox = mail()
    async with running(mailbox) as pilot:
        await wait_for_scores(pilot)
        await pilot.press("j", "!")
        screen = await shows(pilot, "[server-spam]")
        assert " of 10 · threshold 5" in screen
        await pilot.press("w")
        await shows(pilot, "bob@example.org is a friend now")
        await until(pilot, lambda: "spam" not in lines(pilot)[0])
        await pilot.press("w")
        await shows(pilot, "is no longer a friend")
        await shows(pilot, "3 spam")
        await pilot.press("k", "b")
        await shows(pilot, "ann@example.org is blocked now")
        await shows(pilot, "6 spam")


async def test_the_card_shows_the_score_and_its_strongest_reason() -> None:
    async with running(mail()) as pilot:
        await wait_for_scores(pilot)
        await pilot.press("j")
        await shows(pilot, "X-Spam-Flag: YES")


async def test_copies_are_found_where_the_filter_asks_for_them() -> None:
    mailbox = mail()
    for entry in mailbox.content[:2]:
        entry.header = Header(from_=Address("", "x@example.org"), message_id="<1@x>", date=NEWEST)
    async with running(mailbox) as pilot:
        await shows(pilot, "9 messages")
        await pilot.press("5")
        await shows(pilot, "1 of 9 /is:dup")


async def test_a_key_shows_the_filter_language_while_a_filter_is_typed() -> None:
    async with running(mail()) as pilot:
        await wait_for_scores(pilot)
        await pilot.press("slash")
        await until(pilot, lambda: app_of(pilot).mail.panes.prompt.field.has_focus)
        await pilot.press("f1")
        await shows(pilot, "domain:example.com")
        await pilot.press("escape")
        await until(pilot, lambda: app_of(pilot).mail.panes.prompt.field.has_focus)


@pytest.mark.parametrize(
    ("lacks", "why"),
    [
        ("header", "the header of this message is not here"),
        ("uid", "this message has no UID"),
        ("", "nothing is learned in the demo"),
    ],
)
async def test_why_nothing_was_learned(lacks: str, why: str) -> None:
    mailbox = FakeMailbox()
    if lacks:
        setattr(mailbox.content[0], lacks, None)
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 4")
        await pilot.press("J")
        await shows(pilot, f"Nothing was learned: {why}.")
