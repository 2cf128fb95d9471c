"""Reading mail on a real Dovecot: the commands that each key costs, and the files it leaves."""

from __future__ import annotations

import base64
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.program import write_config
from tests.acceptance.screen import assert_restored
from tests.kit.dovecot import Dovecot
from tests.kit.terminal import StartTerminal, Terminal

Opened = Callable[..., Terminal]

LONG = "".join(f"Row {number:04} of a long letter with words in it.\r\n" for number in range(4000))
TARGET = "https://wharf.example/rota?week=17"
PDF = b"%PDF-1.4 not much of one\n" * 40
PROGRAM = b"MZ" + bytes(200)


def message(subject: str, body: str, *fields: str) -> bytes:
    head = ("From: Ines Calder <ines@tidewater.example>", f"Subject: {subject}", *fields)
    return ("\r\n".join(head) + f"\r\n\r\n{body}").encode()


def part(data: bytes, kind: str, name: str) -> str:
    return (
        f"--edge\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
        + base64.encodebytes(data).decode().replace("\n", "\r\n")
    )


INNER = message("The rota inside", f"See {TARGET} please.\r\n")
ENCLOSING = message(
    "Two files and a letter",
    "--edge\r\nContent-Type: text/plain\r\n\r\nHere they are.\r\n"
    + part(PDF, "application/pdf", "../../rota.pdf")
    + part(PROGRAM, "application/pdf", "invoice.pdf.exe")
    + f"--edge\r\nContent-Type: message/rfc822\r\n\r\n{INNER.decode()}\r\n--edge--\r\n",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="edge"',
)
MESSAGES = [
    message("A long letter", LONG),
    message("Short", f"Look at {TARGET} and at nothing else.\r\n"),
    ENCLOSING,
]


@pytest.fixture
def opened(terminal: StartTerminal, dovecot: Dovecot, tmp_path: Path) -> Opened:
    """Open a mailbox of ``MESSAGES``, the last of them on top."""
    dovecot.deliver(MESSAGES)

    def start(config: str = "", **env: str) -> Terminal:
        folder = tmp_path / "kept"
        folder.mkdir(exist_ok=True)
        given = write_config(tmp_path, f'save_dir = "{folder}"\n{config}')
        env = given | {"POPTUI_PASSWORD": dovecot.password} | env
        screen = terminal(dovecot.url, env=env, rows=30)
        screen.wait_for("A long letter")
        screen.wait_quiet()
        return screen

    return start


def traffic(dovecot: Dovecot, screen: Terminal) -> tuple[int, int]:
    """Return how many TOPs and RETRs the session took, as Dovecot logs them at its end."""
    screen.press("x")
    assert screen.exit_code() == 0
    assert_restored(screen)
    found = dovecot.wait_for_log(r"\btop=(\d+)/\d+, retr=(\d+)/\d+")
    return int(found[1]) - len(MESSAGES), int(found[2])


def test_moving_costs_nothing_and_each_step_of_reading_one_command(
    dovecot: Dovecot, opened: Opened
) -> None:
    screen = opened()
    screen.press("j", "k", "j", "j")
    screen.wait_for("Space preview · Enter download")
    screen.press("space")
    screen.wait_for(re.compile(r"Preview .* 1\.\d of 180 kB · Space 200 lines"))
    screen.press("space")
    screen.wait_for(re.compile(r"Preview .* 9\.\d of 180 kB · Enter download"))
    screen.press("enter")
    screen.wait_for(re.compile(r"^─ Message .* 180 kB · plain", re.MULTILINE))
    screen.press("G")
    screen.wait_for("Row 3999")
    screen.press("esc", "k", "j", "enter", "space", "space", "V")
    screen.wait_for("only plain text")
    assert traffic(dovecot, screen) == (2, 1)


def test_space_in_the_viewer_pages_and_fetches_more_at_the_end(
    dovecot: Dovecot, opened: Opened
) -> None:
    screen = opened()
    screen.press("G", "space", "tab")
    screen.wait_for("Row 0005")
    screen.press("G")
    screen.wait_for("Row 0039")
    screen.press("space")
    screen.wait_for("Row 0050")
    screen.press("G", "space")
    screen.wait_for("Enter downloads the rest")
    assert traffic(dovecot, screen) == (2, 0)


