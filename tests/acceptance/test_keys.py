"""Every key of the README's table in the real program, in a mailbox longer than the screen.

One run of the program serves many keys. After each of them the row under the cursor, the message
in the viewer and what a following ``d`` marks must be the same message, and on the screen.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import pytest

from poptui.tui.actions.keymaps import Keymap
from poptui.tui.actions.keys import shown_key
from tests.kit.dovecot import Dovecot
from tests.kit.terminal import StartTerminal, Terminal
from tests.mailbox.watched import make_message

COUNT = 300
SIZES = [(80, 24), (200, 50)]
WHEEL_DOWN, WHEEL_UP = "\x1b[<65;10;6M", "\x1b[<64;10;6M"
DOWN = ("down", "\x1bOB", "j")
UP = ("up", "\x1bOA", "k")
TOP = ("home", "\x1bOH", "\x1b[1~", "g", "=")
BOTTOM = ("end", "\x1bOF", "\x1b[4~", "G", "*")
MARK = ("d", "#", "delete")
ROW = re.compile(r"letter (\d+)")


def mail() -> list[bytes]:
    """Return messages by number; every third from one sender, the newest long, with a link."""
    found = [make_message(number) for number in range(1, COUNT + 1)]
    found[-1] += b"".join(b"Line %d of a text.\r\n" % line for line in range(1, 200))
    found[-1] += b"https://www.example.org/there\r\n"
    return found


class Screen:
    """The list, its cursor and the viewer: what the terminal shows, and what it should show."""

    def __init__(self, terminal: Terminal, columns: int) -> None:
        self.terminal = terminal
        self.list_cells = columns * 55 // 100 if columns >= 140 else columns
        self.at = 0
        """The row on which the cursor should be, from the top of the list."""

    def rows(self) -> dict[int, int]:
        """The line of each message that the list shows, by number."""
        found = {}
        for y, line in enumerate(self.terminal.screen()):
            match = ROW.search(line[: self.list_cells])
            if match and "Sender" in line[: self.list_cells]:
                found[int(match[1])] = y
        return found

    def cursor(self) -> int | None:
        """The number of the message whose row is under the cursor; None if that is not shown."""
        buffer = self.terminal._screen.buffer
        lines = self.terminal.screen()
        rows = self.rows()
        looks = {number: _ground(buffer[y][30]) for number, y in rows.items()}
        usual = Counter(looks.values()).most_common(1)
        under = [
            number
            for number, y in rows.items()
            if "▌" in lines[y][:2] and looks[number] != usual[0][0]
        ]
        # During a repaint some rows have the new colours and others the old: wait for the rest.
        return under[0] if len(under) == 1 else None

    def viewed(self) -> int | None:
        """The number of the message in the viewer."""
        for line in self.terminal.screen():
            part = line if self.list_cells == len(line) else line[self.list_cells :]
            if match := re.search(r"From .*s(\d+)@", part):
                return int(match[1])
        return None

    @property
    def number(self) -> int:
        """The message on which the cursor should be."""
        return COUNT - self.at

    @property
    def page(self) -> int:
        return len(self.rows())

    def move(self, key: str, rows: int) -> None:
        """Press a key that moves the cursor by a number of rows."""
        self.terminal.press(key)
        self.at = max(0, min(COUNT - 1, self.at + rows))
        self.settled(key)

    def settled(self, what: str) -> None:
        """Wait until cursor and viewer are where they should be."""
        self.terminal.wait_until(
            lambda _: self.cursor() == self.viewed() == self.number,
            what=f"message {self.number} under the cursor and in the viewer after {what!r}",
        )

    def wait_for_others_than(self, numbers: Iterable[int]) -> None:
        """Wait until the list shows none of these messages."""
        unwanted = set(numbers)
        self.terminal.wait_until(lambda _: not unwanted & self.rows().keys())

    def marked(self) -> set[int]:
        """The numbers of the messages on the screen that are marked."""
        lines = self.terminal.screen()
        return {number for number, y in self.rows().items() if set(lines[y][1:3]) & set("dD")}

    def mark(self, key: str) -> None:
        """Press a key that marks: the message under the cursor, and no other."""
        wanted = self.number
        before = self.marked()
        self.terminal.press(key)
        self.at = min(COUNT - 1, self.at + 1)
        self.settled(key)
        self.terminal.wait_until(
            lambda _: self.marked() - before == {wanted} & self.rows().keys(),
            what=f"a mark on {wanted} and on no other",
        )
        self.terminal.press("z")
        self.terminal.wait_until(lambda _: self.marked() == before, what="the mark undone")


def _ground(cell: Any) -> tuple[object, ...]:
    """Return the part of a cell's style that is visible even on a blank."""
    return cell.bg, cell.reverse, cell.underscore


