"""Nothing that a server or a sender writes controls the terminal, on any screen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from poptui.errors import ExitCode
from tests.acceptance.hostile import (
    MESSAGES,
    PAYLOADS,
    RAW_LINE,
    TOP,
    HostileServer,
    assert_harmless,
    refused,
)
from tests.acceptance.program import PASSWORD, serving
from tests.acceptance.screen import READ
from tests.kit.terminal import StartTerminal, Terminal

SIZES = [(80, 24), (160, 50), (40, 12)]
MARKUP = ("S24[red]x", "S25[@click=", "S26[/nope]")
REPLACED = "\ufffd"
END_OF_PROGRESS = b"\r\x1b[K"

Opened = Callable[..., Terminal]


@pytest.mark.parametrize("name", [name for name in PAYLOADS if PAYLOADS[name][0] not in "[\r"])
def test_the_check_finds_every_attack(name: str) -> None:
    assert_harmless(b"\x1b[1;38;2;1;2;3mplain\x1b[0m\x1b[2;1H\x1b[?25l")
    with pytest.raises(AssertionError):
        assert_harmless(PAYLOADS[name].encode())


@pytest.fixture
def hostile() -> Iterator[HostileServer]:
    with serving(HostileServer()) as server:
        yield server


def url(server: HostileServer) -> str:
    return f"pop://user@127.0.0.1:{server.port}"


@pytest.fixture
def opened(terminal: StartTerminal, hostile: HostileServer) -> Iterator[Opened]:
    """Open the hostile mailbox; at the end, check that nothing in it acted on the terminal."""
    screens: list[Terminal] = []

    def start(columns: int = 80, rows: int = 24) -> Terminal:
        screens.append(terminal(url(hostile), columns=columns, rows=rows, env=PASSWORD))
        screens[0].wait_for("Sraw")
        return screens[0]

    yield start
    screens[0].press("x")
    assert screens[0].exit_code() == 0
    assert_harmless(screens[0].raw)


def turn(screen: Terminal, key: str, wanted: str) -> str:
    """Press ``key`` until ``wanted`` is on the screen; return all that was shown meanwhile."""
    seen = "".join(screen.screen())
    for _ in range(100):
        screen.press(key)
        lines = "".join(screen.wait_quiet(0.1))
        seen += lines
        if wanted in lines:
            return seen
    raise AssertionError(f"{wanted} is not reached by {key}")


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_the_list_and_the_cards(columns: int, rows: int, opened: Opened) -> None:
    screen = opened(columns, rows)
    seen = ""
    for _ in range(TOP):
        screen.press("j")
        seen += "".join(screen.screen())
    seen += "".join(screen.wait_for("S01"))
    screen.press("g", "tab")
    screen.wait_for("Fraw")
    screen.press("pgdn", "tab", "G")
    seen += "".join(screen.wait_for("S09" + REPLACED))
    assert REPLACED in seen


def test_markup_is_shown_as_it_is(opened: Opened) -> None:
    screen = opened(160, 50)
    for mark in MARKUP:
        screen.wait_for(mark)


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_opened_messages(columns: int, rows: int, opened: Opened) -> None:
    screen = opened(columns, rows)
    for first, last in (("Sraw", "Braw"), ("B01", "B26"), ("H01", "l26.example"), ("A01", "A26")):
        screen.press("enter")
        screen.wait_for("Esc back")
        turn(screen, "G", last)
        turn(screen, "g", "From ")
        assert first in turn(screen, "pgdn", last)
        screen.press("tab")
        screen.wait_gone("Esc back")
        screen.press("j")


def test_dialogs_help_and_palette(opened: Opened) -> None:
    screen = opened()
    screen.press("d", "d", "d", "G", "d")
    screen.wait_for("4 marked")
    for key, title in (("q", "and quit"), ("$", "and stay"), ("U", "Unmark 4")):
        screen.press(key)
        screen.wait_for(title)
        screen.wait_for("Sraw")
        screen.press("pgdn", "pgup", "esc")
        screen.wait_gone(title)
    screen.press("?")
    screen.wait_for("Esc  Close")
    screen.press("esc")
    screen.wait_gone("Esc  Close")
    screen.press("ctrl+p")
    screen.wait_for("─ Palette ─")
    screen.write("[@click=app.quit]x[/nope]")
    screen.wait_for("[/nope]")
    screen.press("esc")
    screen.wait_gone("[/nope]")


def test_a_refused_header_and_a_refused_message(hostile: HostileServer, opened: Opened) -> None:
    hostile.answers |= {b"TOP 29 0": refused("Etop"), b"RETR": refused("Eretr")}
    screen = opened()
    screen.wait_for("Etop")
    screen.press("j", "enter")
    screen.wait_for("Eretr")


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_refused_deletions(columns: int, rows: int, hostile: HostileServer, opened: Opened) -> None:
    hostile.answers |= {b"DELE": refused("Edele")}
    screen = opened(columns, rows)
    screen.press("d", "d")
    screen.wait_for("2 marked")
    screen.wait_for("Edele")
    screen.press("$")
    screen.wait_for("Delete 2")
    screen.press("c")
    screen.wait_for("Refused by the server")
    screen.wait_quiet(READ)
    turn(screen, "pgdn", "Edele")
    screen.press("enter")
    screen.wait_gone("Enter  Continue")


def test_a_commit_whose_answer_is_refused(hostile: HostileServer, opened: Opened) -> None:
    hostile.answers |= {b"QUIT": refused("Equit")}
    screen = opened()
    screen.press("d", "d", "$")
    screen.wait_for("and stay")
    screen.press("c")
    screen.wait_for("Equit")
    screen.wait_quiet(READ)
    screen.press("enter")
    screen.wait_gone("Enter  Continue")


def test_replies_that_are_not_valid(hostile: HostileServer, opened: Opened) -> None:
    hostile.answers |= {b"RETR": b"Eword %s\r\n" % RAW_LINE}
    screen = opened()
    screen.press("enter")
    screen.wait_for("Eword")


def test_a_session_that_cannot_be_restored(hostile: HostileServer, opened: Opened) -> None:
    screen = opened()
    hostile.answers |= {b"PASS": refused("[SYS/TEMP] Epass")}
    screen.press("r")
    screen.wait_for("Epass")
    hostile.answers[b"PASS"] = refused("[IN-USE] Elock")
    screen.press("r")
    screen.wait_for("Elock")


def test_hostile_uids(terminal: StartTerminal) -> None:
    with serving(HostileServer(uids=True)) as server:
        screen = terminal(url(server), env=PASSWORD)
        screen.wait_for("Sraw")
        screen.press("d", "d")
        screen.press("r")
        screen.wait_for("Sraw")
        screen.press("x")
        assert screen.exit_code() == 0
        assert_harmless(screen.raw)
        listed = terminal("list", url(server), "--json", env=PASSWORD)
        assert listed.exit_code() == 0
        assert_harmless(listed.raw)


@pytest.mark.parametrize("command", [["list"], []], ids=["list", "open"])
@pytest.mark.parametrize(
    ("greeting", "answers", "code", "seen"),
    [
        (b"-ERR Egreet " + RAW_LINE, {}, 3, "Egreet"),
        (b"Egreet " + RAW_LINE, {}, 3, "Egreet"),
        (b"+OK " + RAW_LINE, {b"PASS": refused("[AUTH] Epass")}, 4, "Epass"),
        (b"+OK " + RAW_LINE, {b"PASS": refused("[IN-USE] Epass")}, 6, "Epass"),
        (b"+OK " + RAW_LINE, {b"LIST": refused("Elist"), b"STAT": refused("Estat")}, 5, "Elist"),
    ],
)
def test_no_session(
    command: list[str],
    greeting: bytes,
    answers: dict[bytes, bytes],
    code: int,
    seen: str,
    terminal: StartTerminal,
) -> None:
    with serving(HostileServer(greeting=greeting)) as server:
        server.answers |= answers
        screen = terminal(*command, url(server), columns=200, env=PASSWORD)
        if code == ExitCode.LOCKED and not command:
            screen.wait_for("next try")
            screen.press("q")
        assert screen.exit_code() == code
        screen.wait_for(seen)
        assert_harmless(screen.raw)


def test_list_and_show_on_a_terminal(hostile: HostileServer, terminal: StartTerminal) -> None:
    words = ("Braw", "B26", "H26", "A26")
    runs = [("list",), ("list", "--json"), ("list", "--jsonl", "--sort", "from")]
    runs += [("show", str(TOP - at), *more) for at in range(4) for more in ((), ("--raw",))]
    runs += [("show", str(at), "--headers") for at in (TOP, 1, 13)]
    seen = b""
    for name, *rest in runs:
        screen = terminal(name, url(hostile), *rest, columns=120, env=PASSWORD)
        assert screen.exit_code() == 0, rest
        assert_harmless(screen.raw)
        seen += screen.raw
    assert all(word.encode() in seen for word in (*words, *MARKUP, "S01", "F13"))


def test_errors_of_batch_commands_on_a_terminal(
    hostile: HostileServer, terminal: StartTerminal
) -> None:
    hostile.answers |= {b"TOP 29 0": refused("Etop"), b"RETR": refused("Eretr")}
    listed = terminal("list", url(hostile), columns=200, env=PASSWORD)
    assert listed.exit_code() == 0
    shown = terminal("show", url(hostile), "latest", columns=200, env=PASSWORD)
    assert shown.exit_code() == 1
    absent = terminal("show", url(hostile), "uid:x" + PAYLOADS["colour"], env=PASSWORD)
    assert absent.exit_code() == 1
    for screen, word in ((listed, b"Etop"), (shown, b"Eretr"), (absent, b"uid")):
        assert word in screen.raw or screen is absent
        assert_harmless(screen.raw)


def test_json_keeps_hostile_text_as_escapes(
    hostile: HostileServer, terminal: StartTerminal
) -> None:
    screen = terminal("list", url(hostile), "--jsonl", env=PASSWORD)
    assert screen.exit_code() == 0
    document = screen.raw.rpartition(END_OF_PROGRESS)[2]
    rows = [json.loads(line) for line in document.splitlines()]
    assert len(rows) == len(MESSAGES)
    subjects = {row["number"]: row["subject"] for row in rows}
    assert subjects[1] == "S01" + PAYLOADS["title"]
    assert subjects[4] == "S04" + PAYLOADS["clipboard"]
