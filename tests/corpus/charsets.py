"""Texts in many charsets: declared, declared wrongly, and undeclared."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.sample import Sample, b64, coded, plain, qp, sample

RUSSIAN = "Центр Миграции сообщает: регистрация и гражданство, быстро и недорого."
JAPANESE = "フェリーの時刻表について、明日までにお返事をください。"
CHINESE = "关于码头合作的建议，请查看附件。"
TAIWAN = "關於碼頭合作的建議，請查看附件。"
KOREAN = "여객선 예약 문의를 드립니다. 감사합니다."
WESTERN = "Grüße aus Büsum – voilà, señor, très bien"

DECLARED = {
    "utf-8": WESTERN,
    "iso-8859-1": "Grüße aus Büsum, voilà señor",
    "iso-8859-15": "Zwölf € für Žižek",
    "windows-1252": WESTERN,
    "iso-8859-2": "Zażółć gęślą jaźń, próba",
    "windows-1250": "Příliš žluťoučký kůň",
    "koi8-r": RUSSIAN,
    "windows-1251": RUSSIAN,
    "iso-8859-5": RUSSIAN,
    "koi8-u": "Україна, її мова і ґедзь",
    "iso-8859-7": "Νέα δρομολόγια για τα νησιά",
    "iso-8859-9": "İstanbul'da güneşli bir gün",
    "windows-1257": "Ąžuolas ir šešėlis",
    "tis-620": "ตาราง เวลา และ ราคา",
    "shift_jis": JAPANESE,
    "euc-jp": JAPANESE,
    "gb2312": CHINESE,
    "gbk": CHINESE,
    "gb18030": CHINESE,
    "big5": TAIWAN,
    "euc-kr": KOREAN,
    "ks_c_5601-1987": KOREAN,
    "mac-roman": "déjà vu à la carte",
    "cp437": "naïve façade",
    "cp866": RUSSIAN,
    "utf-16": "sixteen bits, grüßen",
}
_SHOWN = 12
"""Number of characters to look for: few enough to fit on one line."""


def samples() -> Iterator[Sample]:
    """Yield each charset by its name, alternately in base64 and quoted-printable; then the odd
    ones."""
    for number, (charset, text) in enumerate(DECLARED.items()):
        codec = {"ks_c_5601-1987": "euc-kr", "tis-620": "tis-620"}.get(charset, charset)
        data = text.encode(codec)
        encoded, name = (b64, "base64") if number % 2 else (qp, "quoted-printable")
        fields = coded(plain(charset), name)
        yield sample(f"charset {charset}", fields, encoded(data), text[:_SHOWN])
    yield from _seven_bits()
    yield from _wrong()


def _seven_bits() -> Iterator[Sample]:
    japanese = JAPANESE.encode("iso-2022-jp")
    yield sample("iso-2022-jp in 7bit", coded(plain("iso-2022-jp"), "7bit"), japanese, "フェリー")
    yield sample("iso-2022-jp undeclared", "", japanese, "フェリー")
    yield sample("iso-2022-jp as ascii", plain("us-ascii"), japanese, "フェリー", "iso-2022-jp")
    yield sample("utf-7", coded(plain("utf-7"), "7bit"), "Gr+APwA3w-e: tausend +IKw-", "tausend €")
    yield sample("hz", plain("hz-gb-2312"), CHINESE.encode("hz"), CHINESE[:4])
    korean = KOREAN.encode("iso-2022-kr")
    yield sample("iso-2022-kr", plain("iso-2022-kr"), korean, KOREAN[:4])


def _wrong() -> Iterator[Sample]:
    yield sample("koi8-r undeclared", "", RUSSIAN.encode("koi8-r") * 3, "Центр Миграции")
    yield sample("utf-8 undeclared", "", RUSSIAN, "Центр Миграции")
    yield sample("utf-8 said to be ascii", plain("us-ascii"), WESTERN, "Grüße aus")
    yield sample("utf-8 said to be latin-1", plain("iso-8859-1"), RUSSIAN * 3, "Центр")
    latin = "Die Fähre fährt früh über die Förde. ".encode("latin-1") * 4
    yield sample("latin-1 said to be utf-8", plain("utf-8"), latin, "Die Fähre fährt")
    yield sample("an unknown charset", plain("x-no-such-thing"), WESTERN, "Grüße aus")
    yield sample("a charset that is empty", plain('""'), "seen in spite of it", "seen in spite")
    yield sample("a charset with NUL", plain("utf\0-8"), "seen in spite of it", "seen in spite")
    yield sample("a charset without end", plain("u" * 9000), "seen in spite", "seen in spite")
    yield sample("a charset with a comment", plain("utf-8 (Unicode)"), WESTERN, "Grüße aus")
    yield sample("two charsets", plain("utf-8; charset=koi8-r"), WESTERN, "Grüße aus")
    mixed = "utf-8 Grüße, then ".encode() + b"\xff\xfe\xfd and on"
    yield sample("octets that are none", plain("utf-8"), mixed, "and on")
    yield sample("a mark of order", plain("utf-8"), b"\xef\xbb\xbfbegins here", "begins here")
    yield sample("NUL in the text", plain("utf-8"), b"before\0\0after", "before", "after")
    yield sample("half a character", plain("utf-8"), "the end: ü".encode()[:-1], "the end:")
