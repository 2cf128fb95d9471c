"""The configuration: what it settles, and the one message for each thing wrong in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.errors import UsageError
from poptui.net.server import Security
from poptui.printable import printable_line
from poptui.storage.config import Config, config_path, load_config

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        file = tmp_path / "config.toml"
        file.write_text(text, "utf-8")
        return file

    return write


def test_no_file_means_defaults(tmp_path: Path) -> None:
    config = load_config(tmp_path / "config.toml")
    assert (config.theme, config.timeout, dict(config.accounts)) == ("poptui-dark", 30.0, {})


def test_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("POPTUI_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config_path().name == "config.toml"
    assert config_path().parent.name == "poptui"
    monkeypatch.setenv("POPTUI_CONFIG", str(tmp_path / "mine.toml"))
    assert config_path() == tmp_path / "mine.toml"


def test_everything_it_can_say(write: Write, tmp_path: Path) -> None:
    file = write(
        f"""
        theme = "poptui-light"
        timeout = 5
        save_dir = "~/Mail"
        body_cache = "20 MB"
        open_link = "firefox --new-tab '%s'"
        [accounts.work]
        url = "pop://me@mail.example.com"
        ca_file = "ca.pem"
        pin = "{"AB" * 32}"
        starttls = true
        [accounts."old one"]
        url = "pop://me@old.example.com"
        allow_plaintext = true
        """
    )
    config = load_config(file)
    assert (config.theme, config.timeout) == ("poptui-light", 5.0)
    assert config.body_cache == 20_000_000
    assert (config.save_dir, config.open_link) == ("~/Mail", "firefox --new-tab '%s'")
    work = config.server("work")
    assert (work.title, work.timeout) == ("me@mail.example.com", 5.0)
    assert (work.security, work.pin) == (Security.STLS, "ab" * 32)
    assert work.ca_file == str(tmp_path / "ca.pem")
    assert config.server("old one").security is Security.STLS_IF_OFFERED


def test_the_command_line_goes_first(write: Write) -> None:
    config = load_config(
        write('[accounts.work]\nurl = "pop://me@localhost"\nca_file = "/etc/ca.pem"')
    )
    assert config.server("work").security is Security.PLAIN
    server = config.server("work", starttls=True, ca_file="/mine.pem", pin="cd" * 32)
    assert (server.security, server.ca_file) == (Security.STLS, "/mine.pem")
    assert server.pin == "cd" * 32


def test_a_url_needs_no_account() -> None:
    config = Config(Path("config.toml"), timeout=7.0)
    server = config.server("pops://me@mail.example.com")
    assert (server.title, server.timeout) == ("me@mail.example.com", 7.0)


def test_an_account_decides_before_the_top(write: Write) -> None:
    config = load_config(
        write(
            """
            pipelining = "off"
            keepalive = 15
            idle_release = 60
            verify = "never"
            [accounts.plain]
            url = "pop://me@localhost"
            [accounts.own]
            url = "pop://me@localhost"
            pipelining = "on"
            keepalive = 0
            idle_release = 0
            verify = "always"
            readonly = true
            """
        )
    )
    plain, own = config.server("plain"), config.server("own")
    assert (plain.pipelining, plain.keepalive) == ("off", 15.0)
    assert (own.pipelining, own.keepalive) == ("on", 0.0)
    assert (plain.idle_release, plain.verify) == (60.0, "never")
    assert (own.idle_release, own.verify) == (0.0, "always")
    silent = Config(Path("config.toml")).server("pops://me@mail.example.com")
    assert (silent.pipelining, silent.keepalive) == ("auto", 60.0)
    assert (silent.idle_release, silent.verify) == (600.0, "auto")
    assert (plain.readonly, own.readonly, silent.readonly) == (False, True, False)
    assert config.server("plain", readonly=True).readonly


def test_an_unknown_account_is_met_with_the_nearest(write: Write) -> None:
    config = load_config(write('[accounts.work]\nurl = "pops://me@h"'))
    with pytest.raises(UsageError, match=r"no account “wrok” in .*; perhaps “work” is meant"):
        config.server("wrok")
    with pytest.raises(UsageError, match="neither an account's name nor a URL"):
        config.server("me@h")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('thme = "x"', "thme is not a key poptui knows; perhaps “theme” is meant."),
        ("zzz = 1", "zzz is not a key poptui knows; known are theme, timeout, "),
        ("theme = 3", "theme must be a text in quotes, not empty."),
        ('timeout = "5"', "timeout must be a number of seconds above 0, up to 3600."),
        ("timeout = true", "timeout must be a number of seconds"),
        ("timeout = 0", "timeout must be a number of seconds"),
        ("timeout = nan", "timeout must be a number of seconds"),
        ('pipelining = "maybe"', 'pipelining must be "auto", "on" or "off".'),
        ("keepalive = -1", "keepalive must be a number of seconds above 0, up to 3600, or 0 for"),
        ("keepalive = false", "keepalive must be a number of seconds above 0"),
        ("idle_release = -1", "idle_release must be a number of seconds above 0"),
        ('verify = "maybe"', 'verify must be "auto", "always" or "never".'),
        ('body_cache = "20"', 'body_cache must be "off" or a size, such as "200 MB".'),
        ("body_cache = true", 'body_cache must be "off" or a size'),
        ('save_dir = ""', "save_dir must be a text in quotes, not empty."),
        ('open_link = "firefox \'"', "open_link must be a command, its quotes in pairs."),
        ("accounts = 3", "accounts must be a table, such as [accounts.work]."),
        ('accounts.work = "x"', "accounts.work must be a table"),
        ("[accounts.work]", 'accounts.work has no url: write url = "pops://user@host".'),
        ('[accounts.work]\nurl = "me@h"', "accounts.work.url is refused: “me@h” is neither"),
        ('[accounts.w]\nurl = "pops://a@h"\nstarttls = true', "accounts.w.url is refused: --start"),
        ('[accounts.w]\nurl = "pops://a@h"\nstarttls = 1', "accounts.w.starttls must be true or"),
        ('[accounts.w]\nurl = "pops://a@h"\npin = "ab"', "accounts.w.pin is refused: The pin “ab”"),
        ('[accounts.w]\nurl = "pops://a@h"\nreadonly = 1', "accounts.w.readonly must be true or"),
        (
            '[accounts.w]\nurl = "pops://a@h"\ncafile = ""',
            "w.cafile is not a key poptui knows; perhaps",
        ),
        ("theme = ", "is not TOML: Invalid value (at end of document)."),
        ('a = 1\nb = "\n', "(at line 2, column 6)"),
    ],
)
def test_complaints_name_file_key_and_remedy(write: Write, text: str, complaint: str) -> None:
    file = write(text)
    with pytest.raises(UsageError) as caught:
        load_config(file)
    assert str(caught.value).startswith(str(file))
    assert complaint in str(caught.value)


def test_a_password_in_an_account_is_not_repeated(write: Write) -> None:
    with pytest.raises(UsageError, match="A password does not belong") as caught:
        load_config(write('[accounts.work]\nurl = "pops://me:hunter2@h"'))
    assert "hunter2" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        load_config(tmp_path)
    file = tmp_path / "config.toml"
    file.write_bytes(b'theme = "\xff"')
    with pytest.raises(UsageError, match="is not UTF-8 text"):
        load_config(file)


TEXTS = st.sampled_from(
    ["theme", "=", '"x"', "\n", "[accounts.a]", "url", '"pops://a@h"', "timeout", "1e999", "{", "["]
)


@given(st.lists(TEXTS | st.text(max_size=4), max_size=12).map("".join))
def test_any_text_is_a_configuration_or_one_clean_sentence(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_text(text, "utf-8", errors="replace")
    said = ""
    try:
        load_config(file)
    except UsageError as fault:
        said = str(fault)
    assert said == printable_line(said)
