"""Decode a server's status lines, which may be in an undeclared legacy charset.

POP3 names no charset. What isn't UTF-8 is decoded under each charset that POP3 servers use, and
the result that looks most like text of that charset's language wins. Status lines are too short
for statistical detection, so the rules are about single characters: which are common in the
language, and which letters can stand next to each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from poptui.patterns import lazy_pattern

_EXAMINED_BYTES = 512
"""Only the beginning of a longer text is examined."""

_CHINESE = frozenset(
    "的一不是了在有登录陆用户名密码错误失败邮箱服务器请稍后再试系统繁忙连接超过限制账号帐正频太"
    "授权开启已被锁定次数过多时间权认证未通收件使操作登錄入用戶密碼錯誤失敗郵箱信箱服務請稍後試系統"
    "連線限制帳號無法權驗證開啟鎖定過多時間認未收件"
)
_KANJI = frozenset("認証失敗接続使用中後再度時間利用者名無効不正現在混雑登録試行回数超過制限")
_KOREAN = frozenset(
    "다이에는을를로고하가의지서은기사도인시니자리해으라그한스어대부아나보주일수정제전비상오증번호용실"
    "패류접속메메일계습잘못되었습없있십확후다시"
)
_PUNCTUATION = frozenset("，。、：；！？（）《》「」『』“”‘’…—·　,.:;!?()")


def decode_server_text(octets: bytes) -> str:
    """Decode a status line as UTF-8, or else in the legacy charset that fits best."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        pass
    sample = octets[:_EXAMINED_BYTES]
    best_score, best = 0.0, "latin-1"
    for charset, plausibility in _CHARSETS:
        text = _decoded(sample, charset, whole=len(sample) == len(octets))
        if text is None:
            continue
        foreign = sum(not character.isascii() for character in text)
        score = plausibility(text) / foreign if foreign else 0.0
        if score > best_score + 1e-9:
            best_score, best = score, charset
    return octets.decode(best, errors="replace" if best != "latin-1" else "strict")


def _decoded(octets: bytes, charset: str, *, whole: bool) -> str | None:
    """Decode ``octets``; None if they are invalid. A sample may end within a character."""
    for end in (len(octets),) if whole else (len(octets), len(octets) - 1):
        try:
            return octets[:end].decode(charset)
        except UnicodeDecodeError:
            continue
    return None


def _chinese(charset: str, first: bytes, last: bytes) -> Callable[[str], float]:
    """Score by the share of characters in the charset's first level, which has the common ones."""

    def plausibility(text: str) -> float:
        score = 0.0
        for character in filter(_foreign, text):
            if character in _PUNCTUATION:
                score += 0.9
            elif "一" <= character <= "鿿" and first <= _lead_byte(character, charset) <= last:
                score += 1.4 if character in _CHINESE else 0.8
        return score

    return plausibility


def _japanese(text: str) -> float:
    score = 0.0
    for character in filter(_foreign, text):
        if "ぁ" <= character <= "ー":
            score += 1.4
        elif character in _PUNCTUATION:
            score += 0.9
        elif b"\x88" <= _lead_byte(character, "cp932") <= b"\x97" and "一" <= character <= "鿿":
            score += 1.4 if character in _KANJI else 0.8
    return score if _KANA.search(text) or score > len(text) else score * 0.8


def _korean(text: str) -> float:
    score = 0.0
    for character in filter(_foreign, text):
        if "가" <= character <= "힣":
            score += 1.4 if character in _KOREAN else 0.7
        elif character in _PUNCTUATION:
            score += 0.5
    return score


def _cyrillic(text: str) -> float:
    """Score words that are entirely Cyrillic and in lower case except for the first letter."""
    score = 0.0
    for word in re.findall(r"[^\W\d_]+", text):
        if not _CYRILLIC_WORD.fullmatch(word):
            continue
        ordinary = word[1:].islower() or word.lower() in _CYRILLIC_ONE_LETTER_WORDS
        score += len(word) * (1.2 if ordinary else 0.7 if word.isupper() and len(word) > 1 else 0.0)
    return score


def _latin(text: str) -> float:
    """Score accented letters among plain ones; subtract symbols inside words."""
    score = 0.0
    for word in re.findall(r"\w+|[^\w\s]", text):
        accented = [character for character in word if not character.isascii()]
        plain = sum(character.isascii() and character.isalpha() for character in word)
        if len(word) == 1:
            score += 0.6 * (word in "«»„“”‘’–—…€°§©®" or word in "àèéóyaàAÀÉ") * bool(accented)
        elif all(map(str.isalpha, accented)) and plain >= len(accented):
            mixed = word[1:].islower() or word.isupper()
            score += len(accented) * (1.1 if mixed else 0.3)
    misplaced = len(_SYMBOL_IN_WORD.findall(text))
    return max(0.0, score - misplaced)


def _with_lower_priority(judge: Callable[[str], float]) -> Callable[[str], float]:
    """Lower the score a little, so that an equally good charset before it wins."""
    return lambda text: judge(text) * 0.97


def _lead_byte(character: str, charset: str) -> bytes:
    """Return the first byte of ``character``; nothing if ``charset`` doesn't have it."""
    return character.encode(charset, "ignore")[:1]


def _foreign(character: str) -> bool:
    return not character.isascii()


_CYRILLIC_ONE_LETTER_WORDS = frozenset("авикосуяі")
_KANA = lazy_pattern("[ぁ-ー]")
_CYRILLIC_WORD = lazy_pattern("[Ѐ-ӿ]+")
_SYMBOL_IN_WORD = lazy_pattern(r"(?<=[a-zA-Z])[^\w\s\x00-\x7f'’](?=[a-zA-Z])")

_CHARSETS: tuple[tuple[str, Callable[[str], float]], ...] = (
    ("cp1252", _latin),
    ("cp1250", _with_lower_priority(_latin)),
    ("iso8859_2", _with_lower_priority(_with_lower_priority(_latin))),
    ("cp1254", _with_lower_priority(_with_lower_priority(_latin))),
    ("cp1251", _cyrillic),
    ("koi8_r", _cyrillic),
    ("cp866", _cyrillic),
    ("iso8859_5", _with_lower_priority(_cyrillic)),
    ("gb18030", _chinese("gb18030", b"\xb0", b"\xd7")),
    ("big5", _chinese("big5", b"\xa4", b"\xc6")),
    ("cp932", _japanese),
    ("euc_jp", _japanese),
    ("cp949", _korean),
)
