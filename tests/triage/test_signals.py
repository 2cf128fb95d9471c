"""Every signal: a header that shows it, and one that nearly does."""

from __future__ import annotations

import pytest

from poptui.triage.spam.hints import ALONE
from poptui.triage.spam.score import Weights
from poptui.triage.spam.signals import SIGNALS
from poptui.triage.spam.verdict import Verdict
from tests.triage.heads import ORDINARY, PAT, RESULTS, block, judged, names, signal

Changes = dict[str, str | None]
Case = tuple[str, Changes, Changes]

_NOT_FROM_HEADERS = {"friend", "blocked", "rule", "learned", "answer-to-you"}
"""Signals that come from the user or the learned model."""

_HOP = ORDINARY["Received"]
_UNDISCLOSED: Changes = {"To": "undisclosed-recipients:;"}
_GMAIL: Changes = {"From": "Ann <ann.roe@gmail.com>", "Message-ID": "<1@mail.gmail.com>"}
_SUSPENDED: Changes = {"Subject": "Your account suspended: verify your wallet"}
_LIST: dict[str, str | None] = {
    "List-Id": "Gardeners <gardeners.example.org>",
    "List-Post": "<mailto:gardeners@example.org>",
    "X-BeenThere": "gardeners@example.org",
}


def _results(results: str) -> Changes:
    return {"Authentication-Results": f"mx.mailhost.example; {results}"}


def _from(text: str) -> Changes:
    return {"From": text}


def _subject(text: str) -> Changes:
    return {"Subject": text}


def _hop(client: str) -> Changes:
    return {"Received": _HOP.replace("mail.roe.example (mail.roe.example [198.51.100.7])", client)}


