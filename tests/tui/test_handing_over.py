"""Replies, attachments in other programs, and copied texts."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from poptui.mail.parsed_message import Body, Part, body_of
from poptui.mail.reader.reader import parse_message
from poptui.storage.settings import Settings
from poptui.tui.reading.handing_over import MAX_QUOTED_LINES, OpenedFiles, reply_url
from poptui.tui.screens.attachments import AttachmentsScreen
from tests.acceptance.hostile import PAYLOADS
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import AppPilot, app_of, running, shows, until

HEADER = (
    b"From: Ann <ann@example.com>\r\nSubject: Lunch & more\r\nMessage-ID: <1@example.com>\r\n"
    b"Date: Fri, 27 Nov 2026 12:00:00 +0000\r\n\r\n"
)


def parts_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_a_reply_quotes_the_text_and_names_what_it_answers() -> None:
    address, url = reply_url(HEADER, body_of("Hello\n> before\n\nBye"))
    assert address == "ann@example.com"
    assert url.startswith("mailto:ann@example.com?subject=Re%3A%20Lunch%20%26%20more&")
    assert parts_of(url) == {
        "subject": "Re: Lunch & more",
        "in-reply-to": "<1@example.com>",
        "body": "Ann <ann@example.com> wrote:\r\n> Hello\r\n>> before\r\n>\r\n> Bye",
    }


def test_reply_to_comes_first_and_re_is_not_repeated() -> None:
    block = b"Reply-To: list@example.org\r\n" + HEADER.replace(b"Lunch", b"RE: Lunch")
    address, url = reply_url(block, Body())
    assert address == "list@example.org"
    assert parts_of(url)["subject"] == "RE: Lunch & more"
    assert "body" not in parts_of(url)


@pytest.mark.parametrize(
    "value", [b"", b"nobody", b"<>", b"a@b.example,c@d.example", b"a@b?bcc=x@evil.example"]
)
def test_an_address_can_bring_no_further_recipients(value: bytes) -> None:
    _, url = reply_url(b"From: " + value + b"\r\n\r\n", Body())
    if url:
        assert unquote(urlsplit(url).path).count("@") == 1
        assert set(parts_of(url)) <= {"subject", "in-reply-to", "body"}


@pytest.mark.parametrize("payload", PAYLOADS.values())
def test_nothing_in_a_reply_can_act(payload: str) -> None:
    text = payload.encode("utf-8", "replace")
    block = b"From: " + text + b" <a@b.example>\r\nSubject: " + text + b"\r\n\r\n"
    _, url = reply_url(block, body_of(payload * 3))
    assert url.isascii()
    assert url.isprintable()
    assert "\x1b" not in unquote(url)


def test_a_long_text_is_cut() -> None:
    _, url = reply_url(HEADER, body_of("字\n" * 5000))
    assert parts_of(url)["body"].count("\r\n") == MAX_QUOTED_LINES + 1
    _, url = reply_url(HEADER, body_of("字" * 100_000))
    assert len(url) < 128_000
    assert parts_of(url)["body"].endswith("[...]")


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def process_that_ended() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


async def attached(name: str = "a.txt") -> tuple[BytesIO, Part]:
    message = BytesIO(
        b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhi\r\n"
        b'--x\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="'
        + name.encode()
        + b'"\r\n\r\ncontent\r\n--x--\r\n'
    )
    parsed = await parse_message(message, complete=True, seconds=60)
    message.seek(0)
    return message, parsed.attachments[0]


async def test_attachments_lie_in_private_folders_that_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    files = OpenedFiles()
    message, part = await attached("../../evil.txt")
    first, second = files.write(message, part), files.write(message, part)
    assert first != second
    assert first.read_bytes().rstrip() == b"content"
    for path in (first, second):
        assert path.resolve().is_relative_to(tmp_path)
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0
    files.remove()
    assert names_in(tmp_path) == set()


async def test_files_of_a_run_that_was_killed_are_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / f"poptui-open-{process_that_ended()}-abc").mkdir()
    (tmp_path / f"poptui-open-{os.getppid()}-abc").mkdir()
    (tmp_path / "poptui-open-words-abc").mkdir()
    files = OpenedFiles()
    files.write(*await attached())
    files.remove()
    assert names_in(tmp_path) == {f"poptui-open-{os.getppid()}-abc", "poptui-open-words-abc"}


PLAIN = (
    b"From: Ann <ann@example.com>\r\nSubject: s\r\n"
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\n\r\nThe text.\r\n--x\r\nContent-Disposition: attachment; filename=a.%s\r\n"
    b"Content-Type: application/octet-stream\r\n\r\nMZ content\r\n--x--\r\n"
)
LINKED = (PLAIN % b"dat").replace(b"The text.", b"The text. https://a.example/x")


def program(tmp_path: Path) -> tuple[str, Path]:
    """Return a command that records its arguments, and a copy of the file if there was one."""
    notices, script = tmp_path / "told", tmp_path / "program.py"
    script.write_text(
        "import sys, pathlib\n"
        f"told = pathlib.Path({str(notices)!r})\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "told.write_text(path.read_text() if path.is_file() else sys.argv[1])\n"
    )
    return f"{sys.executable} {script} %s", notices


async def opened(pilot: AppPilot) -> None:
    await shows(pilot, "Subject 5")
    await pilot.press("enter")
    await shows(pilot, "The text.")
    # The text is shown while it arrives.
    await until(pilot, lambda: app_of(pilot).mail.reader.loader.opened is not None)


@pytest.mark.parametrize(("ending", "asks"), [(b"dat", False), (b"exe", True)])
async def test_an_attachment_opens_in_a_program_and_programs_only_after_a_question(
    ending: bytes, asks: bool, tmp_path: Path
) -> None:
    command, notices = program(tmp_path)
    async with running(FakeMailbox(body=PLAIN % ending)) as pilot:
        app_of(pilot).settings = Settings(open_attachment=command)
        await opened(pilot)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, AttachmentsScreen))
        await pilot.press("o")
        if asks:
            await shows(pilot, f"Open a.{ending.decode()}?")
            assert not notices.exists()
            await pilot.press("y")
        await until(pilot, notices.exists)
        await until(pilot, lambda: "content" in notices.read_text())
        files = app_of(pilot).mail.export.opened_files
        folder = files._folder
        assert folder is not None
        assert folder.exists()
    assert not folder.exists()


async def test_programs_that_need_the_terminal_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, notices = program(tmp_path)
    lent = list[bool]()

    @contextmanager
    def lend() -> Iterator[None]:
        before = notices.exists()
        yield
        lent.append(not before and notices.exists())
        notices.unlink()

    async with running(FakeMailbox(body=LINKED)) as pilot:
        app = app_of(pilot)
        monkeypatch.setattr(app.suspender, "lend", lend)
        app.settings = Settings(
            open_attachment=command, attachment_in_terminal=True,
            open_link=command, link_in_terminal=True,
            reply_command=command, reply_in_terminal=True,
        )  # fmt: skip
        await opened(pilot)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, AttachmentsScreen))
        await pilot.press("o")
        await until(pilot, lambda: lent == [True])
        await pilot.press("R")
        await shows(pilot, "Reply to ann@example.com?")
        await pilot.press("y")
        await until(pilot, lambda: lent == [True, True])
        await pilot.press("Y")
        await shows(pilot, "Open link number:")
        await pilot.press("enter")
        await shows(pilot, "Open this link?")
        await pilot.press("y")
        await until(pilot, lambda: lent == [True, True, True])


async def test_a_program_that_fails_is_reported(tmp_path: Path) -> None:
    failing = tmp_path / "failing.py"
    failing.write_text("raise SystemExit(3)")
    async with running(FakeMailbox(body=PLAIN % b"dat")) as pilot:
        app_of(pilot).settings = Settings(open_attachment=f"{sys.executable} {failing}")
        await opened(pilot)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, AttachmentsScreen))
        await pilot.press("o")
        await shows(pilot, "failed with exit status 3.")


async def test_a_reply_is_shown_before_it_is_handed_over(tmp_path: Path) -> None:
    command, notices = program(tmp_path)
    async with running(FakeMailbox(body=PLAIN % b"dat")) as pilot:
        app_of(pilot).settings = Settings(reply_command=command)
        await pilot.press("R")
        await shows(pilot, "This message is not open")
        await opened(pilot)
        await pilot.press("R")
        await shows(pilot, "Reply to ann@example.com?")
        await pilot.press("escape")
        await until(pilot, lambda: not app_of(pilot).has_dialog)
        assert not notices.exists()
        await pilot.press("R")
        await shows(pilot, "Reply to ann@example.com?")
        await pilot.press("y")
        await until(pilot, notices.exists)
        await until(pilot, lambda: notices.read_text().startswith("mailto:ann@example.com?"))


async def test_the_text_of_a_message_is_copied(tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    script = tmp_path / "copy.py"
    script.write_text(f"import sys; open({str(copied)!r}, 'w').write(sys.stdin.read())")
    async with running(FakeMailbox(body=PLAIN % b"dat")) as pilot:
        app_of(pilot).settings = Settings(copy_command=f"{sys.executable} {script}")
        await opened(pilot)
        await pilot.press("C")
        await shows(pilot, "Copied the text.")
        assert "The text." in copied.read_text()


@pytest.mark.parametrize("key", ["y", "Y", "C", "R", "e", "V", "h"])
async def test_a_message_that_is_still_arriving_is_not_called_closed_or_without_links(
    key: str,
) -> None:
    mailbox = FakeMailbox(body=LINKED)
    async with running(mailbox) as pilot:
        app_of(pilot).settings = Settings(open_link="true", reply_command="true")
        await shows(pilot, "Subject 5")
        mailbox.gate.clear()
        await pilot.press("enter", key)
        await shows(pilot, "This message is still being downloaded.")
        mailbox.gate.set()
        await until(pilot, lambda: app_of(pilot).mail.reader.loader.opened is not None)


async def test_a_preview_without_links_does_not_speak_for_the_whole_message() -> None:
    async with running(FakeMailbox(body=PLAIN % b"dat")) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("space")
        await shows(pilot, "The text.")
        await until(pilot, lambda: app_of(pilot).mail.reader.loader.opened is not None)
        await pilot.press("y")
        await shows(pilot, "No links in the part that is here. Enter downloads the rest.")
