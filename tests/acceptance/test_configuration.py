"""Rules and lists of the configuration in the interface; and configurations with errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.program import write_config
from tests.acceptance.screen import exit_message
from tests.acceptance.spam import mixed
from tests.kit.dovecot import Dovecot
from tests.kit.terminal import StartTerminal

RULES = """
[[rules]]
match = "is:spam"
action = "mark"

[[rules]]
match = "from:x3"
action = "protect"
"""
WRONG = {
    "a filter": '[[rules]]\nmatch = "size:>x"\naction = "mark"\n',
    "an action": '[[rules]]\nmatch = "is:spam"\naction = "delete"\n',
    "a saved filter": '[filters]\nmine = "(a"\n',
    "a friend": 'friends = ["nobody"]\n',
}


def test_rules_mark_on_load_and_delete_nothing_by_themselves(
    dovecot: Dovecot, terminal: StartTerminal, tmp_path: Path
) -> None:
    messages, spams = mixed(12)
    names = dovecot.deliver(messages)
    env = write_config(tmp_path, RULES) | {"POPTUI_PASSWORD": dovecot.password}
    screen = terminal(dovecot.url, env=env)
    screen.wait_for("3 messages marked by rules; undo unmarks them.")
    screen.wait_for("3 marked")
    screen.press("z")
    screen.wait_gone("3 marked")
    screen.press("1", "D")
    screen.wait_for("1 left out: protected.")
    screen.press("y")
    screen.wait_for("3 marked")
    assert dovecot.files() == set(names)
    screen.press("q")
    screen.wait_for("Delete 3 messages")
    screen.press("c")
    assert screen.exit_code() == 0
    assert dovecot.files() == set(names) - {names[number - 1] for number in spams if number != 3}


def test_b_blocks_the_sender_for_the_next_start(
    dovecot: Dovecot, terminal: StartTerminal, tmp_path: Path
) -> None:
    dovecot.deliver(mixed(2)[0])
    env = write_config(tmp_path, "") | {"POPTUI_PASSWORD": dovecot.password}
    for start in range(2):
        screen = terminal(dovecot.url, env=env)
        screen.wait_for("letter 2")
        if not start:
            screen.press("b")
            screen.wait_for("is blocked now")
        screen.wait_for("1 spam")
        screen.press("q")
        assert screen.exit_code() == 0
    assert "@example.org" in (tmp_path / "blocklist.txt").read_text()


@pytest.mark.parametrize("config", WRONG.values(), ids=WRONG.keys())
def test_errors_are_reported_before_anything_is_done(
    config: str, dovecot: Dovecot, terminal: StartTerminal, tmp_path: Path
) -> None:
    env = write_config(tmp_path, config) | {"POPTUI_PASSWORD": dovecot.password}
    screen = terminal(dovecot.url, env=env)
    assert screen.exit_code() == 2
    shown = exit_message(screen) if b"\x1b[?1049l" in screen.raw else screen.raw.decode()
    assert "poptui.toml" in shown
    assert "Login" not in dovecot.log()
