"""Writing the configuration: whatever the user wrote stays unchanged."""

from __future__ import annotations

import multiprocessing
import os
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poptui.errors import UsageError
from poptui.storage import config_file
from poptui.storage.atomic_write import replace_file
from poptui.storage.config import load_config
from poptui.storage.config_file import remove_account, save_account, save_setting
from poptui.storage.toml_reader import ConfigError

WRITTEN = """\
# My mail.
theme = "poptui-light"   # easier on the eyes
timeout = 20

# Work comes first.
[accounts.work]
url = "pops://me@work.example"   # no POP on Sundays
readonly = true

# Mine.
[accounts."my home"]
pin = "{pin}"
url = "pops://me@home.example"

# What I look for.
[filters]
big = "size:>5M"
""".format(pin="ab" * 32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(WRITTEN)
    return path


def test_a_new_account_is_added_after_the_others(file: Path) -> None:
    save_account(file, "third one", {"url": "pops://me@third.example", "starttls": None})
    block = '\n[accounts."third one"]\nurl = "pops://me@third.example"\n'
    after = "\n# What I look for."
    assert file.read_text() == WRITTEN.replace(after, block + after)
    assert list(load_config(file).accounts) == ["work", "my home", "third one"]


def test_commented_out_lines_of_an_account_stay_in_it(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    work = '[accounts.work]\nurl = "pops://me@work.example"\n# readonly = true\n\n'
    filters = '# What I look for.\n[filters]\nbig = "size:>5M"\n'
    file.write_text(work + filters)
    save_account(file, "home", {"url": "pops://me@home.example"})
    home = '[accounts.home]\nurl = "pops://me@home.example"\n\n'
    assert file.read_text() == work + home + filters


def test_an_account_is_changed_in_its_place(file: Path) -> None:
    save_account(file, "work", {"url": "pop://me@work.example", "readonly": None, "starttls": True})
    expected = WRITTEN.replace('"pops://me@work', '"pop://me@work')
    assert file.read_text() == expected.replace("readonly = true", "starttls = true")


def test_a_removed_account_takes_no_comment_of_another_with_it(file: Path) -> None:
    remove_account(file, "work")
    start = WRITTEN.index("[accounts.work]")
    end = WRITTEN.index("# Mine.")
    assert file.read_text() == WRITTEN[:start] + WRITTEN[end:]
    remove_account(file, "my home")
    assert "# Mine." in file.read_text()
    assert "# What I look for." in file.read_text()
    assert load_config(file).accounts == {}
    with pytest.raises(UsageError, match="no account “work”"):
        remove_account(file, "work")


def test_a_setting_is_changed_added_and_removed(file: Path) -> None:
    save_setting(file, "theme", "poptui-dark")
    save_setting(file, "cache", False)
    save_setting(file, ("filters", "old"), "older:1y")
    save_setting(file, "timeout", None)
    text = file.read_text()
    assert 'theme = "poptui-dark"   # easier on the eyes\n' in text
    assert text.index("cache = false") < text.index("# Work comes first.")
    assert text.endswith('[filters]\nbig = "size:>5M"\nold = "older:1y"\n')
    assert "timeout" not in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n# nothing yet\n",
        'theme = "poptui-light"',
        "accounts.work.url = 'pops://me@a.example'\n[filters]\na = 'from:a'\n",
        "accounts = { work = { url = 'pops://me@a.example' } }\n",
        "[accounts]\nwork = { url = 'pops://me@a.example' }\n[filters]\na = 'from:a'\n",
        "[accounts]\nwork.url = 'pops://me@a.example'\n",
        "accounts = { }   # none\n[filters]\na = 'from:a'\n",
        "cache = true\naccounts.work.url = 'pops://me@a.example'",
        "[accounts]\n[accounts.work]\nurl = 'pops://me@a.example'\n[weights]\n# none\n",
        "[accounts.a]\nurl = 'pops://me@a.example'\n[filters]\n# f\na = 'from:a'\n\n"
        "[accounts.work]\nurl = 'pops://me@b.example'\n# end",
        "[accounts.work]\nurl = '''\\\npops://me@a.example'''\n[[rules]]\nmatch = 'from:a'\n"
        "action = 'tag'\n",
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
def test_any_way_of_writing_accounts_works(
    text: str, newline: str, mark: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(mark + text.replace("'''\\\n", "'''").replace("\n", newline).encode())
    before = load_config(file)
    save_account(file, "new", {"url": "pops://me@new.example"})
    save_account(file, "new", {"pin": "ab" * 32})
    save_setting(file, "duplicates", "oldest")
    after = load_config(file)
    assert after.accounts.keys() == before.accounts.keys() | {"new"}
    assert after.settings.filters == before.settings.filters
    for name in [*after.accounts]:
        remove_account(file, name)
    left = file.read_bytes()
    assert load_config(file).accounts == {}
    assert load_config(file).settings.rules == before.settings.rules
    assert load_config(file).settings.duplicates == "oldest"
    assert left.startswith(mark)
    if newline == "\r\n" and "\n" in text:
        assert left.count(b"\n") == left.count(b"\r\n")
    for comment in ("# nothing yet", "# none", "# f\n", "# end"):
        assert (comment.strip() in text) == (comment.strip().encode() in left)


@pytest.mark.parametrize(("last", "usual"), [("", "\n"), ("cache = true\r\n", "\r\n")])
def test_mixed_line_ends_stay_line_by_line(last: str, usual: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    table = '[accounts.work]\nurl = "pops://me@a.example"\r\nreadonly = true\n'
    file.write_bytes(f"# Mine.\r\n{last}timeout = 20\r\n\n{table}".encode())
    save_account(file, "work", {"url": "pops://me@b.example", "starttls": None})
    changed = table.replace("a.example", "b.example")
    assert file.read_bytes().decode() == f"# Mine.\r\n{last}timeout = 20\r\n\n{changed}"
    save_account(file, "new", {"url": "pops://me@c.example"})
    head, _, added = file.read_bytes().decode().partition("readonly = true\n")
    assert head + "readonly = true\n" == f"# Mine.\r\n{last}timeout = 20\r\n\n{changed}"
    assert added == '\n[accounts.new]\nurl = "pops://me@c.example"\n'.replace("\n", usual)


@settings(max_examples=40)
@given(
    st.lists(
        st.sampled_from(
            [
                "# comment {0} [\u2028\n",
                "\n",
                "[accounts.a{0}]\nurl = 'pops://me@a{0}.example'   # u{0}\n",
                "[accounts.b{0}]   # h{0}\n\n# in{0}\nurl = 'pops://me@b{0}.example'\n",
                "[accounts.\"c {0}\"]\nurl = 'pops://me@c{0}.example'\n# tail{0}\n",
                "[[rules]]\nmatch = 'from:a{0}'\naction = 'tag'\n",
            ]
        ),
        max_size=8,
    ),
    st.data(),
)
def test_the_other_accounts_stay(pieces: list[str], data: st.DataObject) -> None:
    from tempfile import TemporaryDirectory

    text = "".join(piece.format(number) for number, piece in enumerate(pieces))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        file.write_text(text)
        accounts = load_config(file).accounts
        save_account(file, "n", {"url": "pops://me@n.example"})
        lines = iter(file.read_text().splitlines())
        assert all(line in lines for line in text.splitlines() if line)
        if not accounts:
            return
        gone = data.draw(st.sampled_from([*accounts]))
        remove_account(file, gone)
        left = load_config(file)
        comments = [line for line in file.read_text().split("\n") if line.startswith("# ")]
    assert [*left.accounts] == [name for name in [*accounts, "n"] if name != gone]
    inside = f"# in{gone.removeprefix('b')}"
    whole_lines = [line for line in text.split("\n") if line.startswith("# ")]
    assert comments == [line for line in whole_lines if line != inside]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"theme = ", "this is not TOML"),
        (b"[accounts.a]\n", "has no url"),
        (b"thene = 'x'\n", "unknown key"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_file_with_mistakes_is_not_overwritten(
    content: bytes, problem: str, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=problem):
        save_account(file, "new", {"url": "pops://me@new.example"})
    with pytest.raises(ConfigError, match=problem):
        save_setting(file, "cache", False)
    assert file.read_bytes() == content


def test_a_mistake_is_not_written(file: Path) -> None:
    with pytest.raises(ConfigError, match="duplicates must be"):
        save_setting(file, "duplicates", "all")
    with pytest.raises(ConfigError, match="has no url"):
        save_account(file, "new", {"readonly": True})
    assert file.read_text() == WRITTEN


def test_the_file_is_private_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "poptui.toml"
    link = tmp_path / "config" / "config.toml"
    link.parent.mkdir()
    link.symlink_to(real)
    save_account(link, "new", {"url": "pops://me@new.example"})
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert stat.S_IMODE(real.parent.stat().st_mode) == 0o700
    real.chmod(0o644)
    save_setting(link, "cache", False)
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert tomllib.loads(real.read_text())["cache"] is False
    assert [path.name for path in real.parent.iterdir()] == ["poptui.toml"]


def test_a_change_meanwhile_is_not_overwritten(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [WRITTEN, WRITTEN + "# added in an editor\n"]
    monkeypatch.setattr(config_file, "read_text", lambda _: texts.pop(0))
    with pytest.raises(UsageError, match="was changed meanwhile"):
        save_setting(file, "cache", False)
    assert file.read_text() == WRITTEN


def test_changes_of_several_programs_at_once_are_all_kept(tmp_path: Path) -> None:
    file, programs, each = tmp_path / "config.toml", 3, 8

    def add(program: int) -> None:
        for number in range(each):
            save_account(file, f"a{program}-{number}", {"url": "pops://me@a.example"})

    context = multiprocessing.get_context("fork")
    running = [context.Process(target=add, args=(program,)) for program in range(programs)]
    for process in running:
        process.start()
    for process in running:
        process.join(60)
    assert [process.exitcode for process in running] == [0] * programs
    assert len(load_config(file).accounts) == programs * each
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_only_regular_files_are_replaced(tmp_path: Path) -> None:
    """``POPTUI_CONFIG=/dev/null`` reads as an empty file."""
    pipe = tmp_path / "config.toml"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="not a regular file"):
        replace_file(pipe, b"cache = false\n")
    assert pipe.is_fifo()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(UsageError, match="cannot be"):
        save_setting(blocked / "config.toml", "cache", False)
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(UsageError, match="cannot be"):
        save_setting(loop, "cache", False)


@pytest.mark.parametrize("name", ["", "a.b", 'a"b', "ünï", "a\nb", "]", "#", " "])
def test_any_name_of_an_account_can_be_written(name: str, file: Path) -> None:
    save_account(file, name, {"url": "pops://me@new.example"})
    assert load_config(file).accounts[name]["url"] == "pops://me@new.example"
    remove_account(file, name)
    assert name not in load_config(file).accounts
    assert "# What I look for." in file.read_text()
