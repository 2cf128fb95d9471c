"""Each keymap in the real program: browse 300 messages, mark one, delete it, leave."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.acceptance.program import poptui, write_config
from tests.kit.dovecot import Dovecot
from tests.kit.terminal import StartTerminal
from tests.mailbox.watched import make_message

COUNT = 300
ESC = "\x1b"
READING_S = 0.1
"""A person reads a question first: an answer in one packet with many keys is taken for a paste."""
STEPS: dict[str, tuple[tuple[str, str], ...]] = {
    # what is typed, and what the screen shows then
    "vim": (
        ("G", "letter 1 "),
        ("g", "g …  g top"),
        ("g", "s300@example.org"),
        ("j", "s299@example.org"),
        ("d", "d …  d mark  Esc cancel"),
        (ESC, "/ filter"),
        ("dd", "1 marked"),
        ("u", "/ filter"),
        ("\x04\x15", "/ filter"),  # ctrl+d, ctrl+u
        ("gg", "s300@example.org"),
        ("dd", "1 marked"),
        (":", "Palette"),
        ("commit", "Commit and stay"),
        ("\r", "Delete 1 message"),
        ("c", "1 message deleted"),
        ("ZZ", ""),
    ),
    "emacs": (
        (">", "letter 1 "),
        ("<", "s300@example.org"),
        ("\x0e", "s299@example.org"),  # ctrl+n
        ("\x10", "s300@example.org"),  # ctrl+p
        ("\x16", "letter 28"),  # ctrl+v
        ("\x1bv", "s300@example.org"),  # alt+v
        ("d", "1 marked"),
        ("\x18", "ctrl+x …"),
        ("\x13", "Delete 1 message"),  # ctrl+s
        ("c", "1 message deleted"),
        ("\x18\x03", ""),  # ctrl+x ctrl+c
    ),
    "gmail": (
        ("j", "s299@example.org"),
        ("k", "s300@example.org"),
        ("x", "1 tagged"),
        ("#", "Mark 1 tagged message"),
        ("y", "1 marked"),
        ("?", "Type to search"),
        ("xyzzy", "Nothing matches"),
        (ESC, "Moving the cursor"),
        ("?", "$ commit"),
        ("$", "Delete 1 message"),
        ("c", "1 message deleted"),
        ("q", ""),
    ),
}


@pytest.mark.parametrize("name", STEPS)
def test_browse_mark_and_commit(
    name: str, dovecot: Dovecot, terminal: StartTerminal, tmp_path: Path
) -> None:
    names = dovecot.deliver([make_message(number) for number in range(1, COUNT + 1)])
    env = write_config(tmp_path, f'keymap = "{name}"\n') | {"POPTUI_PASSWORD": dovecot.password}
    screen = terminal(dovecot.url, env=env)
    screen.wait_for("s300@example.org")
    for typed, shown in STEPS[name]:
        screen.write(typed)
        if shown:
            screen.wait_for(shown)
        if shown.startswith("Delete"):
            time.sleep(READING_S)
    assert screen.exit_code() == 0
    assert dovecot.files() == set(names) - {names[-1]}


def test_wrong_keys_are_reported_with_their_lines_before_anything_opens(tmp_path: Path) -> None:
    env = write_config(tmp_path, 'keymap = "gmial"\n\n[keys]\nmrak = ["x"]\nundo = ["ctl+z"]\n')
    for words in (["list", "pop://me@127.0.0.1:1"], ["pop://me@127.0.0.1:1"], ["demo"]):
        result = poptui(*words, home=tmp_path, env=env)
        assert result.code == 2
        assert [line.partition(".toml:")[2] for line in result.err.splitlines()] == [
            '1: keymap must be "mutt", "vim", "emacs" or "gmail" (did you mean “gmail”?).',
            "4: keys.mrak is an unknown action (did you mean “mark”?).",
            "5: keys.undo has “ctl+z”, which is not a key (did you mean “ctrl+z”?).",
        ]


@pytest.mark.parametrize("name", STEPS)
def test_help_prints_a_keymap_without_the_interface(name: str, tmp_path: Path) -> None:
    result = poptui("help", "keymap", name, home=tmp_path)
    assert result.code == 0
    assert all(len(line) <= 80 for line in result.text.splitlines())
    assert f"The keymap {name}" in result.text
    env = write_config(tmp_path, f'keymap = "{name}"\n[keys]\nmark = ["f8"]\n')
    own = poptui("help", "keys", home=tmp_path, env=env).text
    assert f"Your keys (keymap {name}, with your changes)" in own
    assert "  F8                 mark " in own
