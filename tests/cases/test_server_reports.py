"""Public reports about POP3 servers, each as a small server, and what batch commands print."""

from __future__ import annotations

import pytest

from poptui.errors import ExitCode
from tests.acceptance.program import RunBatch, serving
from tests.kit.odd import OddServer
from tests.kit.scripted import LOGIN, ScriptedServer, hold, steps
from tests.mailbox.watched import make_messages

BEFORE_PASSWORD = LOGIN[:3]
QQ = (
    "Login fail. Account is abnormal, service is not open, password is incorrect, login frequency"
    " limited, or system is busy. More information at https://help.example.com/detail/108/1023"
)
APOP_GREETING = b"+OK <16184.1473445882@mail3.example.com>\r\n"
CAPA = ("CAPA", b"+OK\r\nTOP\r\nUIDL\r\nUSER\r\n.\r\n")


def refusing(answer: bytes) -> ScriptedServer:
    """Return a server that answers PASS with ``answer``, and then waits."""
    return ScriptedServer(steps(*BEFORE_PASSWORD, ("PASS .+", answer), then=hold))


def list_at(server: ScriptedServer, batch: RunBatch) -> tuple[int, str]:
    result = batch("list", f"pop://user@127.0.0.1:{server.port}")
    return result.code, result.err


def test_qq_gives_every_reason_at_once(batch: RunBatch) -> None:
    """The password is not asked for again: an authorization code may be wanted instead."""
    with serving(refusing(f"-ERR {QQ}\r\n".encode())) as server:
        code, error = list_at(server, batch)
    assert code == ExitCode.LOGIN
    assert "login frequency limited" in error
    assert "authorization code" in error
    assert server.keywords.count(b"PASS") == 1


def test_a_refusal_in_gbk_is_readable(batch: RunBatch) -> None:
    words = "登录太频繁，请稍后再试"
    with serving(refusing(b"-ERR " + words.encode("gbk") + b"\r\n")) as server:
        code, error = list_at(server, batch)
    assert code == ExitCode.LOCKED
    assert words in error


@pytest.mark.parametrize("line", ["+ERR Server error: Failed to fetch messages in Inbox.", ""])
def test_hmailserver_answers_the_password_with_an_invalid_reply(line: str, batch: RunBatch) -> None:
    with serving(refusing(f"{line}\r\n".encode())) as server:
        code, error = list_at(server, batch)
    assert code == ExitCode.SERVER
    assert line in error
    assert "did not answer" not in error


def test_qmail_offers_apop_refuses_it_and_hangs_up(batch: RunBatch) -> None:
    first = steps((None, APOP_GREETING), CAPA, ("APOP .+", b"-ERR authorization failed\r\n"))
    then = steps(
        (None, APOP_GREETING),
        CAPA,
        ("USER .+", b"+OK\r\n"),
        ("PASS .+", b"+OK\r\n"),
        ("STAT", b"+OK 0 0\r\n"),
        ("UIDL", b"+OK\r\n.\r\n"),
        ("LIST", b"+OK\r\n.\r\n"),
        CAPA,
        ("QUIT", b"+OK\r\n"),
    )
    with serving(ScriptedServer(first, then)) as server:
        code, error = list_at(server, batch)
    assert (code, error) == (ExitCode.DONE, "The mailbox is empty.\n")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Your account has been locked due to too many failed logins.", ExitCode.LOGIN),
        ("Account locked", ExitCode.LOGIN),
        ("Password incorrect. Please wait 10 minutes before next try", ExitCode.LOGIN),
        ("POP3 is locked for this account, enable it in the settings", ExitCode.LOGIN),
        ("login failed: caps lock?", ExitCode.LOGIN),
        ("unable to lock maildrop", ExitCode.LOCKED),
        ("[IN-USE] mailbox already in use by pid 12345", ExitCode.LOCKED),
        ("login fail, please try again later", ExitCode.LOCKED),
        ("Too many connections from your IP", ExitCode.LOCKED),
        ("Exceeded the login limit for a 15 minute period.", ExitCode.LOCKED),
        ("[SYS/TEMP] Server error - Please try again later.", ExitCode.LOCKED),
    ],
)
def test_the_exit_code_for_a_lock(words: str, code: ExitCode, batch: RunBatch) -> None:
    """A locked account is not a locked mailbox."""
    with serving(refusing(f"-ERR {words}\r\n".encode())) as server:
        assert list_at(server, batch)[0] == code


def test_expire_0_does_not_allow_deleting_shown_messages(batch: RunBatch) -> None:
    with serving(OddServer(make_messages(5), ["expire-0", "downloads-go"])) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        assert batch("show", url, "2").code == ExitCode.DONE
        assert batch("list", url).code == ExitCode.DONE
        assert len(server.uids) == 5


def test_headers_that_cannot_be_loaded_are_reported(batch: RunBatch) -> None:
    """A cron job that deletes spam must not silently find nothing."""
    with serving(OddServer(make_messages(5), ["top-refused"])) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        result = batch("triage", url, "--filter", "is:spam", "--delete", "--yes")
        assert result.code == ExitCode.FAILURE
        assert "refuses TOP" in result.err
        assert len(server.uids) == 5


def test_the_folder_state_of_uw_imap_is_not_mail(batch: RunBatch) -> None:
    state = (
        b"From: Mail System Internal Data <MAILER-DAEMON@mail.example.org>\r\n"
        b"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\r\n"
        b"X-IMAP: 1070000000 0000000123\r\n\r\nThis text is part of the internal format.\r\n"
    )
    with serving(OddServer([state, *make_messages(3)])) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        result = batch("triage", url, "--filter", "size:>0", "--delete", "--yes")
        assert "protected" in result.text
        assert server.uids == ["uid-0001"]


@pytest.mark.parametrize("limit", [8, 20])
def test_a_server_that_announces_pipelining_and_hangs_up_on_bursts(
    limit: int, batch: RunBatch
) -> None:
    with serving(OddServer(make_messages(60), [f"burst-limited-{limit}"])) as server:
        result = batch("list", f"pop://user@127.0.0.1:{server.port}")
    assert result.code == ExitCode.DONE
    assert len(result.text.splitlines()) == 60
    assert result.err.count("hangs up when many commands come at once") == 1
