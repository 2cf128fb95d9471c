"""Mail in many languages: scripts, charsets, and how mail programs encode them."""

from __future__ import annotations

from datetime import timedelta

from poptui.demo.messages.mime import (
    ME,
    MessageDraft,
    base64_part,
    encoded_address,
    encoded_word,
    quoted_printable_part,
    text_part,
)


def drafts() -> list[MessageDraft]:
    """Return the messages of this kind."""
    return [
        MessageDraft(
            timedelta(minutes=31),
            encoded_address("佐藤 美咲", "misaki@kisen.example", "iso-2022-jp"),
            encoded_word("フェリー時刻表の翻訳について", "iso-2022-jp"),
            text_part(
                """
ロビン様

いつもお世話になっております。
春の時刻表の日本語版をお送りします。ご確認ください。

 06:35  スケリー岬行き
 10:20  灯台めぐり
 21:15  最終便（土曜のみ）

佐藤
""",
                "iso-2022-jp",
            ),
        ),
        MessageDraft(
            timedelta(hours=1, minutes=44),
            encoded_address("Анна Лебедева", "anna@parohod.example", "windows-1251"),
            encoded_word("Расписание паромов на весну", "windows-1251"),
            base64_part(
                """
Здравствуйте, Робин!

Спасибо за расписание. Мы напечатаем его на русском и повесим на
причале. Один вопрос: рейс в 21:15 ходит только по субботам?

С уважением,
Анна Лебедева
""",
                "windows-1251",
            ),
        ),
        MessageDraft(
            timedelta(hours=4, minutes=26),
            encoded_address("王小雨", "xiaoyu@duchuan.example", "gb18030"),
            encoded_word("关于码头合作的建议", "gb18030"),
            base64_part(
                """
罗宾，您好！

附上我们对码头合作的三点建议：
一、共用售票系统；
二、统一行李标签；
三、每月一次的视频会议。

期待您的回复。
王小雨
""",
                "gb18030",
            ),
        ),
        MessageDraft(
            timedelta(hours=9, minutes=3),
            encoded_address("Дмитрий Орлов", "dorlov@verf.example", "koi8-r"),
            encoded_word("Смета на ремонт двигателя", "koi8-r"),
            text_part(
                """
Добрый день!

Смета готова: два подшипника, прокладки, три дня работы. Если начнём
в понедельник, "Кайра" выйдет в море в четверг утром.

Орлов, судоремонт
""",
                "koi8-r",
            ),
        ),
        MessageDraft(
            timedelta(hours=20, minutes=16),
            encoded_address("Zoë Brûlé", "zoe@traversee.example", "iso-8859-1"),
            encoded_word("Votre réservation a été confirmée", "iso-8859-1", "Q"),
            quoted_printable_part(
                """
Bonjour,

la traversée du samedi 21 h 15 est réservée : quatre personnes, deux
vélos, un accordéon. À bientôt sur le quai !

Zoë
""",
                "iso-8859-1",
            ),
        ),
        MessageDraft(
            timedelta(days=1, hours=7, minutes=21),
            encoded_address("Jürgen Weiß", "weiss@faehre.example"),
            encoded_word("Grüße aus Büsum – und eine Frage zur Fähre", "utf-8", "Q"),
            text_part(
                """
Moin Robin,

nehmt ihr auch Schafe mit? Es sind nur sechs, und sie sind seefest.

Viele Grüße
Jürgen
"""
            ),
        ),
        MessageDraft(
            timedelta(days=2, hours=1, minutes=47),
            encoded_address("Ελένη Παππά", "eleni@porthmeio.example", "iso-8859-7"),
            encoded_word("Νέα δρομολόγια", "iso-8859-7"),
            base64_part(
                "Καλημέρα,\n\nτα νέα δρομολόγια αρχίζουν την Κυριακή.\n\nΕλένη", "iso-8859-7"
            ),
        ),
        MessageDraft(
            timedelta(days=2, hours=12, minutes=46),
            encoded_address("נועה לוי", "noa@maavoret.example"),
            encoded_word("לוח הזמנים החדש"),
            base64_part("שלום רובין,\n\nקיבלנו את לוח הזמנים החדש. תודה!\n\nנועה"),
        ),
        MessageDraft(
            timedelta(days=3, hours=6, minutes=9),
            encoded_address("ليلى حداد", "layla@markib.example"),
            encoded_word("موعد الرحلة القادمة"),
            base64_part("مرحبا روبن،\n\nمتى موعد الرحلة القادمة إلى الجزيرة؟\n\nليلى"),
        ),
        MessageDraft(
            timedelta(days=3, hours=19, minutes=9),
            encoded_address("김서연", "seoyeon@yeogaek.example", "euc-kr"),
            encoded_word("여객선 예약 문의", "euc-kr"),
            base64_part("안녕하세요.\n\n토요일 마지막 배에 자리가 있나요?\n\n김서연", "euc-kr"),
        ),
        MessageDraft(
            timedelta(days=5, hours=2, minutes=11),
            "Пётр Синицын <petr@prichal.example>".encode("windows-1251"),
            "Тема без кодировки, как в старые времена".encode("windows-1251"),
            text_part("Программа моя старая, зато надёжная.\n\nПётр", "windows-1251"),
            extra=(("X-Mailer", "Golub 1.3"),),
        ),
        MessageDraft(
            timedelta(days=7, hours=5, minutes=31),
            "Łukasz Wójcik <lukasz@prom.example>",
            "Zażółć gęślą jaźń, czyli próba polskich znaków",
            text_part("Cześć Robin,\n\nnagłówki tego listu są w surowym UTF-8. Widać?\n\nŁukasz"),
        ),
        MessageDraft(
            timedelta(days=9, hours=8, minutes=14),
            f'"{encoded_word("Ferry ⛴ Friends")}" <friends@ferry.example>',
            encoded_word("⛴ 30 years of the Kittiwake 🎉 come aboard!"),
            text_part("Cake on the upper deck, Sunday at three. 🎂\n\nThe Friends of the Ferry"),
            to=f"{ME}, crew@tidewater.example",
        ),
    ]