CASES: list[Case] = [
    ("server-spam", {"X-Spam-Flag": "YES"}, {"X-Spam-Flag": "NO"}),
    ("server-suspects", {"X-Spam-Score": "3.1"}, {"X-Spam-Score": "0.3"}),
    ("blocklisted", {"X-Blacklisted-By": "zen.example"}, {"X-Blacklisted-By": "none"}),
    ("virus", {"X-Virus-Status": "Infected (Eicar)"}, {"X-Virus-Status": "Not infected"}),
    (
        "authenticated",
        _results("dkim=pass header.d=mail.roe.example"),
        _results("dkim=pass header.d=roe.example.net"),
    ),
    (
        "unauthenticated",
        _results("spf=none; dkim=none; dmarc=none"),
        _results("spf=neutral smtp.mailfrom=roe.example"),
    ),
    (
        "foreign-signature",
        _results("spf=pass smtp.mailfrom=mailer.example; dkim=none"),
        _results("spf=pass smtp.mailfrom=news.roe.example; dkim=none"),
    ),
    ("dmarc-fail", _results("dmarc=fail header.from=roe.example"), _results("dmarc=none")),
    ("spf-fail", _results("spf=fail smtp.mailfrom=x.example"), _results("spf=softfail")),
    ("spf-softfail", _results("spf=softfail"), _results("spf=fail")),
    ("brand-elsewhere", _from("PayPal <a@roe.example>"), _from("PayPal <a@mail.paypal.de>")),
    ("brand-elsewhere", _from("p a y p a l <a@roe.example>"), _from("p a y p o l <a@roe.example>")),
    ("brand-elsewhere", _from("Ϲoіոbаѕе <a@roe.example>"), _from("Ϲoіոbаѕе <a@coinbase.com>")),
    ("brand-lookalike", _from("PayPaI <a@roe.example>"), _from("Paypai <a@paypal.com>")),
    (
        "brand-in-domain",
        _from("A <a@paypal-login.example>") | _SUSPENDED,
        _from("A <a@paypal-login.example>"),
    ),
    (
        "brand-in-domain",
        _from("A <a@apple-support.io>") | _SUSPENDED,
        _from("A <a@apple-orchard.io>") | _SUSPENDED,
    ),
    ("name-is-yours", _from("mailhost.example HR <a@roe.example>"), _from("HR <a@roe.example>")),
    (
        "free-mail-elsewhere",
        _from("A <a@yahoo.com>"),
        _from("A <a@yahoo.com>")
        | _hop("sonic.mail.yahoo.com (sonic.mail.yahoo.com [198.51.100.7])"),
    ),
    (
        "business-at-free-mail",
        _from("A <a@gmail.com>") | _SUSPENDED,
        _from("A <a@roe.example>") | _SUSPENDED,
    ),
    ("private-domain", _from("A <a@printer.lan>"), _from("A <a@lan.example>")),
    ("deep-domain", _from("A <a@x.y.z.k.q.example>"), _from("A <a@mail.news.roe.example>")),
    (
        "reply-to-visitor",
        {"Reply-To": "kim@gmail.com", "X-PHP-Script": "roe.example/contact.php"},
        {"Reply-To": "kim@gmail.com"},
    ),
    ("subject-phone", _subject("Order 12: call +1 (888) 555-0134"), _subject("Call me at 12:30")),
    ("subject-advert", _subject("ADV: roofs"), _subject("Advent: roofs")),
    (
        "shared-by-person",
        _subject('Ann Roe shared "Plan.pdf" with you'),
        _subject("The house we shared"),
    ),
    ("talk-inheritance", _subject("Inheritance from my late husband"), _subject("Late bus")),
    ("talk-extortion", _subject("I have access to your device"), _subject("Access to the roof")),
    ("talk-workplace", _subject("Scan QR to sign"), _subject("Scanned photos")),
    ("talk-services", _subject("First page of Google"), _subject("The first pages of the book")),
    ("talk-job", _subject("Part time job offer"), _subject("Part of the time")),
    ("talk-authority", _subject("Court notice"), _subject("Tennis courts")),
    (
        "client-unverified",
        _hop("a.example (unknown [198.51.100.7])"),
        _hop("a.example ([1.2.3.4])"),
    ),
    (
        "message-id-forged",
        {"Message-ID": "<000018e94cd4$0000220a$000063aa@roe.example>"},
        {"Message-ID": "<000101db3fdb$04c8b7a0$9f3e2d1c@roe.example>"},
    ),
    ("date-without-zone", {"Date": "24 Mar 2026 10:12:28"}, {}),
    ("name-lookalike", _from("Аnn Rое <a@roe.example>"), _from("Анна <a@roe.example>")),
    ("name-hidden", _from("A\u200bnn <a@roe.example>"), _from("Ünn <a@roe.example>")),
    (
        "name-is-address",
        _from('"info@bank.example" <a@roe.example>'),
        _from('"info@mail.roe.example" <a@roe.example>'),
    ),
    ("name-odd", _from('"Winner ,_" <a@roe.example>'), _from('"Roe, Ann (UK)" <a@roe.example>')),
    ("name-talks", _from("Bonus Casino <a@roe.example>"), _from("Bonny Cashmere <a@roe.example>")),
    ("name-number", _from("Fax 4471123 <a@roe.example>"), _from("Studio 54 <a@roe.example>")),
    (
        "name-emoji",
        _from("Ann 🌻 <a@roe.example>"),
        _from("Ann ☩é <a@roe.example>".replace("☩", "")),
    ),
    (
        "office-at-free-mail",
        _from("Account Team <a@gmail.com>"),
        _from("Account Team <a@roe.example>"),
    ),
    ("impossible-domain", _from("A <a@bank>"), _from("A <a@bank.example>")),
    (
        "throwaway-domain",
        _from("A <a@x-1.firebaseapp.com>"),
        _from("A <a@firebase.google.com>"),
    ),
    ("foreign-letters-domain", _from("A <a@xn--80ak6aa92e.com>"), _from("A <a@xn--mller-kva.de>")),
    ("cheap-domain", _from("A <a@roe.icu>"), _from("A <a@icu.example>")),
    ("made-up-domain", _from("A <a@x7k2qv9wq.example>"), _from("A <a@mindspring.example>")),
    ("made-up-address", _from("A <mWpRIpD@roe.example>"), _from("A <JohnMcRoe@roe.example>")),
    (
        "made-up-list",
        _LIST | {"X-BeenThere": "dfgjhkgftdghj@kinder.example"},
        _LIST | {"X-BeenThere": "rpm-list@freshrpms.example"},
    ),
    ("numbered-address", _from("A <ann44712@roe.example>"), _from("A <ann87@roe.example>")),
    ("domain-odd-case", _from("A <a@RoeShopPing.example>"), _from("A <a@ROE.EXAMPLE>")),
    ("no-sender", _from("Ann"), _from("<a@roe.example>")),
    ("reply-to-free-mail", {"Reply-To": "a@gmail.com"}, _GMAIL | {"Reply-To": "b@gmail.com"}),
    ("reply-elsewhere", {"Reply-To": "a@poe.example"}, {"Reply-To": "a@mail.roe.example"}),
    (
        "reply-elsewhere",
        {"Reply-To": "a@poe.example", "To": "b@poe.example"},
        {"Reply-To": "List <A@poe.example>", "To": "A list <a@Poe.example>, b@roe.example"},
    ),
    ("return-elsewhere", {"Return-Path": "<a@b.test>"}, {"Return-Path": "<>"}),
    (
        "return-throwaway",
        {"Return-Path": "<a@x.onmicrosoft.com>"},
        {"Return-Path": "<a@microsoft.com>"},
    ),
    ("impossible-return", {"Return-Path": "<root@ubuntu-1>"}, {"Return-Path": "<root@a.example>"}),
    ("subject-lookalike", _subject("Sеcurity"), _subject("Привет, Ann")),
    ("subject-hidden", _subject("Ver\u200bify"), _subject("Veri\u00adfy der \u05d0\u200f")),
    ("subject-padded", _subject("Hello            x9k"), _subject("Hello  you")),
    (
        "subject-random-tail",
        _subject("Hello XkZqWvBnMrTyPdW"),
        _subject("Hello Donaudampfschiffahrt"),
    ),
    ("subject-odd", _subject("_Your_Offer_"), _subject("Fix snake_case names")),
    (
        "subject-addressed",
        _subject("pat@mailhost.example, look"),
        _subject("Ask kim@poe.example about it"),
    ),
    ("subject-missing", _subject(""), _subject("?")),
    ("subject-ticket", _subject("Claim #4471123"), _subject("Issue 12 of 2026")),
    ("subject-shouts", _subject("READ THIS NOW PLEASE"), _subject("NATO and the EU in Brussels")),
    ("subject-emoji", _subject("Hello 🎁"), _subject("Hello – “you”…")),
    ("subject-amount", _subject("Save 30%"), _subject("Room 30")),
    ("subject-exclaims", _subject("Hello!"), _subject("Hello.")),
    ("reply-to-nothing", _subject("Re: Lunch"), {"Subject": "Re: Lunch", "In-Reply-To": "<1@x.y>"}),
    ("encoded-for-nothing", _subject("=?utf-8?b?SGVsbG8=?="), _subject("=?utf-8?q?H=C3=A4?=")),
    ("talk-account", _subject("Your account is suspended"), _subject("The accountant called")),
    ("talk-money", _subject("Unclaimed inheritance"), _subject("Loaning a ladder")),
    ("talk-parcel", _subject("Your package waits"), _subject("The packages of Debian")),
    ("talk-prize", _subject("You have won"), _subject("We won the match")),
    ("talk-gambling", _subject("200 free spins"), _subject("The wheel spinning")),
    ("talk-dating", _subject("Lonely singles"), _subject("A single question")),
    ("talk-pills", _subject("Cheap viagra"), _subject("Niagara trip")),
    ("talk-crypto", _subject("Your bitcoin wallet"), _subject("My walled garden")),
    ("talk-urgent", _subject("Final notice"), _subject("The final chapter")),
    ("talk-offer", _subject("Special offer"), _subject("They offered tea")),
    ("talk-mixed", _subject("Verify your wallet, win a prize"), _subject("Special offer, hurry")),
    ("sent-directly", {"Received ": None}, {}),
    ("client-without-name", _hop("unknown ([198.51.100.7])"), _hop("a.example ([198.51.100.7])")),
    (
        "client-dynamic",
        _hop("mail.roe.example (dsl-81-22-4-9.roe.example [198.51.100.7])"),
        _hop("mail.roe.example (mail-out-9.roe.example [198.51.100.7])"),
    ),
    (
        "greets-with-address",
        _hop("[198.51.100.7] (mail.roe.example [198.51.100.7])"),
        _hop("mail.roe.example (mail.roe.example [198.51.100.7])"),
    ),
    (
        "greets-without-domain",
        _hop("server (mail.roe.example [198.51.100.7])"),
        _hop("server.roe.example (mail.roe.example [198.51.100.7])"),
    ),
    (
        "greets-with-other-name",
        _hop("mail.bank.example (mail.roe.test [198.51.100.7])"),
        _hop("mx.roe.test (mail.roe.test [198.51.100.7])"),
    ),
    (
        "origin-odd",
        {"Received ": "from WIN-8F3KD02MD1 (x [203.0.113.9]) by mail.roe.example; x"},
        {"Received ": "from winston.roe.example (x [203.0.113.9]) by mail.roe.example; x"},
    ),
    ("no-message-id", {"Message-ID": None}, {"Message-ID": "<1@roe.example>"}),
    ("message-id-odd", {"Message-ID": "<1@localhost>"}, {"Message-ID": "<1@roe.example>"}),
    (
        "message-id-added",
        {"Message-ID": "<1A2B@mx.mailhost.example>"},
        {"Message-ID": "<1A2B@mx.otherhost.example>"},
    ),
    ("message-id-elsewhere", {"Message-ID": "<1@poe.test>"}, {"Message-ID": "<1@a.roe.example>"}),
    ("no-date", {"Date": None}, {}),
    ("date-unreadable", {"Date": "soon"}, {"Date": "24 Mar 2026 10:12 +0100"}),
    (
        "date-in-future",
        {"Date": "Fri, 27 Mar 2026 10:12:28 +0100"},
        {"Date": "Wed, 25 Mar 2026 01:12:28 +0100"},
    ),
    (
        "date-in-past",
        {"Date": "Tue, 17 Mar 2026 10:12:28 +0100"},
        {"Date": "Sun, 22 Mar 2026 10:12:28 +0100"},
    ),
    ("no-receiver", {"To": None}, {"To": None, "Cc": "pat@mailhost.example"}),
    ("undisclosed", _UNDISCLOSED, {"To": "Closed Group <group@roe.example>"}),
    ("free-mail-to-many", _GMAIL | _UNDISCLOSED, _UNDISCLOSED),
    (
        "many-receivers",
        {"To": ", ".join(f"p{n}@x.example" for n in range(10))},
        {"To": ", ".join(f"p{n}@x.example" for n in range(9))},
    ),
    ("to-self", {"To": "ann@roe.example"}, {"To": "ann@poe.example"}),
    ("sent-by-script", {"X-Mailer": "PHPMailer 6.1"}, {"X-Mailer": "Apple Mail (2.3445)"}),
    ("program-made-up", {"X-Mailer": "qzf35x8p"}, {"X-Mailer": "Mutt"}),
    (
        "program-of-old",
        {"X-Mailer": "Microsoft Outlook Express 6.00.2600"},
        {"X-Mailer": "Microsoft Outlook 16.0"},
    ),
    ("marked-urgent", {"X-Priority": "1 (Highest)"}, {"X-Priority": "3"}),
    ("html-alone", {"Content-Type": "text/html"}, {"Content-Type": "multipart/alternative"}),
    ("bulk-platform", {"Feedback-ID": "1:2:3:x"}, {"X-Feedback": "1"}),
    (
        "bulk-without-list",
        {"List-Unsubscribe": "<https://x.example>"},
        {"List-Unsubscribe": "<https://x.example>", "List-Id": "<x.example>"},
    ),
    (
        "newsletter-in-order",
        {"Authentication-Results": RESULTS, "List-Unsubscribe": "<https://x.example>"},
        {"List-Unsubscribe": "<https://x.example>"},
    ),
    ("mailing-list", _LIST, {"List-Id": "News <news.roe.example>"}),
    ("answer", {"In-Reply-To": "<1@roe.example>"}, {}),
]
_ONLY_WITH_CONTEXT = {"not-to-you", "server-ham"}