def test_the_raw_view_and_the_search_cost_no_more(dovecot: Dovecot, opened: Opened) -> None:
    screen = opened()
    screen.press("enter")
    screen.wait_for("Here they are.")
    screen.press("h")
    screen.wait_for("Content-Type: multipart/mixed")
    screen.press("h")
    screen.wait_for("--edge")
    screen.press("/")
    screen.wait_for("Search:")
    screen.write("RFC822\r")
    screen.wait_for("1 of 1: RFC822")
    screen.wait_for("message/rfc822")
    screen.press("n", "N", "h")
    screen.wait_for("Here they are.")
    assert traffic(dovecot, screen) == (0, 1)


def test_an_enclosed_message_opens_and_escape_goes_back(dovecot: Dovecot, opened: Opened) -> None:
    screen = opened()
    screen.press("a")
    screen.wait_for("3 attachments")
    screen.press("G", "enter")
    screen.wait_for("The rota inside")
    screen.wait_for("Esc goes back")
    screen.wait_for(f"See {TARGET} [1] please.")
    screen.press("esc")
    screen.wait_for("Here they are.")
    assert traffic(dovecot, screen) == (0, 1)


def test_the_message_is_saved_byte_for_byte(
    dovecot: Dovecot, opened: Opened, tmp_path: Path
) -> None:
    screen = opened()
    for _ in MESSAGES:
        screen.press("S")
        screen.wait_for("Save to folder:")
        screen.press("enter")
        screen.wait_for("Saved")
        screen.press("j")
        screen.wait_gone("Saved")
    saved = sorted(path.read_bytes() for path in (tmp_path / "kept").iterdir())
    stored = sorted(path.read_bytes() for path in dovecot.maildir.glob("*/*") if path.is_file())
    assert [text.replace(b"\r\n", b"\n") for text in saved] == [
        text.replace(b"\r\n", b"\n") for text in stored
    ]
    assert saved == sorted(MESSAGES)
    assert traffic(dovecot, screen) == (0, 3)


def test_attachments_are_saved_inside_the_folder_with_warnings(
    dovecot: Dovecot, opened: Opened, tmp_path: Path
) -> None:
    screen = opened()
    screen.press("a")
    screen.wait_for("3 attachments")
    screen.press("j")
    screen.wait_for("is application/x-msdownload")
    screen.press("s")
    screen.wait_for("Save to folder:")
    screen.press("enter")
    screen.wait_for("Saved")
    screen.press("S")
    screen.wait_for("Save to folder:")
    screen.press("enter")
    screen.wait_for("Saved 3 files")
    screen.press("esc")
    screen.wait_gone("3 attachments")
    folder = tmp_path / "kept"
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert found["invoice.pdf.exe"] == found["invoice.pdf-2.exe"] == PROGRAM
    assert sorted(map(len, found.values())) == sorted(map(len, (PROGRAM, PROGRAM, PDF, INNER)))
    assert {path.parent for path in tmp_path.rglob("*rota*")} == {folder}
    assert traffic(dovecot, screen) == (0, 1)


def test_the_pager_gets_a_private_file_that_is_removed_afterwards(
    dovecot: Dovecot, opened: Opened, tmp_path: Path
) -> None:
    pager, seen = tmp_path / "pager", tmp_path / "seen"
    pager.write_text(
        "#!/bin/sh\ntrap '' INT\n"
        f'ls -ld "$1" "$(dirname "$1")" > {seen}.ls\ncp "$1" {seen}\n'
        f'echo "$1" "${{POPTUI_PASSWORD-none}}" > {seen}.args\n'
        "echo\necho PAGER HAS IT\nread answer\n"
    )
    pager.chmod(0o700)
    screen = opened(PAGER=str(pager))
    screen.press("j", "enter")
    screen.wait_for("nothing else")
    screen.press("e")
    screen.wait_for("PAGER HAS IT")
    assert not screen.modes.alternate_screen
    screen.write("\x03")
    screen.write("x\r")
    screen.wait_until(lambda lines: screen.modes.alternate_screen, what="the end of the pager")
    screen.wait_for("Esc back")  # repainted: keys are read again
    screen.press("tab")
    screen.wait_for("A long letter")
    assert "Look at" in seen.read_text()
    file, password = Path(f"{seen}.args").read_text().split()
    assert password == "none"
    folder = os.path.dirname(file)
    screen.wait_until(lambda lines: not os.path.lexists(folder), what="the file to be removed")
    modes = [line.split()[0] for line in Path(f"{seen}.ls").read_text().splitlines()]
    assert sorted(mode[:10] for mode in modes) == [
        stat.filemode(stat.S_IFREG | 0o600),
        stat.filemode(stat.S_IFDIR | 0o700),
    ]
    assert traffic(dovecot, screen) == (0, 1)


