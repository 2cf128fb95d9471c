"""The configuration: what it sets, and one message for each mistake in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.environment import config_path
from poptui.errors import UsageError
from poptui.mailbox.scoring.from_config import check_triage
from poptui.net.server import ConnectionOptions, Security
from poptui.printable import printable_line
from poptui.storage.config import Config, load_config
from poptui.storage.settings import SETTINGS, Settings, SettingScope
from poptui.storage.toml_reader import MAX_FILE_BYTES, ConfigError

Write = Callable[[str], Path]

PIECES = [
    "key{0} = 1",
    "[table{0}]",
    "[[array{0}]]",
    "key{0} = [\n  '[', # ]\n  '''\n]\n''',\n]",
    'key{0} = """\n[x]\ny = "2"\n"""""',
    "key{0} = {{ a = '}}', b = [ 1 ] }}",
    "'quoted = {0}' = '='",
    "a{0} . b = 1 # ' \"",
    "",
    "# [comment]",
]
"""TOML in which lines, brackets and quotes are easily confused."""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        file = tmp_path / "config.toml"
        file.write_text(text, "utf-8")
        return file

    return write


def test_no_file_means_defaults(tmp_path: Path) -> None:
    config = load_config(tmp_path / "config.toml")
    settings = config.settings
    assert (settings.theme, settings.timeout, dict(config.accounts)) == ("poptui-dark", 30.0, {})
    assert vars(settings) == vars(Settings(path=tmp_path / "config.toml"))


def test_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("POPTUI_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config_path().name == "config.toml"
    assert config_path().parent.name == "poptui"
    monkeypatch.setenv("POPTUI_CONFIG", str(tmp_path / "mine.toml"))
    assert config_path() == tmp_path / "mine.toml"


def test_all_settings_are_read(write: Write, tmp_path: Path) -> None:
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
    settings = config.settings
    assert (settings.theme, settings.timeout) == ("poptui-light", 5.0)
    assert settings.body_cache == 20_000_000
    assert (settings.save_dir, settings.open_link) == ("~/Mail", "firefox --new-tab '%s'")
    work = config.for_target("work")
    assert (work.theme, work.connection.timeout_s) == ("poptui-light", 5.0)
    assert (work.server.title, work.server.account) == (
        "me@mail.example.com",
        "me@mail.example.com:110",
    )
    assert (work.server.security, work.server.pin) == (Security.STLS, "ab" * 32)
    assert work.server.ca_file == str(tmp_path / "ca.pem")
    assert config.for_target("old one").server.security is Security.STLS_IF_OFFERED


def test_the_command_line_overrides_the_file(write: Write) -> None:
    config = load_config(
        write('[accounts.work]\nurl = "pop://me@localhost"\nca_file = "/etc/ca.pem"')
    )
    silent = config.for_target("work", starttls=False, ca_file=None, pin=None)
    assert (silent.server.security, silent.ca_file) == (Security.PLAIN, "/etc/ca.pem")
    server = config.for_target("work", starttls=True, ca_file="/mine.pem", pin="cd" * 32).server
    assert (server.security, server.ca_file) == (Security.STLS, "/mine.pem")
    assert server.pin == "cd" * 32


def test_a_url_needs_no_account() -> None:
    settings = Config(Settings(timeout=7.0)).for_target("pops://me@mail.example.com")
    assert (settings.server.title, settings.connection.timeout_s) == ("me@mail.example.com", 7.0)


OTHER_VALUES: dict[str, tuple[str, Any]] = {
    "timeout": ("7", 7.0),
    "keepalive": ("0", 0.0),
    "minimum_rate": ("0", 0),
    "idle_release": ("0", 0.0),
    "pipelining": ('"off"', "off"),
    "verify": ('"always"', "always"),
    "safety_copy": ('"full"', "full"),
    "safety_copy_days": ("1", 1),
    "safety_copy_limit": ('"2 kB"', 2000),
    "tls_min": ('"1.3"', "1.3"),
    "proxy": ('"socks5h://proxy"', "socks5h://proxy"),
}


@pytest.mark.parametrize("name", [n for n, s in SETTINGS.items() if s.scope is SettingScope.BOTH])
def test_an_account_overrides_the_top_of_the_file(write: Write, name: str) -> None:
    text, value = OTHER_VALUES[name]
    account = '[accounts.{}]\nurl = "pop://me@h"\n'
    config = load_config(
        write(account.format("plain") + account.format("own") + f"{name} = {text}")
    )
    default = getattr(Settings(), name)
    assert value != default
    assert getattr(config.for_target("own"), name) == value
    assert getattr(config.for_target("plain"), name) == default
    top = load_config(write(f"{name} = {text}\n" + account.format("plain")))
    assert getattr(top.for_target("plain"), name) == value
    assert getattr(top.for_target("pops://me@mail.example.com"), name) == value


def test_the_connection_options_come_from_the_settings(write: Write) -> None:
    text = (
        'url = "pop://me@h"\ntimeout = 4\nkeepalive = 0\npipelining = "on"\nminimum_rate = 100\n'
        "readonly = true"
    )
    config = load_config(write(f"[accounts.work]\n{text}"))
    assert config.for_target("work").connection == ConnectionOptions(
        4.0, 0.0, "on", 100, readonly=True
    )
    assert Settings().connection == ConnectionOptions()
    assert not config.for_target("pop://me@h").connection.readonly
    assert config.for_target("pop://me@h", readonly=True).connection.readonly


def test_repr_hides_a_password_command(write: Write) -> None:
    config = load_config(
        write('[accounts.work]\nurl = "pop://me@h"\npassword_command = "echo hunter2"')
    )
    settings = config.for_target("work")
    assert settings.password_command == "echo hunter2"
    assert "hunter2" not in repr(settings) + repr(config)


def test_an_unknown_account_suggests_a_similar_one(write: Write) -> None:
    config = load_config(write('[accounts.work]\nurl = "pops://me@h"'))
    with pytest.raises(UsageError, match=r"no account “wrok” in .* \(did you mean “work”\?\)"):
        config.for_target("wrok")
    with pytest.raises(UsageError, match="neither an account's name nor a URL"):
        config.for_target("me@h")
    known = load_config(write('[accounts.work]\nurl = "pops://me%40own.example@h"'))
    with pytest.raises(UsageError, match="The account of this address is named “work”"):
        known.for_target("me@own.example")
    with pytest.raises(UsageError, match=r"run: poptui account add you@own\.example"):
        known.for_target("you@own.example")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('thme = "x"', "thme is an unknown key (did you mean “theme”?)."),
        ("zzz = 1", "zzz is an unknown key; known are timeout, minimum_rate, "),
        ("theme = 3", "theme must be a string in quotes, not empty."),
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
        ('save_dir = ""', "save_dir must be a string in quotes, not empty."),
        ('open_link = "firefox \'"', "open_link must be a command with balanced quotes."),
        ("accounts = 3", "accounts must be a table, such as [accounts.work]."),
        ('accounts.work = "x"', "accounts.work must be a table"),
        ("[accounts.work]", 'accounts.work has no url: write url = "pops://user@host".'),
        ('[accounts.work]\nurl = "me@h"', "accounts.work.url is refused: “me@h” is neither"),
        ('[accounts.w]\nurl = "pops://a@h"\nstarttls = true', "accounts.w.url is refused: --start"),
        ('[accounts.w]\nurl = "pops://a@h"\nstarttls = 1', "accounts.w.starttls must be true or"),
        ('[accounts.w]\nurl = "pops://a@h"\npin = "ab"', "accounts.w.pin must be a SHA-256"),
        ('[accounts.w]\nurl = "pops://a@h"\nreadonly = 1', "accounts.w.readonly must be true or"),
        (
            '[accounts.w]\nurl = "pops://a@h"\ncafile = ""',
            "w.cafile is an unknown key (did",
        ),
        ('[accounts.w]\nurl = "pops://a@h"\ntheme = "x"', "w.theme belongs at the top of the file"),
        ("pin = 'x'", "pin belongs under [accounts.NAME]."),
        ('verify = "alway"', 'or "never" (did you mean “always”?).'),
        ('weights = { "html-alone" = 1e999 }', "weights.html-alone must be a number from -100"),
        (f"threshold = 1{'0' * 400}", "threshold must be a number above 0, up to 10."),
        (f"threshold = 1{'0' * 5000}", "this is not TOML: "),
        ("safety_copy_days = 1.5", "safety_copy_days must be a number of days from 1 to 3650."),
        ('[accounts.w]\nurl = "pops://a@h"\nca_file = "~nobody-here/x"', "names a home folder"),
        ("theme = ", "this is not TOML: Invalid value (at end of document)."),
        ("theme = x y", "config.toml:1: this is not TOML: Invalid value (column 9)."),
        ("a = 1\n'b c'.d = 1\n'b c'.d = 2", 'config.toml:3: "b c".d is there twice: it can be'),
        ("[accounts.a]\n[accounts.a]", "config.toml:2: accounts.a is there twice"),
        (f"a = {'[' * 9000}", "config.toml: this is nested too deeply."),
        ("\n[acounts.a]", "config.toml:2: acounts is an unknown key (did you mean “accounts”?)."),
        (
            "[accounts.a]\nurl = 'pops://u@h'\ntheem = 1",
            "config.toml:3: accounts.a.theem is an unknown key (did you mean “theme”?); that"
            " belongs at the top of the file",
        ),
        ('a = 1\nb = "\n', "config.toml:2: this is not TOML: Illegal character '\\n' (column 6)."),
    ],
)
def test_messages_name_file_key_and_remedy(write: Write, text: str, problem: str) -> None:
    file = write(text)
    with pytest.raises(UsageError) as caught:
        load_config(file)
    assert str(caught.value).startswith(str(file))
    assert problem in str(caught.value)


WRONG = """\
theme = 1
friends = [
  "ann@example.com", # ] not the end
  3,
]
text = '''
timeout = 0
'''
"time\\u006Fut" = 0
weights = { a = 1, b = "x" }