@pytest.mark.parametrize(("name", "shown", "near"), CASES, ids=[case[0] for case in CASES])
def test_each_signal_is_found_and_not_in_a_near_miss(
    name: str, shown: Changes, near: Changes
) -> None:
    assert name in names(block(shown))
    assert name not in names(block(near))


def test_every_signal_has_a_case() -> None:
    assert {case[0] for case in CASES} | _ONLY_WITH_CONTEXT | _NOT_FROM_HEADERS == set(SIGNALS)


def test_an_ordinary_message_has_no_spam_signal() -> None:
    assert names(block()) == set()
    assert names(block(), PAT) == set()
    assert not judged(block()).newsletter


def test_not_to_you() -> None:
    assert "not-to-you" in names(block({"To": "kim@poe.example"}), PAT)
    assert "not-to-you" not in names(block({"To": "x@y.z", "Cc": "Pat@MailHost.example"}), PAT)
    assert "not-to-you" not in names(block(_LIST | {"To": "kim@poe.example"}), PAT)


def test_an_invented_in_reply_to_lowers_no_score() -> None:
    answers: Changes = {"In-Reply-To": "<1@out.mailhost.example>"}
    assert names(block(answers), PAT) == {"answer"}
    assert Weights().score(judged(block(answers), PAT)) == 0


