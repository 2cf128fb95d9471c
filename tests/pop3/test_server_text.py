"""Status lines in the charsets that POP3 servers use without declaring them."""

from __future__ import annotations

import pytest

from poptui.text.server_text import decode_server_text

TEXTS = {
    "gbk": (
        "登录太频繁，请稍后再试",
        "密码错误",
        "用户名或密码不正确",
        "您的帐号已被锁定",
        "该账户未开启POP服务",
        "连接数超过限制",
        "错误",
    ),
    "big5": ("密碼錯誤", "登入失敗，請稍後再試", "系統忙碌中", "帳號已被鎖定"),
    "shift_jis": (
        "パスワードが違います",
        "認証に失敗しました",
        "ユーザ名またはパスワードが正しくありません",
        "接続数が多すぎます。しばらく待ってください",
        "認証失敗",
    ),
    "euc_jp": ("パスワードが違います", "しばらくしてから再度お試しください"),
    "euc_kr": ("비밀번호가 틀렸습니다", "로그인 실패", "사용자를 찾을 수 없습니다"),
    "cp1251": (
        "Неверный пароль",
        "Ошибка входа",
        "Почтовый ящик заблокирован",
        "Слишком много подключений",
        "При",
    ),
    "koi8_r": ("Неверный пароль", "Слишком часто, попробуйте позже"),
    "cp866": ("Неверный пароль", "Ошибка входа"),
    "latin-1": (
        "Anmeldung gesperrt: zu häufig abgerufen",
        "Paßwort ungültig",
        "Échec de l'authentification",
        "Contraseña inválida",
        "Boîte aux lettres verrouillée",
        "Väärä käyttäjätunnus",
        "Nom d'utilisateur « x » inconnu",
    ),
    "cp1250": ("Błędne hasło", "Nieprawidłowa nazwa użytkownika"),
    "utf-8": ("登录太频繁", "Неверный пароль", "zu häufig", "パスワード"),
}


@pytest.mark.parametrize("before", ["", "[AUTH] ", "login fail: "])
@pytest.mark.parametrize(
    ("charset", "text"), [(charset, text) for charset in TEXTS for text in TEXTS[charset]]
)
def test_the_right_charset_is_found(charset: str, text: str, before: str) -> None:
    assert decode_server_text((before + text).encode(charset)) == before + text


@pytest.mark.parametrize("octets", [b"\xff", b"\x81\xff\xfe", b"\xc3", bytes(range(128, 256)) * 90])
def test_bytes_that_fit_no_charset_are_decoded_all_the_same(octets: bytes) -> None:
    assert decode_server_text(octets)


def test_a_long_text_that_is_cut_within_a_character() -> None:
    text = "a" + "请稍后再试" * 500
    assert decode_server_text(text.encode("gbk")) == text


@pytest.mark.parametrize("charset", ["gb18030", "big5", "cp932", "euc_jp", "cp949"])
def test_every_character_of_every_charset_can_be_judged(charset: str) -> None:
    """Each text is scored for each language, and not every charset has its characters."""
    for lead in range(0x81, 0xFF):
        characters = [bytes([lead, last]) for last in range(0x40, 0xFF)]
        if charset == "euc_jp" and lead == 0x8F:
            characters = [bytes([lead, a, b]) for a in range(0xA1, 0xFF) for b in range(0xA1, 0xFF)]
        known = b"".join(
            character for character in characters if character.decode(charset, "ignore")
        )
        for start in range(0, len(known), 480):
            assert decode_server_text(known[start : start + 480])
