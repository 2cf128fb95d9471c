"""Spam and phishing, with the headers that reveal them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from poptui.demo.messages.mime import (
    DraftPart,
    HeaderField,
    MessageDraft,
    base64_part,
    encoded_address,
    encoded_word,
    quoted_printable_part,
    text_part,
)

BLOCKED: tuple[HeaderField, ...] = (
    ("X-Blacklisted-By", "cbl.abuseat.org"),
    ("Received-SPF", "none"),
)


def drafts() -> list[MessageDraft]:
    """Return the messages of this kind."""
    drafts = [_migration_centre(), *_phishing(), *_offers()]
    return [replace(draft, forged=True) for draft in drafts]


def _migration_centre() -> MessageDraft:
    """Return the message of the recorded session, with exactly its header."""
    boundary = "----=_NextPart_000_003C_01CA7F45.01CA7F45"
    fields: tuple[HeaderField, ...] = (
        ("Return-Path", "<spammer@example.ru>"),
        ("X-Blacklisted-By", "cbl.abuseat.org"),
        ("From", '"=?koi8-r?B?48XO1NIg7cnH0sHDyck=?=" <spammer@example.ru>'),
        ("To", "user@nic.ru"),
        ("Subject", "=?koi8-r?B?SGVsbG8=?="),
        ("Date", "Thu, 17 Dec 2009 18:18:12 +0300"),
        ("MIME-Version", "1.0"),
        (
            "Content-Type",
            f'multipart/related;\r\n\ttype="multipart/alternative";\r\n\tboundary="{boundary}"',
        ),
        ("X-Priority", "3"),
        ("X-MSMail-Priority", "Normal"),
        ("X-Mailer", "Microsoft Outlook Express 6.00.3790.3959"),
        ("X-MimeOLE", "Produced By Microsoft MimeOLE V6.00.3790.4325"),
        ("Received-SPF", "none"),
        ("X-Spam-Rating", "83.69"),
    )
    head = f"--{boundary}\r\nContent-Type: text/plain; charset=koi8-r\r\n"
    body = "Регистрация и гражданство. Быстро, недорого, с гарантией.\r\n"
    octets = f"{head}Content-Transfer-Encoding: 8bit\r\n\r\n{body}".encode("koi8-r")
    part = DraftPart(fields, octets + f"--{boundary}--\r\n".encode())
    return MessageDraft(timedelta(minutes=19), None, None, part, to=None, dated=None, traced=False)


def _phishing() -> list[MessageDraft]:
    return [
        MessageDraft(
            timedelta(minutes=7),
            '"Harbour Bank Security" <alert@harbour-bank-secure.invalid>',
            "Your account will be closed in 24 hours",
            _bait(
                "We noticed an unusual sign-in. Confirm who you are, or your account closes.",
                "https://login.harbourbank.example.verify-session.invalid/confirm",
                "https://www.harbourbank.example/login",
            ),
            extra=(
                ("Reply-To", "helpdesk4471@freemail.invalid"),
                ("Authentication-Results", "mail.example.org; spf=fail; dkim=none; dmarc=fail"),
                ("X-Spam-Flag", "YES"),
                ("X-Spam-Score", "17.3"),
            ),
        ),
        MessageDraft(
            timedelta(hours=1, minutes=2),
            '"demo@example.org" <postmaster@quota-unit.invalid>',
            "MAILBOX FULL: 99.8% used, act now!!!",
            _bait(
                "Your mailbox demo@example.org is almost full. Messages are being rejected.",
                "http://203.0.113.77/owa/?user=demo",
                "https://mail.example.org/quota",
            ),
            extra=(("X-Spam-Score", "12.9"), *BLOCKED),
        ),
        MessageDraft(
            timedelta(hours=10, minutes=35),
            encoded_address("Pаrcel Sеrvice", "track@parcel-hold.invalid"),
            encoded_word("Your pаckage could not be delivеred"),
            _bait(
                "A fee of 1.99 is due before we can bring your parcel.",
                "https://xn--prcel-5ve.invalid/pay",
                "parcelservice.example/track",
            ),
            extra=(("Received-SPF", "softfail"), ("X-Spam-Score", "9.1")),
        ),
        MessageDraft(
            timedelta(days=1, hours=17, minutes=34),
            '"Ines Calder" <ceo.office.1182@freemail.invalid>',
            "Quick favour",
            text_part(
                "Are you at your desk? I need six gift cards before noon. Don't call.\n\nInes"
            ),
            extra=(("Reply-To", "ceo.office.1182@freemail.invalid"),),
        ),
        MessageDraft(
            timedelta(days=6, hours=2, minutes=7),
            '"Tax Refund Office" <refund@tax-return.invalid>',
            "Refund of 814.00 pending - reference TX/77120",
            _bait(
                "You are owed 814.00. The form takes two minutes and your card number.",
                "https://bit.invalid/3xA9",
                "https://tax.example/refund",
            ),
            extra=BLOCKED,
        ),
    ]


def _offers() -> list[MessageDraft]:
    return [
        MessageDraft(
            timedelta(hours=2, minutes=47),
            encoded_address("Скидки 90%", "sale8841@deshevo.invalid", "windows-1251"),
            encoded_word("Распродажа! Последний день!!!", "windows-1251"),
            base64_part("Всё по 99 рублей. Только сегодня, как и вчера.", "windows-1251"),
            extra=(("X-Spam-Rating", "71.20"), *BLOCKED),
        ),
        MessageDraft(
            timedelta(hours=4, minutes=58),
            "WINNER DEPT <claims@euro-lotto-intl.invalid>",
            "CONGRATULATIONS!!! You have won 2,500,000.00",
            text_part(
                """