def test_an_unverified_list_is_judged_like_any_mail() -> None:
    failed = _LIST | _results("spf=pass smtp.mailfrom=evil.example; dmarc=fail (p=reject)")
    assert "dmarc-fail" in names(block(failed))
    assert "mailing-list" not in names(block(failed))
    backed = _LIST | _results("spf=pass smtp.mailfrom=x@lists.example.org; dmarc=fail (p=none)")
    assert "mailing-list" in names(block(backed | {"Sender": "<gardeners@lists.example.org>"}))


def test_the_subject_of_list_mail_is_judged() -> None:
    assert {"mailing-list", "talk-pills"} <= names(block(_LIST | _subject("Cheap viagra")))


@pytest.mark.parametrize(
    ("changes", "newsletter"),
    [
        ({"List-Unsubscribe": "<https://x.example>"}, True),
        ({"List-Id": "<news.x.example>"}, True),
        ({"Precedence": "bulk"}, True),
        ({"Precedence": "bulk", "Auto-Submitted": "auto-replied"}, False),
        ({"Precedence": "first-class"}, False),
    ],
)
def test_newsletters_are_distinguished(changes: Changes, newsletter: bool) -> None:
    assert judged(block(changes)).newsletter is newsletter


def test_old_mail_gets_no_date_signal() -> None:
    """Dates are compared with the clock of the receiver, not with ours."""
    old: Changes = {
        "Date": "Mon, 22 Mar 1999 10:12:28 +0100",
        "Received": _HOP.replace("24 Mar 2026", "22 Mar 1999"),
        "Received ": None,
    }
    assert not {name for name in names(block(old)) if name.startswith("date")}


