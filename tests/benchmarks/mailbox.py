"""Generate mail from a seed: the same number and seed give the same bytes on every machine.

Header blocks look like those of real mail: 1.3 to 3 kB, most of it lines that no list shows.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import date
from email.header import Header
from random import Random

SEED = 1939
MARKER = r"<\d+>"
"""A pattern in every subject and nowhere else on a screen."""

_NAMES = {
    "us-ascii": ("Ada Lovelace", "Grace Hopper", "Billing Team", "Weekly Digest", "GitLab"),
    "iso-8859-1": ("Jörg Müller", "José Peña", "Café Crème", "Åse Øvergård"),
    "utf-8": ("Zoë “Z” Żółć", "Συμεών Ἑλληνικός", "Ingrid Šťastná", "Łukasz Nowak", "🎉 Rewards"),
    "koi8-r": ("Центр Миграции", "Анна Каренина", "Отдел продаж"),
    "iso-2022-jp": ("山田太郎", "カスタマーサポート"),
    "gb2312": ("李小明", "客户服务"),
}
_WORDS = {
    "us-ascii": "your invoice is ready meeting moved to Monday weekly report about the new release",
    "iso-8859-1": "Grüße aus Köln façade déjà vu señor prêt à porter smørrebrød über",
    "utf-8": "naïve – “quoted” résumé ✓ εὕρηκα žluťoučký kůň 50 € off 🎁",
    "koi8-r": "ваш счёт готов срочное сообщение о новой встрече в понедельник отчёт",
    "iso-2022-jp": "ご注文 の 確認 お知らせ 会議 の 変更 重要",
    "gb2312": "您的 订单 已 发货 会议 通知 重要 发票",
}
_CHARSETS = tuple(_NAMES)
_WEIGHTS = (55, 8, 20, 8, 5, 4)
_HOSTS = ("mail.example.org", "mx2.example.net", "out.lists.example.com", "smtp.example.edu")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def messages(count: int, seed: int = SEED) -> Iterator[bytes]:
    """Return ``count`` messages with CRLF, numbered from 1 in their subjects."""
    rng = Random(seed)
    for number in range(1, count + 1):
        body = b"A line of text as people write them.\r\n" * rng.randint(3, 30)
        yield header_block(rng, number, rng.randint(1300, 3000)) + body


def header_block(rng: Random, number: int, octets: int) -> bytes:
    """Return a header with its empty line, about ``octets`` bytes long and at least 1 kB."""
    host, charset = rng.choice(_HOSTS), rng.choices(_CHARSETS, _WEIGHTS)[0]
    sent = _date(rng)
    top = _trace(rng, number, host, sent)
    shown = _shown(rng, number, host, charset, sent)
    size = sum(map(len, top)) + sum(map(len, shown))
    while size < octets:
        line = _ballast(rng, host, octets - size, sent)
        top.append(line)
        size += len(line)
    return "".join((*top, *shown, "\r\n")).encode("ascii")


def _trace(rng: Random, number: int, host: str, sent: str) -> list[str]:
    return [
        f"Return-Path: <bounce-{number}@{host}>\r\n",
        "Delivered-To: me@example.com\r\n",
        *(_received(rng, host, sent) for _ in range(rng.randint(1, 2))),
        f"Authentication-Results: mx.example.com;\r\n\tdkim=pass header.d={host};\r\n"
        f"\tspf=pass smtp.mailfrom=bounce-{number}@{host}\r\n",
    ]


def _received(rng: Random, host: str, sent: str) -> str:
    return (
        f"Received: from {host} ({host} [192.0.2.{rng.randint(1, 254)}])\r\n"
        f"\tby mx.example.com (Postfix) with ESMTPS id {rng.getrandbits(44):011X}\r\n"
        f"\tfor <me@example.com>; {sent}\r\n"
    )


def _ballast(rng: Random, host: str, room: int, sent: str) -> str:
    """Return one more line that no list shows, not much longer than ``room``."""
    if rng.random() < 0.4:
        return _received(rng, host, sent)
    data = base64.b64encode(rng.randbytes(max(24, min(258, room * 3 // 4 - 80)))).decode()
    folded = "\r\n\t ".join(data[at : at + 70] for at in range(0, len(data), 70))
    return f"DKIM-Signature: v=1; a=rsa-sha256; d={host}; s=k{room % 9};\r\n\tb={folded}\r\n"


def _shown(rng: Random, number: int, host: str, charset: str, sent: str) -> list[str]:
    words = _WORDS[charset].split()
    text = " ".join(rng.choices(words, k=rng.randint(3, 7)))
    name = rng.choice(_NAMES[charset])
    lines = [
        f"From: {_word(name, charset)} <{_local(rng)}@{host}>\r\n",
        "To: me@example.com\r\n",
        f"Subject: {_word(f'<{number}> {text}', charset)}\r\n",
        f"Date: {sent}\r\n",
        f"Message-ID: <{rng.getrandbits(64):016x}.{number}@{host}>\r\n",
        "MIME-Version: 1.0\r\n",
        f"Content-Type: {_content_type(rng)}\r\n",
    ]
    if rng.random() < 0.3:
        lines.append(f"List-Id: Announcements <news.{host}>\r\n")
    return lines


def _word(text: str, charset: str) -> str:
    """Return ``text`` as folded encoded words (RFC 2047), or as it is if it is ASCII."""
    if text.isascii():
        return text
    return Header(text, charset).encode(linesep="\r\n")


def _local(rng: Random) -> str:
    return rng.choice(("ada", "info", "no-reply", "news", "j.doe", "sales")) + str(
        rng.randint(1, 400)
    )


def _content_type(rng: Random) -> str:
    kind = rng.choice(("text/plain", "text/html", "multipart/alternative", "multipart/mixed"))
    if kind.startswith("text"):
        return f"{kind}; charset=utf-8"
    return f'{kind};\r\n\tboundary="----=_Part_{rng.getrandbits(48):012x}"'


def _date(rng: Random) -> str:
    day = date(rng.randint(2019, 2026), rng.randint(1, 12), rng.randint(1, 28))
    clock = rng.randint(0, 86_399)
    zone = rng.choice(("+0000", "+0100", "+0300", "-0500", "-0800", "+0900"))
    return (
        f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"
        f" {clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02} {zone}"
    )
