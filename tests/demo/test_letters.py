"""The sample letters, read by the standard library."""

from __future__ import annotations

import email
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime

import pytest

from poptui.demo.messages import sample_messages
from poptui.demo.stored_mailbox import StoredMessage
from tests.kit.seed import HEADER

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def letters() -> list[StoredMessage]:
    return sample_messages(NOW)


def parsed(letter: StoredMessage) -> Message:
    return email.message_from_bytes(letter.data)


def with_subject(letters: list[StoredMessage], words: str) -> Message:
    (found,) = [
        message for message in map(parsed, letters) if words in str(decoded(message["Subject"]))
    ]
    return found


def content(part: Message) -> bytes:
    octets = part.get_payload(decode=True)
    assert isinstance(octets, bytes)
    return octets


def decoded(value: str | None) -> str:
    try:
        return str(make_header(decode_header(value or "")))
    except (LookupError, ValueError):
        return str(value)


def test_the_same_now_gives_the_same_octets(letters: list[StoredMessage]) -> None:
    assert sample_messages(NOW) == letters


def test_unique_ids_do_not_depend_on_now(letters: list[StoredMessage]) -> None:
    later = sample_messages(NOW + timedelta(days=40, hours=3))
    assert [letter.uid for letter in later] == [letter.uid for letter in letters]
    assert len({letter.uid for letter in letters}) == len(letters)


def test_about_sixty_of_which_one_is_large(letters: list[StoredMessage]) -> None:
    assert 55 <= len(letters) <= 70
    large = [letter for letter in letters if len(letter.data) > 100_000]
    assert [3_000_000 < len(letter.data) < 3_200_000 for letter in large] == [True]


def test_the_newest_is_the_last_and_minutes_old(letters: list[StoredMessage]) -> None:
    newest = parsedate_to_datetime(parsed(letters[-1])["Date"])
    assert timedelta(0) < NOW - newest < timedelta(minutes=10)


def test_the_migration_centre_letter_has_the_very_header_of_the_session(
    letters: list[StoredMessage],
) -> None:
    assert len([letter for letter in letters if letter.data.startswith(HEADER)]) == 1


@pytest.mark.parametrize(
    ("charset", "words"),
    [
        ("koi8-r", "Смета на ремонт двигателя"),
        ("windows-1251", "Расписание паромов на весну"),
        ("iso-2022-jp", "フェリー時刻表の翻訳について"),
        ("gb18030", "关于码头合作的建议"),
        ("euc-kr", "여객선 예약 문의"),
        ("utf-8", "לוח הזמנים החדש"),
    ],
)
def test_charsets(letters: list[StoredMessage], charset: str, words: str) -> None:
    message = with_subject(letters, words)
    assert message.get_content_charset() == charset
    assert content(message).decode(charset).strip()


def test_raw_octets_in_a_header(letters: list[StoredMessage]) -> None:
    subject = "Subject: Тема без кодировки, как в старые времена\r\n".encode("windows-1251")
    assert [letter for letter in letters if subject in letter.data]


def test_encoded_words_are_short_enough(letters: list[StoredMessage]) -> None:
    for letter in letters:
        head = letter.data.partition(b"\r\n\r\n")[0]
        words = [word for word in head.split() if word.startswith(b"=?") and word.endswith(b"?=")]
        assert all(len(word) <= 75 for word in words)


def test_the_invoice_carries_a_pdf(letters: list[StoredMessage]) -> None:
    parts = list(with_subject(letters, "Invoice 2026-0417").walk())[1:]
    assert [part.get_content_type() for part in parts] == ["text/plain", "application/pdf"]
    pdf = content(parts[1])
    assert pdf.startswith(b"%PDF-1.4")
    assert pdf[int(pdf.split()[-2]) :].startswith(b"xref")


def test_the_photograph_is_a_picture(letters: list[StoredMessage]) -> None:
    *_, part = with_subject(letters, "Photograph for the new timetable").walk()
    picture = content(part)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture[16:24] == (1000).to_bytes(4, "big") + (750).to_bytes(4, "big")


@pytest.mark.parametrize("kind", ["calendar", "html", "report", "alternative", "related"])
def test_kinds_of_content(letters: list[StoredMessage], kind: str) -> None:
    subtypes = {part.get_content_subtype() for letter in letters for part in parsed(letter).walk()}
    assert kind in subtypes


def test_several_newsletters_name_their_list(letters: list[StoredMessage]) -> None:
    assert len({parsed(letter)["List-Id"] for letter in letters} - {None}) >= 4


def test_one_letter_has_no_header_at_all(letters: list[StoredMessage]) -> None:
    assert [letter for letter in letters if letter.data.startswith(b"\r\n")]


@pytest.mark.parametrize(
    "octets",
    [
        b"\x1b]0;",
        b"\x1b]8;;",
        b"\x1b]52;c;",
        b"\xc2\x9b",
        b"\x7f",
        b"[@click=app.quit]",
        b"[/nope]",
    ],
)
def test_hostile_octets_are_there(letters: list[StoredMessage], octets: bytes) -> None:
    assert [letter for letter in letters if octets in letter.data]


@pytest.mark.parametrize("letter", ["\u202e", "\u200b", "\U000e0064"])
def test_hostile_characters_are_there(letters: list[StoredMessage], letter: str) -> None:
    assert [found for found in letters if letter.encode() in found.data]


def test_one_boundary_never_comes(letters: list[StoredMessage]) -> None:
    message = with_subject(letters, "The boundary announced is not the one used")
    assert [type(defect).__name__ for defect in message.defects] == [
        "StartBoundaryNotFoundDefect",
        "MultipartInvariantViolationDefect",
    ]
