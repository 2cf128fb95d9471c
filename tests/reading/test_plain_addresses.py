"""URLs in plain text, also in brackets over several lines, and placeholder texts."""

from __future__ import annotations

import pytest

from poptui.mail.mime.alternatives import is_empty_beside
from poptui.mail.plain import plain_body

ADDRESS = "https://tickets.example/session/0a1b2c3d/confirm?token=abcdef"


@pytest.mark.parametrize(
    ("text", "shown", "targets"),
    [
        (f"Open <{ADDRESS[:30]}\n{ADDRESS[30:]}> today.", f"Open <{ADDRESS}> today.", [ADDRESS]),
        (
            f"<{ADDRESS[:30]}\n{ADDRESS[30:45]}\n{ADDRESS[45:]}>\nBye",
            f"<{ADDRESS}>\nBye",
            [ADDRESS],
        ),
        (f"<URL:{ADDRESS[:30]}\n  {ADDRESS[30:]}>", f"<URL:{ADDRESS}>", [ADDRESS]),
        (f"> see <{ADDRESS[:30]}\n> {ADDRESS[30:]}>", f"> see <{ADDRESS}>", [ADDRESS]),
        (f"{ADDRESS[:30]}\n{ADDRESS[30:]}", f"{ADDRESS[:30]}\n{ADDRESS[30:]}", [ADDRESS[:30]]),
        ("<https://a.example/\nnot closed", "<https://a.example/\nnot closed", ["https://a.example/"]),
        ("<https://a.example/\n\nb>", "<https://a.example/\n\nb>", ["https://a.example/"]),
        ("<https://a.example/\n> b>", "<https://a.example/\n> b>", ["https://a.example/"]),
        ("a < b\nc > d", "a < b\nc > d", []),
    ],
)  # fmt: skip
def test_an_address_in_brackets_is_joined(text: str, shown: str, targets: list[str]) -> None:
    body = plain_body(text)
    assert body.text == shown
    assert [link.target for link in body.links] == targets


LONG = "<p>" + "The invoice of November is to be paid until the first of December. " * 20


@pytest.mark.parametrize(
    "plain",
    [
        "",
        "Coloca uma mensagem opcional aqui caso o HTML n\u00e3o possa ser carregado",
        "\u3053\u306e\u30e1\u30fc\u30eb\u306fHTML\u5f62\u5f0f\u3067\u3059\u3002",
        "To view this message, open https://news.example/" + "a" * 400,
        "Ihr Programm kann diese Nachricht leider nicht anzeigen.",
    ],
)
def test_a_placeholder_text_is_replaced_by_the_html(plain: str) -> None:
    assert is_empty_beside(plain, LONG)


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        ("See you at eight, Ann", "<p>See you at eight, Ann</p>"),
        ("The invoice of November is to be paid until the first of December. " * 19, LONG),
        ("The invoice of November is to be paid until the first. " * 6, LONG),
        ("Yes.", "<style>" + "p{color:red}" * 500 + "</style><p>Yes.</p>"),
    ],
)
def test_a_text_with_the_same_content_is_preferred(plain: str, html: str) -> None:
    assert not is_empty_beside(plain, html)