class OpenList(Protocol):
    """``opened(80, 24)``: poptui on the mailbox, its cursor on the newest message."""

    def __call__(self, columns: int, rows: int, **env: str) -> Screen: ...


@pytest.fixture
def opened(dovecot: Dovecot, terminal: StartTerminal) -> OpenList:
    dovecot.deliver(mail())

    def start(columns: int, rows: int, **env: str) -> Screen:
        env["POPTUI_PASSWORD"] = dovecot.password
        one = terminal(dovecot.url, columns=columns, rows=rows, env=env)
        one.wait_for("letter 300")
        one.wait_quiet()  # every row: a page has as many of them
        one.wait_gone("· headers ")
        screen = Screen(one, columns)
        screen.settled("the start")
        return screen

    return start


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_every_moving_key_moves_the_cursor(columns: int, rows: int, opened: OpenList) -> None:
    screen = opened(columns, rows)
    page = screen.page
    for key in DOWN:
        screen.move(key, 1)
    for key in UP:
        screen.move(key, -1)
    for _ in range(3):
        screen.move("pgdn", page)
    screen.mark("d")
    screen.move("pgup", -page)
    for to_end, to_start in zip(BOTTOM, TOP, strict=True):
        screen.move(to_end, COUNT)
        screen.mark("d")
        screen.move(to_start, -COUNT)
    for key in MARK:
        screen.move("pgdn", page)
        screen.mark(key)
    screen.terminal.write("j" * (page + 7))
    screen.move("down", page + 8)
    screen.mark("d")


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_no_key_acts_on_a_message_that_the_wheel_moved_off_the_screen(
    columns: int, rows: int, opened: OpenList
) -> None:
    screen = opened(columns, rows)
    screen.move("down", 1)
    for key in ("d", "u", "t", "w", "b", "J", "H", "!", "enter", "space", "h", "a", "S", "s"):
        shown = screen.rows()
        screen.terminal.write(WHEEL_DOWN * 20)
        screen.wait_for_others_than(shown)
        assert screen.cursor() is None
        assert screen.viewed() == screen.number
        screen.terminal.press(key)
        lines = screen.terminal.wait_for("The cursor was off the screen, on message 299.")
        screen.settled(key)
        assert not screen.marked()
        assert not re.search("tagged|Deleting|body 299", "\n".join(lines))
    screen.mark("d")
    screen.terminal.write(WHEEL_DOWN * 20)
    screen.terminal.wait_until(lambda _: screen.cursor() is None)
    screen.move("j", 1)
    screen.terminal.write(WHEEL_DOWN * 20)
    screen.terminal.wait_until(lambda _: screen.cursor() is None)
    screen.terminal.write(WHEEL_UP * 20)
    screen.settled("the wheel back")


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_resizing_sorting_filtering_and_grouping_keep_the_cursor_on_its_message_and_screen(
    columns: int, rows: int, opened: OpenList
) -> None:
    screen = opened(columns, rows)
    screen.terminal.write("j" * 40)
    screen.move("j", 41)
    number = screen.number
    screen.terminal.resize(columns, rows - 5)
    screen.settled("a smaller screen")
    screen.terminal.resize(columns, rows)
    screen.settled("a larger screen")
    for key in ("tab", "tab", "O", "O", "r"):
        screen.terminal.press(key)
        screen.settled(key)
    screen.terminal.wait_gone("Checking for new mail")
    screen.terminal.press("/")
    screen.terminal.write(f"subject:1{number}")
    screen.terminal.wait_for("No message matches")
    screen.terminal.press("esc")
    screen.settled("a filter left by Esc")
    screen.terminal.write("lsubject:29")
    screen.terminal.wait_for(re.compile("letter 299"))
    screen.terminal.press("enter", "esc")
    screen.settled("a filter kept and cleared")
    for by in ("sender", "domain", "subject", "list"):
        screen.terminal.press("v")
        screen.terminal.wait_for(f"Grouped by {by}")
    screen.terminal.press("v")
    screen.settled("groups and none")
    screen.mark("d")


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_every_moving_key_scrolls_the_viewer_and_stays_on_its_message(
    columns: int, rows: int, opened: OpenList
) -> None:
    screen = opened(columns, rows)
    terminal = screen.terminal
    terminal.press("enter")
    terminal.wait_for("Line 5 of a text.")
    in_viewer = f"\x1b[<65;{columns - 10};{rows - 5}M"
    for keys, back in (
        (DOWN, UP),
        (("pgdn", "space", in_viewer * 3), ("pgup", "-")),
        (BOTTOM, TOP),
    ):
        for key in keys:
            terminal.press(key)
            terminal.wait_gone("Subject  letter 300")
            assert screen.cursor() == COUNT
            terminal.press(back[0])
            terminal.wait_for("Subject  letter 300")
    for key in TOP:
        terminal.press("G")
        terminal.wait_gone("Subject  letter 300")
        terminal.press(key)
        terminal.wait_for("Subject  letter 300")
    terminal.press("G", "d")
    screen.at = 1
    screen.settled("d in the viewer")
    assert screen.marked() == {COUNT}


