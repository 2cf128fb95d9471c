"""The sample messages, parsed by the standard library."""

from __future__ import annotations

import email
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime

import pytest

from poptui.demo.messages import sample_messages
from poptui.demo.stored_mailbox import StoredMessage
from tests.kit.parsing import parse_here
from tests.kit.seed import HEADER

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def messages() -> list[StoredMessage]:
    return sample_messages(NOW)


def parsed(message: StoredMessage) -> Message:
    return email.message_from_bytes(message.data)


def with_subject(messages: list[StoredMessage], words: str) -> Message:
    (found,) = [
        message for message in map(parsed, messages) if words in str(decoded(message["Subject"]))
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


def test_the_same_now_gives_the_same_bytes(messages: list[StoredMessage]) -> None:
    assert sample_messages(NOW) == messages


def test_unique_ids_do_not_depend_on_now(messages: list[StoredMessage]) -> None:
    later = sample_messages(NOW + timedelta(days=40, hours=3))
    assert [message.uid for message in later] == [message.uid for message in messages]
    assert len({message.uid for message in messages}) == len(messages)


def test_about_sixty_messages_of_which_one_is_large(messages: list[StoredMessage]) -> None:
    assert 55 <= len(messages) <= 70
    large = [message for message in messages if len(message.data) > 100_000]
    assert [3_000_000 < len(message.data) < 3_200_000 for message in large] == [True]


def test_the_newest_is_last_and_only_minutes_old(messages: list[StoredMessage]) -> None:
    newest = parsedate_to_datetime(parsed(messages[-1])["Date"])
    assert timedelta(0) < NOW - newest < timedelta(minutes=10)


def test_one_message_has_exactly_the_recorded_header(
    messages: list[StoredMessage],
) -> None:
    assert len([message for message in messages if message.data.startswith(HEADER)]) == 1


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
def test_charsets(messages: list[StoredMessage], charset: str, words: str) -> None:
    message = with_subject(messages, words)
    assert message.get_content_charset() == charset
    assert content(message).decode(charset).strip()


def test_raw_bytes_in_a_header(messages: list[StoredMessage]) -> None:
    subject = "Subject: Тема без кодировки, как в старые времена\r\n".encode("windows-1251")
    assert [message for message in messages if subject in message.data]


def test_encoded_words_are_short_enough(messages: list[StoredMessage]) -> None:
    for message in messages:
        head = message.data.partition(b"\r\n\r\n")[0]
        words = [word for word in head.split() if word.startswith(b"=?") and word.endswith(b"?=")]
        assert all(len(word) <= 75 for word in words)


def test_the_invoice_carries_a_pdf(messages: list[StoredMessage]) -> None:
    parts = list(with_subject(messages, "Invoice 2026-0417").walk())[1:]
    assert [part.get_content_type() for part in parts] == ["text/plain", "application/pdf"]
    pdf = content(parts[1])
    assert pdf.startswith(b"%PDF-1.4")
    assert pdf[int(pdf.split()[-2]) :].startswith(b"xref")


def test_the_photograph_is_a_picture(messages: list[StoredMessage]) -> None:
    *_, part = with_subject(messages, "Photograph for the new timetable").walk()
    picture = content(part)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture[16:24] == (1000).to_bytes(4, "big") + (750).to_bytes(4, "big")


def test_poptui_reads_each_of_them(messages: list[StoredMessage]) -> None:
    for message in messages:
        read = parse_here(message.data)
        assert any(line.text.strip() for line in read.body.lines) or read.attachments


@pytest.mark.parametrize("kind", ["calendar", "html", "report", "alternative", "related"])
def test_kinds_of_content(messages: list[StoredMessage], kind: str) -> None:
    subtypes = {
        part.get_content_subtype() for message in messages for part in parsed(message).walk()
    }
    assert kind in subtypes


def test_several_newsletters_name_their_list(messages: list[StoredMessage]) -> None:
    assert len({parsed(message)["List-Id"] for message in messages} - {None}) >= 4


def test_one_message_has_no_header(messages: list[StoredMessage]) -> None:
    assert [message for message in messages if message.data.startswith(b"\r\n")]


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
def test_malicious_bytes_are_included(messages: list[StoredMessage], octets: bytes) -> None:
    assert [message for message in messages if octets in message.data]


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\U000e0064"])
def test_malicious_characters_are_included(messages: list[StoredMessage], character: str) -> None:
    assert [found for found in messages if character.encode() in found.data]


def test_one_message_has_a_wrong_boundary(messages: list[StoredMessage]) -> None:
    message = with_subject(messages, "The boundary announced is not the one used")
    assert [type(defect).__name__ for defect in message.defects] == [
        "StartBoundaryNotFoundDefect",
        "MultipartInvariantViolationDefect",
    ]
