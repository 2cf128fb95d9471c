"""``poptui account list``, ``show``, ``test``, ``edit`` and ``remove``; ``poptui config``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.acceptance.program import RunBatch, poptui, serving, write_config
from tests.kit.odd import OddServer
from tests.kit.terminal import StartTerminal
from tests.mailbox.watched import make_messages

TWO = """\
# Work.
[accounts.work]
url = "pops://me@work.example"
password_command = "echo sentinel-of-a-command"

[accounts.home]
url = "pop://me%40home.example@mail.home.example:1110;auth=PLAIN"
timeout = 9
"""


def test_the_accounts_are_listed(batch: RunBatch, tmp_path: Path) -> None:
    env = write_config(tmp_path, TWO) | {"POPTUI_PASSWORD": ""}
    rows = [line.split() for line in batch("account", "list", env=env).text.splitlines()]
    assert rows == [
        ["work", "me", "work.example:995", "automatic", "password_command"],
        ["home", "me@home.example", "mail.home.example:1110", "PLAIN", "keyring", "or", "prompt"],
    ]
    as_json = json.loads(batch("account", "list", "--json", env=env).text)
    assert [row["name"] for row in as_json] == ["work", "home"]
    assert as_json[1]["address"] == "me@home.example"


def test_no_account_is_a_sentence_that_says_how_to_add_one(batch: RunBatch, tmp_path: Path) -> None:
    result = batch("account", "list", env=write_config(tmp_path, ""))
    assert (result.code, result.out) == (1, b"")
    assert "poptui account add" in result.err


def test_an_account_is_shown_without_its_commands(batch: RunBatch, tmp_path: Path) -> None:
    env = write_config(tmp_path, TWO) | {"POPTUI_PASSWORD": ""}
    shown = batch("account", "show", "home", env=env).text
    assert "me@home.example" in shown
    assert "STARTTLS, required" in shown
    assert "9 seconds" in shown
    assert "sentinel" not in batch("account", "show", "work", env=env).text
    missing = batch("account", "show", "wrok", env=env)
    assert missing.code == 2
    assert "“work”" in missing.sentence


def test_a_test_logs_in_and_changes_nothing(batch: RunBatch, tmp_path: Path) -> None:
    with serving(OddServer(make_messages(3))) as server:
        env = write_config(tmp_path, f'[accounts.a]\nurl = "pop://user@127.0.0.1:{server.port}"\n')
        result = batch("account", "test", "a", env=env)
        refused = batch("account", "test", "a", env=env | {"POPTUI_PASSWORD": "wrong"})
    assert (result.code, result.err) == (0, "")
    assert result.text.startswith("a: OK, 3 messages, ")
    assert refused.code == 4
    assert refused.sentence
    assert not {b"TOP", b"RETR", b"DELE", b"LIST", b"UIDL"}.intersection(server.keywords)
    assert b"QUIT" in server.keywords
    attempts = [word for word in server.keywords if word in (b"APOP", b"AUTH", b"PASS")]
    assert attempts == [b"APOP", b"APOP"], "what works is known, so the rest isn't tried"


def test_removing_an_account_keeps_the_rest_of_the_file(batch: RunBatch, tmp_path: Path) -> None:
    env = write_config(tmp_path, TWO)
    file = tmp_path / "poptui.toml"
    assert "--yes" in batch("account", "remove", "work", env=env).sentence
    assert "“work”" in batch("account", "remove", "wokr", "--yes", env=env).sentence
    assert file.read_text() == TWO
    assert batch("account", "remove", "work", "--yes", env=env).code == 0
    assert file.read_text() == "# Work.\n" + TWO[TWO.index("[accounts.home]") :]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["account"], "poptui account needs one of"),
        (["account", "shwo"], "Did you mean “show”?"),
        (["account", "show"], "required: NAME. See: poptui account show --help"),
        (["config"], "poptui config needs one of path, check, edit."),
        (["config", "edit"], "Can't start an editor without a terminal. The file is "),
    ],
)
def test_a_bad_command_line(words: list[str], sentence: str, batch: RunBatch) -> None:
    result = batch(*words)
    assert result.code == 2
    assert sentence in result.sentence


def test_the_configuration_is_found_and_checked(batch: RunBatch, tmp_path: Path) -> None:
    env = write_config(tmp_path, TWO)
    file = env["POPTUI_CONFIG"]
    assert batch("config", "path", env=env).text == f"{file}\n"
    assert batch("config", "check", env=env).text == f"{file}: OK, 2 accounts.\n"
    mistakes = ("thene = 1", "theme = 'poptui-drak'", "[[rules]]", "match = '('", "action = 'mark'")
    write_config(tmp_path, "\n".join(mistakes))
    wrong = batch("config", "check", env=env)
    assert (wrong.code, wrong.out) == (2, b"")
    assert [line.split()[1] for line in wrong.err.splitlines()] == [
        f"{file}:{number}:" for number in (1, 2, 4)
    ]
    assert "did you mean “poptui-dark”?" in wrong.err
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "mine.toml").write_text('name = "mine"\n[colours]\nbar = "rde"', "utf-8")
    write_config(tmp_path, 'theme = "mine"\n')
    assert "theme can't be used: mine.toml: " in batch("config", "check", env=env).err
    none = {"POPTUI_CONFIG": str(tmp_path / "none.toml")}
    assert batch("config", "check", env=none).code == 0
    assert batch("config", "path", env=none).text.endswith("none.toml\n")


EDITOR = """\
import sys
from pathlib import Path
*options, name = sys.argv[1:]
file = Path(name)
text = file.read_text()
was_wrong = "thene" in text
file.write_text(text.replace("thene", "theme") if was_wrong else 'thene = "poptui-light"\\n' + text)
print("EDITED", *options)
"""


def test_mistakes_made_in_the_editor_are_shown_and_it_opens_again(
    tmp_path: Path, terminal: StartTerminal
) -> None:
    env = write_config(tmp_path, TWO)
    editor = tmp_path / "nano"
    editor.write_text(f"#!{sys.executable}\n{EDITOR}")
    editor.chmod(0o700)
    screen = terminal("account", "edit", "home", env=env | {"EDITOR": str(editor)})
    screen.wait_for("EDITED +6")
    screen.wait_for("Edit it again? [Y/n]")
    screen.press("enter")
    assert screen.exit_code() == 0
    assert (tmp_path / "poptui.toml").read_text() == 'theme = "poptui-light"\n' + TWO


def test_a_file_that_the_editor_makes_is_private(tmp_path: Path, terminal: StartTerminal) -> None:
    env = {"POPTUI_CONFIG": str(tmp_path / "new.toml")}
    screen = terminal("config", "edit", env=env | {"EDITOR": "true"})
    assert screen.exit_code() == 0
    assert not (tmp_path / "new.toml").exists()
    editor = f'{sys.executable} -c \'import sys; open(sys.argv[1], "w").write("timeout = 9")\''
    screen = terminal("config", "edit", env=env | {"EDITOR": editor})
    assert screen.exit_code() == 0
    assert (tmp_path / "new.toml").stat().st_mode & 0o777 == 0o600


def test_a_password_without_a_terminal_to_ask_on(tmp_path: Path) -> None:
    result = poptui("account", "password", "pops://me@h.example", home=tmp_path)
    assert (result.code, "give the password with --password-stdin." in result.err) == (4, True)