ATTN: LUCKY WINNER,

YOUR ADDRESS WAS DRAWN FROM 25,000 OTHERS. TO RELEASE THE SUM OF
2,500,000.00 SEND YOUR FULL NAME, YOUR AGE AND A SMALL FEE.

YOURS IN TRUST, BARRISTER J. P. EVERGOOD
"""
            ),
            to="undisclosed-recipients:;",
            extra=(("X-Spam-Flag", "YES"), ("X-Spam-Score", "21.6")),
        ),
        MessageDraft(
            timedelta(hours=12, minutes=14),
            "RX Direct <no-reply@rx-direct.invalid>",
            "C h e a p  p i l l s  n o  p r e s c r i p t i o n",
            quoted_printable_part(
                '<p style="font-size:1px">harbour kettle lantern tuesday</p>'
                '<p><a href="http://198.51.100.9/rx">ORDER N0W</a></p>',
                subtype="html",
            ),
            extra=(("X-Spam-Score", "15.0"), *BLOCKED),
        ),
        MessageDraft(
            timedelta(days=1, hours=11, minutes=28),
            encoded_address("发票代开", "fapiao@daikai.invalid", "gb18030"),
            encoded_word("代开各类发票 保真 优惠", "gb18030"),
            base64_part("各类发票，量大从优。", "gb18030"),
            extra=BLOCKED,
        ),
        MessageDraft(
            timedelta(days=3, hours=2, minutes=34),
            '"Svetlana" <svetlana.1993@dating.invalid>',
            "re: i saw your profile",
            text_part(
                "hello dear, i am lonely and have a very long link for you.\n\nhttp://a.invalid/x"
            ),
            extra=(("X-Mailer", "MassSender 4"), ("X-Spam-Rating", "83.69")),
        ),
        MessageDraft(
            timedelta(days=7, hours=16, minutes=39),
            "SEO Experts <grow@rank-first.invalid>",
            "Put example.org on page ONE of every search engine",
            text_part(
                "I visited your website and found 37 errors. Shall I send the list?\n\nKevin"
            ),
            extra=(("List-Unsubscribe", "<http://203.0.113.5/u>"),),
        ),
        MessageDraft(
            timedelta(days=13, hours=9, minutes=40),
            '"Crypto Signals VIP" <vip@moonshot.invalid>',
            encoded_word("🚀🚀 x100 guaranteed, ends tonight 🚀🚀"),
            text_part("Send one coin, receive two. It has worked for everyone we asked (us)."),
            extra=(("X-Spam-Flag", "YES"),),
        ),
    ]


def _bait(text: str, target: str, shown: str) -> DraftPart:
    return quoted_printable_part(
        f"<html><body><p>Dear customer,</p><p>{text}</p>"
        f'<p><a href="{target}">{shown}</a></p>'
        "<p>This message was sent automatically.</p></body></html>",
        subtype="html",
    )