@pytest.mark.parametrize(
    "env",
    [
        {"NO_COLOR": "1", "TERM": "xterm-256color"},
        {"NO_COLOR": "1", "TERM": "screen", "COLORTERM": "truecolor"},
        {"TERM": "vt100", "COLORTERM": ""},
        {"TERM": "linux"},
        {"TERM": "xterm-256color"},
        {"NO_COLOR": "", "TERM": "xterm-256color", "COLORTERM": "truecolor"},
    ],
    ids=str,
)
def test_the_cursor_is_visible_with_and_without_colours(
    env: dict[str, str], opened: OpenList
) -> None:
    screen = opened(80, 24, **env)
    screen.move("down", 1)
    terminal = screen.terminal
    colours = {
        colour
        for row in terminal._screen.buffer.values()
        for cell in row.values()
        for colour in (cell.fg, cell.bg)
    }
    colourless = bool(env.get("NO_COLOR")) or env["TERM"] == "vt100"
    assert (colours == {"default"}) is colourless
    terminal.press("d", "q")
    terminal.wait_for("Delete 1 message")
    terminal.press("up")
    y = next(y for y, line in enumerate(terminal.wait_quiet()) if "Keep marks" in line)
    focused, other = (terminal._screen.buffer[line][10] for line in (y, y + 1))
    assert (focused.bg, focused.reverse) != (other.bg, other.reverse)