[accounts.work]
url = "pops://me:hunter2@h"
readonly = 1
[ accounts . "old one" ]
  pin = "ab"
[[rules]]
match = "x"
action = "mar"
[[rules]]
action = "score"
nme = 3
[filters]
x = 3
"""
FAULTS = [
    (1, "theme must be a string in quotes, not empty."),
    (2, 'friends must be a list of strings, such as ["ann@example.com", "@example.org"].'),
    (6, "text is an unknown key; known are timeout, "),
    (9, "timeout must be a number of seconds above 0, up to 3600."),
    (10, "weights.b must be a number from -100 to 100."),
    (13, "accounts.work.url is refused: A password does not belong in a TARGET"),
    (14, "accounts.work.readonly must be true or false."),
    (15, 'accounts."old one" has no url: write url = "pops://user@host".'),
    (16, 'accounts."old one".pin must be a SHA-256 fingerprint: 64 hex digits, colons allowed.'),
    (19, 'rules.1.action must be "mark", "tag", "protect" or "score" (did you mean “mark”?).'),
    (20, "rules.2 has no match."),
    (20, 'rules.2 must have a score if its action is "score", and only then.'),
    (22, "rules.2.nme is an unknown key (did you mean “name”?)."),
    (24, "filters.x must be a string in quotes, not empty."),
]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_all_mistakes_are_reported_at_once_with_their_lines(tmp_path: Path, newline: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(WRONG.replace("\n", newline).encode())
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    sentences = caught.value.sentences
    assert len(sentences) == len(FAULTS)
    for sentence, (line, problem) in zip(sentences, FAULTS, strict=True):
        assert sentence.startswith(f"{file}:{line}: {problem}")
    assert "hunter2" not in str(caught.value)


def test_a_damaged_file_is_not_reported_at_full_length(write: Write) -> None:
    keys = "".join(f"{'k' * 500}{number} = 1\n" for number in range(1000))
    with pytest.raises(ConfigError) as caught:
        load_config(write(f"[keys]\n{keys}"))
    assert len(str(caught.value)) < 20_000
    assert caught.value.sentences[-1].endswith("has 950 more mistakes.")


def test_mistakes_found_by_other_layers_are_included(write: Write) -> None:
    file = write(
        """
        verify = "maybe"
        friends = ["nobody"]
        [weights]
        html-alon = 1
        [filters]
        large = "size:x"
        [[rules]]
        match = "is:dup"
        action = "tag"
        """
    )
    with pytest.raises(ConfigError) as caught:
        load_config(file, further=check_triage)
    sentences = [sentence.removeprefix(f"{file}:") for sentence in caught.value.sentences]
    assert [
        line.partition(" must")[0].partition(" is")[0].partition(" has")[0] for line in sentences
    ] == [
        "2: verify",
        "3: friends",
        "5: weights.html-alon",
        "7: filters.large",
        "9: rules.1.match",
    ]
    assert "did you mean “html-alone”?" in sentences[2]


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbftimeout = 5\n")
    assert load_config(file).settings.timeout == 5.0


@given(lines=st.lists(st.sampled_from(PIECES), max_size=8))
def test_every_mistake_has_its_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    """An unknown key is located correctly, whatever precedes it."""
    file = tmp_path_factory.getbasetemp() / "lines.toml"
    before = "".join(piece.format(number) + "\n" for number, piece in enumerate(lines))
    file.write_text(before + "[accounts.x]\nunheard-of = 1\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    at = before.count("\n") + 2
    assert any(
        f":{at}: " in sentence and "unheard-of" in sentence for sentence in caught.value.sentences
    )


def test_a_password_in_an_account_is_not_repeated(write: Write) -> None:
    with pytest.raises(UsageError, match="A password does not belong") as caught:
        load_config(write('[accounts.work]\nurl = "pops://me:hunter2@h"'))
    assert "hunter2" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: it is a folder"):
        load_config(tmp_path)
    file = tmp_path / "config.toml"
    file.write_bytes(b'theme = "\xff"')
    with pytest.raises(UsageError, match=r"cannot be read: it is not UTF-8 text .byte 9"):
        load_config(file)
    file.write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    with pytest.raises(UsageError, match="cannot be read: it is larger than 4 MB"):
        load_config(file)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="cannot be read: it is not a regular file"):
        load_config(pipe)


TEXTS = st.sampled_from(
    ["theme", "=", '"x"', "\n", "[accounts.a]", "url", '"pops://a@h"', "timeout", "1e999", "{", "["]
)


@given(st.lists(TEXTS | st.text(max_size=4), max_size=12).map("".join))
def test_any_text_is_a_configuration_or_one_clean_sentence(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_text(text, "utf-8", errors="replace")
    sentence = ""
    try:
        load_config(file)
    except UsageError as fault:
        sentence = str(fault)
    assert sentence == printable_line(sentence)


def test_settings_are_replaced_but_never_changed() -> None:
    settings = Settings(url="pop://me@127.0.0.1", timeout=9.0)
    assert settings.server.port == 110
    other = settings.replaced(url="pop://me@127.0.0.1:1110")
    assert (other.server.port, other.timeout, other.threshold) == (1110, 9.0, 5.0)
    assert settings.server.port == 110
    for name in ("url", "threshold", "server"):
        with pytest.raises(AttributeError):
            setattr(settings, name, "")
    with pytest.raises(TypeError, match="unknown fields: changed, uri"):
        Settings(uri="", changed="")  # type: ignore[call-arg]