def test_keys_typed_for_the_pager_do_not_reach_the_list(
    dovecot: Dovecot, opened: Opened, tmp_path: Path
) -> None:
    pager, over = tmp_path / "pager", tmp_path / "over"
    pager.write_text(
        f"#!/bin/sh\necho; echo PAGER HAS IT\nwhile [ ! -e {over} ]; do sleep 0.05; done\n"
    )
    pager.chmod(0o700)
    screen = opened(PAGER=str(pager))
    screen.press("j", "enter")
    screen.wait_for("nothing else")
    screen.press("e")
    screen.wait_for("PAGER HAS IT")
    screen.write("dx")
    screen.wait_for("dx")  # the terminal has it, and the pager doesn't read it
    over.touch()
    screen.wait_until(lambda lines: screen.modes.alternate_screen, what="the end of the pager")
    screen.wait_for("Esc back")
    screen.press("tab")
    screen.wait_for("A long letter")
    assert "marked" not in "".join(screen.screen())


def test_a_link_goes_to_the_clipboard_by_exactly_one_sequence(opened: Opened) -> None:
    screen = opened()
    screen.press("j", "enter")
    screen.wait_for("nothing else")
    screen.press("y")
    screen.wait_for("Copy link number: 1")
    screen.press("enter")
    screen.wait_for("If it is not on the clipboard, select it")
    expected = b"\x1b]52;c;" + base64.b64encode(TARGET.encode()) + b"\x07"
    assert screen.raw.count(expected) == 1
    assert screen.raw.count(b"\x1b]52") == 1
    screen.press("Y")
    screen.wait_for("open_link")
    screen.press("x")
    assert screen.exit_code() == 0


def test_a_link_is_copied_by_the_configured_command_if_the_terminal_cannot_copy(
    opened: Opened, tmp_path: Path
) -> None:
    command, seen = tmp_path / "copy", tmp_path / "seen"
    command.write_text(f"#!/bin/sh\n[ -e {seen} ] && exit 3\ncat > {seen}\n")
    command.chmod(0o700)
    screen = opened(f'copy_command = "{command} --primary"\n')
    screen.press("j", "enter")
    screen.wait_for("nothing else")
    screen.press("y", "enter")
    screen.wait_for(f"Copied: {TARGET}")
    assert seen.read_text() == TARGET
    assert b"\x1b]52" not in screen.raw
    screen.press("y", "enter")
    screen.wait_for("failed with exit code 3")
    screen.press("x")
    assert screen.exit_code() == 0


def test_a_link_is_opened_by_the_configured_command_after_a_question(
    opened: Opened, tmp_path: Path
) -> None:
    browser, seen = tmp_path / "browser", tmp_path / "seen"
    browser.write_text(f'#!/bin/sh\necho "$#" "$@" > {seen}.new\nmv {seen}.new {seen}\n')
    browser.chmod(0o700)
    screen = opened(f'open_link = "{browser} --new"\n')
    screen.press("j", "enter")
    screen.wait_for("nothing else")
    screen.press("Y")
    screen.wait_for("Open link number: 1")
    screen.press("enter")
    screen.wait_for("Open this link?")
    assert TARGET in "\n".join(screen.screen())
    screen.press("enter")
    screen.wait_gone("Open this link?")
    assert not seen.exists()
    screen.press("Y")
    screen.wait_for("Open link number: 1")
    screen.press("enter")
    screen.wait_for("Open this link?")
    screen.press("y")
    screen.wait_until(lambda lines: seen.exists(), what="the browser")
    assert seen.read_text() == f"2 --new {TARGET}\n"
    screen.press("x")
    assert screen.exit_code() == 0


def test_a_cached_message_is_not_downloaded_at_the_next_start(
    dovecot: Dovecot, opened: Opened
) -> None:
    for session, downloads in ((1, 1), (2, 0)):
        screen = opened('body_cache = "1 MB"\n')
        screen.press("enter")
        screen.wait_for("Here they are.")
        screen.press("x")
        assert screen.exit_code() == 0
        assert dovecot.wait_for_log(r"\bretr=(\d+)/", times=session)[1] == str(downloads)
