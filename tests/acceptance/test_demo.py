"""``poptui demo``: a real session in one process, which leaves no mail and no marks behind."""

from __future__ import annotations

import re
from pathlib import Path

from tests.acceptance.program import write_config
from tests.acceptance.screen import assert_restored, exit_message
from tests.kit.terminal import StartTerminal, Terminal

COUNT = re.compile(r"(\d+) messages")


def count(screen: Terminal) -> int:
    found = COUNT.search("".join(screen.wait_for(COUNT)))
    assert found
    return int(found[1])


def test_a_commit_deletes_messages_only_until_the_demo_ends(
    terminal: StartTerminal, tmp_path: Path
) -> None:
    screen = terminal("demo")
    before = count(screen)
    assert before >= 50
    screen.press("d", "d", "$")
    screen.wait_for("Delete 2 messages")
    screen.press("c")
    screen.wait_for(f"{before - 2} messages")
    screen.press("r", "G", "enter")
    screen.wait_for("From ")
    screen.press("x")
    assert screen.exit_code() == 0
    assert exit_message(screen) != "poptui: Nothing was deleted.", "two messages were deleted"
    assert_restored(screen)
    again = terminal("demo")
    again.write("\x1bd")  # Esc and d, typed before the screen is there
    assert count(again) == before
    again.wait_for("1 marked")
    again.press("x")
    assert again.exit_code() == 0
    files = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert files == ["tour-shown"]


def test_messages_of_the_demo_open(terminal: StartTerminal) -> None:
    """Every third; ``tests/demo`` reads all of them."""
    screen = terminal("demo")
    for _ in range(0, count(screen), 3):
        screen.wait_for("Enter download")
        screen.press("enter")
        screen.wait_gone("Enter download")
        screen.wait_for("─ Message ─")
        screen.press("tab", "j", "j", "j")
    screen.press("x")
    assert screen.exit_code() == 0
    assert_restored(screen)


def test_a_long_notice_at_the_start_is_shown_in_full(
    terminal: StartTerminal, tmp_path: Path
) -> None:
    settings = write_config(tmp_path, 'theme = "no-such-theme-in-any-folder"\n')
    screen = terminal("demo", columns=60, rows=15, env=settings)
    screen.wait_for("the themes.")
    screen.press("q")
    assert screen.exit_code() == 0


def test_terminal_replies_are_not_taken_for_keys(terminal: StartTerminal) -> None:
    screen = terminal("demo")
    before = count(screen)
    for first, rest in [
        (b"\x1b]11;rgb:dddd/dd", b"dd/dddd\x07"),
        (b"\x1bP>|dd(1)", b"dd\x1b\\"),
        (b"\x1b", b"]11;rgb:dddd/dddd/dddd\x1b\\"),
        (b"\x1b[?62;22", b"d\x1b[99999999999u\x1b[97:65;2u\xff\xfed"[:-1]),
        (b"\x9b?62;22d", b"\x1b[48;999999999;999999999;1;1t\xc3"),
    ]:
        screen.write(first)
        screen.wait_quiet(0.15)  # longer than ESCDELAY
        screen.write(rest)
    screen.press("/", "u", "t", "f", "enter", "esc")
    screen.wait_for(f"{before} messages")
    screen.press("q")
    assert screen.exit_code() == 0, "nothing is marked: quits without a question"