STEPS: tuple[tuple[str, str, str], ...] = (
    # key, what the screen shows then, what is typed after it
    ("tab", "Esc back", ""),
    ("shift+tab", "/ filter", ""),
    ("n", "Nothing was searched for", ""),
    ("N", "Nothing was searched for", ""),
    ("V", "This message is not open", ""),
    ("e", "This message is not open", ""),
    ("C", "This message is not open", ""),
    ("R", "reply_command", ""),
    ("y", "This message is not open", ""),
    ("Y", "open_link", ""),
    ("space", "Line 1 of a text", ""),
    ("enter", "Esc back", ""),
    ("y", "Copy link number: 1", "\r"),
    ("V", "only plain text", ""),
    ("h", "Message-ID", "hh"),
    ("/", "Search:", "Line 77\r"),
    ("N", "Line 77", ""),
    ("n", "Line 77", ""),
    ("a", "no attachments", ""),
    ("S", "Save to folder:", "\x1b"),
    ("e", "letter 300", ""),
    ("esc", "/ filter", ""),
    ("d", "1 marked", "k"),
    ("u", "300 messages", ""),
    ("z", "1 marked", ""),
    ("U", "Unmark 1 message", "y"),
    ("#", "1 marked", "z"),
    ("delete", "1 marked", "z"),
    ("o", "Sorted by", ""),
    ("O", "oldest first|smallest first|first", "ooooo"),
    ("p", "All headers are loaded", ""),
    ("!", "not spam · threshold", "\x1b"),
    ("t", "1 tagged", "\x1b"),
    ("s", "1 message from .* tagged", "\x1b"),
    ("w", "friend", "w"),
    ("b", "blocklist", "b"),
    ("J", "Learned as spam", ""),
    ("H", "Learned as not spam", ""),
    ("v", "Grouped by sender", "g"),
    ("right", "▾", ""),
    ("left", "▸", "vvvv"),
    ("0", "Apply", "\x1b"),
    *((str(number), "filter|Filter", f"{number}\x1b") for number in range(1, 10)),
    ("l", "Esc cancels", "subject:299\r"),
    ("D", "Mark 1 filtered message", "\x1b"),
    ("i", "letter 298", ""),
    ("r", "letter 300", ""),
    ("f5", "letter 300", ""),
    ("$", "Nothing is marked", ""),
    ("?", "Mark for deletion and move on", "\x1b"),
    ("M", "Notices of this session", "\x1b"),
    ("f1", "Mark for deletion and move on", "\x1b"),
    (":", "Palette", "\x1b"),
    ("]", "letter 29", ""),
    ("[", "letter 300", ""),
    ("ctrl+p", "Palette", "\x1b"),
    ("~", "CAPA", "\x1b"),
    ("%", "Statistics", "\x1b"),
    ("ctrl+t", "The mouse selects text", ""),
    ("ctrl+t", "poptui uses the mouse again", ""),
    ("ctrl+l", "letter 300", ""),
    ("d", "1 marked", ""),
    ("ctrl+q", "Delete 1 message", "\x1b"),
    ("ctrl+c", "Delete 1 message", "\x1b"),
    ("$", "Delete 1 message", "\x1b"),
    ("q", "Keep marks", "jG\x1b"),
    ("x", "", ""),
)
"""All other keys, in this order in one run."""


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_every_other_key_does_what_the_table_says(
    columns: int, rows: int, opened: OpenList, dovecot: Dovecot
) -> None:
    terminal = opened(columns, rows, PAGER="true").terminal
    for key, shown, then in STEPS:
        terminal.press(key)
        if shown:
            # It may be there from the key before, or of a message that is still being parsed.
            terminal.wait_quiet(0.1)
            terminal.wait_for(re.compile(shown))
        for character in then:
            terminal.write(character)
            terminal.wait_quiet(0.1)
        if then.endswith("\x1b") and "ilter" not in shown:
            terminal.wait_gone(re.compile(shown))
    assert terminal.exit_code() == 0
    assert len(dovecot.files()) == COUNT


def readme_keys() -> set[str]:
    """Every key of the README's table."""
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    table = text.partition("\n| key | does |\n")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[1:]]
    keys = {key for cell in cells for key in re.split(r"[\s,]+", cell.strip())}
    return (keys - {"1–9"}) | ({str(number) for number in range(1, 10)} if "1–9" in keys else set())


def test_the_readme_has_the_keys_of_the_registry() -> None:
    keys = itertools.chain.from_iterable(Keymap().keys.values())
    assert readme_keys() == set(map(shown_key, keys))


def test_every_key_of_the_readme_is_pressed_here() -> None:
    names = {"delete": "Del", "esc": "Esc", "pgdn": "PgDn", "pgup": "PgUp"}
    pressed = {key for key, _, _ in STEPS} | {*DOWN, *UP, *TOP, *BOTTOM, *MARK, "pgdn", "pgup", "-"}
    by_hand = {"ctrl+z", "A", "T"}
    """Tested in test_suspending.py, by a shell, in test_accounts.py, and in test_tour.py."""
    assert readme_keys() - by_hand <= {names.get(key, shown_key(key)) for key in pressed}