def test_details_are_shortened_and_kept_raw() -> None:
    long = judged(block(_from(f"PayPal {'x' * 500} <a@roe.example>")))
    assert all(len(signal.detail) <= 120 for signal in long.signals)


@pytest.mark.parametrize(
    "octets", [b"", b"\r\n", b"no field\r\n\r\nFrom: body", b"X-Unknown: 1\r\n"]
)
def test_a_header_without_known_fields_has_no_signals(octets: bytes) -> None:
    assert judged(octets) == Verdict()


def test_a_single_field_is_judged_by_the_missing_ones() -> None:
    assert "no-sender" in names(b"Subject: alone\r\n\r\n")


def test_facts_that_prove_nothing_alone_count_in_full_only_beside_a_hint() -> None:
    platform = "noreply@quiz-19ac2.firebaseapp.com"
    verified = _results("dkim=pass header.d=quiz-19ac2.firebaseapp.com; dmarc=pass")
    unverified = _results("spf=none; dkim=none; dmarc=none")
    for name, changes in (
        ("throwaway-domain", _from(platform) | verified),
        ("unauthenticated", unverified),
    ):
        alone, urgent, supported = (
            signal(name, block(changes | _subject(subject))).strength
            for subject in ("The week ahead", "The week ahead!", "Your account suspended")
        )
        assert alone == urgent == ALONE[name]
        assert supported > alone
    failed = _results("spf=fail smtp.mailfrom=roe.example; dkim=none; dmarc=none")
    assert signal("unauthenticated", block(failed)).strength == 1


def test_a_bounce_needs_no_proof_of_its_sender() -> None:
    bounce = _from("MAILER-DAEMON@mx.roe.example") | _results("spf=none; dkim=none")
    bounce["Message-ID"] = None
    assert names(block(bounce | {"Return-Path": "<x@roe.example>"})) >= {"no-message-id"}
    quiet = block(bounce | {"Return-Path": "<>"})
    assert "no-message-id" not in names(quiet)
    assert signal("unauthenticated", quiet).strength < ALONE["unauthenticated"]
