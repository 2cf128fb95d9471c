"""``poptui account add --yes``: find a server and save it, without asking."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import keyring.core
import pytest
from keyring.backend import KeyringBackend

from poptui.accounts import autoconfig, dns_records
from tests.acceptance.program import RunBatch, serving
from tests.kit.certificates import Certificates
from tests.kit.hosts import Hosts, patched
from tests.kit.odd import OddServer
from tests.kit.web import WebServer, found
from tests.mailbox.watched import make_messages

ANN = "ann@example.test"
SECRET = b"secret\n"
SENTINEL = "sentinel-password"
WELL_KNOWN = "/.well-known/autoconfig/mail/config-v1.1.xml"


def config(host: str, port: int = 995, socket: str = "SSL") -> bytes:
    return found(
        "<clientConfig><emailProvider id='x'><incomingServer type='pop3'>"
        f"<hostname>{host}</hostname><port>{port}</port><socketType>{socket}</socketType>"
        "<username>%EMAILADDRESS%</username></incomingServer></emailProvider></clientConfig>".encode()
    )


class Net:
    """A POP3 server and a web server for one test, and the DNS records that lead to them."""

    def __init__(self, certificates: Certificates, stack: ExitStack, home: Path) -> None:
        self.certificates, self._stack = certificates, stack
        self.file = home / "config.toml"
        self.env = {"POPTUI_CONFIG": str(self.file), "SSL_CERT_FILE": certificates.ca_file}

    def pop3(self, *, tls: bool = True, password: str = "secret") -> OddServer:
        context = self.certificates.good.context()
        server = OddServer(
            make_messages(2), user=ANN, password=password,
            tls=context if tls else None, stls=None if tls else context,
        )  # fmt: skip
        self._stack.enter_context(serving(server))
        return server

    def web(self, answers: dict[str, bytes]) -> int:
        web = WebServer(answers, tls=self.certificates.good.context())
        self._stack.enter_context(serving(web))
        return web.port

    def hosts(self, **what: Any) -> None:
        self._stack.enter_context(patched(Hosts(**what)))

    @property
    def saved(self) -> dict[str, Any]:
        if not self.file.exists():
            return {}
        accounts: dict[str, Any] = tomllib.loads(self.file.read_text())["accounts"]
        return accounts


@pytest.fixture
def net(certificates: Certificates, tmp_path: Path) -> Iterator[Net]:
    with ExitStack() as stack:
        yield Net(certificates, stack, tmp_path)


def test_a_server_in_the_domains_configuration_is_saved(net: Net, batch: RunBatch) -> None:
    server = net.pop3()
    web = net.web({WELL_KNOWN: config("pop.example.test")})
    net.hosts(ports={"example.test:443": web, "pop.example.test:995": server.port})
    result = batch("account", "add", ANN, "--yes", "--password-stdin", env=net.env, stdin=SECRET)
    assert result.code == 0, result.err
    assert net.saved == {"example": {"url": "pops://ann%40example.test@pop.example.test"}}
    assert "in the configuration that the domain publishes" in result.err
    assert "It works: 2 messages" in result.err
    assert "poptui will ask for it" in result.err  # the tests have no keyring
    assert not {b"RETR", b"TOP", b"DELE", b"UIDL"}.intersection(server.keywords)


def test_a_server_in_dns_is_saved(net: Net, batch: RunBatch) -> None:
    server = net.pop3()
    net.hosts(
        ports={"a.example.test:4995": server.port},
        srv={"_pop3s._tcp.example.test": [[0, 1, 4995, "a.example.test."]]},
    )
    result = batch(
        "account", "add", ANN, "--yes", "--password-stdin", "--store", "ask", "--name", "mine",
        env=net.env, stdin=SECRET,
    )  # fmt: skip
    assert result.code == 0, result.err
    assert net.saved == {"mine": {"url": "pops://ann%40example.test@a.example.test:4995"}}


def test_a_usual_name_with_starttls_is_saved(net: Net, batch: RunBatch) -> None:
    server = net.pop3(tls=False)
    net.hosts(ports={"mail.example.test:110": server.port})
    result = batch("account", "add", ANN, "--yes", "--password-stdin", env=net.env, stdin=SECRET)
    assert result.code == 0, result.err
    assert net.saved == {"example": {"url": "pop://ann%40example.test@mail.example.test"}}
    again = batch("account", "add", ANN, "--yes", "--password-stdin", env=net.env, stdin=SECRET)
    assert again.code == 2
    assert "“example” opens" in again.err


def test_dns_cannot_send_the_password_to_another_domain_unasked(net: Net, batch: RunBatch) -> None:
    server = net.pop3()
    net.hosts(
        ports={"pop.evil.example:995": server.port},
        srv={"_pop3s._tcp.example.test": [[0, 1, 995, "pop.evil.example."]]},
    )
    result = batch("account", "add", ANN, "--yes", "--password-stdin", env=net.env, stdin=SECRET)
    assert result.code == 2
    assert "outside of example.test" in result.err
    assert net.saved == {}
    assert b"PASS" not in server.keywords
    assert b"AUTH" not in server.keywords


def test_a_wrong_password_saves_nothing_and_is_seen_nowhere(
    net: Net, batch: RunBatch, tmp_path: Path
) -> None:
    log = tmp_path / "debug.log"
    server = net.pop3(password="another")
    net.hosts(ports={"pop.example.test:995": server.port})
    result = batch(
        "account", "add", ANN, "--yes", "--password-stdin", "--debug", str(log),
        env=net.env, stdin=f"{SENTINEL}\n".encode(),
    )  # fmt: skip
    assert result.code == 4
    assert net.saved == {}
    assert "connecting to pop.example.test:995" in log.read_text()
    assert SENTINEL not in result.err + result.text + log.read_text()


def test_an_untrusted_certificate_needs_the_pin(net: Net, batch: RunBatch) -> None:
    server = net.pop3()
    net.hosts(ports={"pop.example.test:995": server.port})
    net.env["SSL_CERT_FILE"] = "/dev/null"
    command = ["account", "add", ANN, "--yes", "--password-stdin"]
    refused = batch(*command, env=net.env, stdin=SECRET)
    pin = net.certificates.good.fingerprint
    assert refused.code == 3
    assert pin in refused.err
    assert net.saved == {}
    result = batch(*command, "--pin", pin, env=net.env, stdin=SECRET)
    assert result.code == 0, result.err
    assert net.saved["example"]["pin"] == pin


@pytest.mark.parametrize(
    "answer",
    [
        found(b"<a>" * 60_000),
        found(b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"),
        found(b"", "302 Found", "Location: http://example.test/config.xml"),
        found(b"", "302 Found", f"Location: https://example.test{WELL_KNOWN}"),
        b"garbage\r\n\r\n",
        b"",
    ],
    ids=["huge", "entities", "to plain http", "to itself", "no http", "nothing"],
)
def test_after_a_bad_web_response_the_usual_names_are_tried(
    answer: bytes, net: Net, batch: RunBatch
) -> None:
    server = net.pop3()
    web = net.web({WELL_KNOWN: answer})
    net.hosts(ports={"example.test:443": web, "pop3.example.test:995": server.port})
    result = batch("account", "add", ANN, "--yes", "--password-stdin", env=net.env, stdin=SECRET)
    assert result.code == 0, result.err
    assert net.saved == {"example": {"url": "pops://ann%40example.test@pop3.example.test"}}
    assert len(result.err) < 2000


def test_a_silent_web_server_and_silent_dns_time_out(
    net: Net, batch: RunBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autoconfig, "TIMEOUT_S", 0.1)
    monkeypatch.setattr(dns_records, "TIMEOUT_S", 0.1)
    server = net.pop3()
    silent = net.pop3(tls=False)  # greets instead of starting TLS, and waits
    net.hosts(
        ports={"example.test:443": silent.port, "mail.example.test:995": server.port},
        silent_dns=True,
    )
    result = batch("account", "add", ANN, "--yes", "--password-stdin", env=net.env, stdin=SECRET)
    assert result.code == 0, result.err


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["nonsense"], 2, "“nonsense” is not a mail address"),
        ([ANN], 3, "None of its usual host names exists, or this machine is offline."),
        (["ann@icloud.com"], 3, "iCloud Mail has no POP3, only IMAP"),
        ([ANN, "--server", "pop.example.test"], 3, "There is no host named pop.example.test"),
        ([ANN, "--server", "ftp://x"], 2, "The scheme"),
        (["pops://me@h.example", "--name", "a@b", "--no-test"], 2, "can't be the name"),
        (["pops://me@h.example", "--name", "list", "--no-test"], 2, "“list” is taken"),
        ([], 2, "Your mail address, or pops://you@server: give it"),
    ],
)
def test_bad_input_is_one_sentence(
    words: list[str], code: int, sentence: str, net: Net, batch: RunBatch
) -> None:
    net.hosts()
    result = batch("account", "add", *words, "--yes", "--quiet", env=net.env)
    assert result.code == code
    assert sentence in result.sentence
    assert net.saved == {}


def test_a_plain_server_is_named_with_what_is_missing(net: Net, batch: RunBatch) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(serving(OddServer(make_messages(1), user=ANN)))
        net.hosts(ports={"mail.example.test:110": server.port})
        result = batch("account", "add", ANN, "--yes", "--quiet", env=net.env)
    assert result.code == 3
    assert "offers no TLS" in result.sentence


def test_an_account_is_saved_without_connecting(net: Net, batch: RunBatch) -> None:
    result = batch(
        "account", "add", "pop://me@127.0.0.1:1110", "--yes", "--no-test", "--auth", "plain",
        "--password-command", "pass mail/work", "--starttls",
        "--proxy", "socks5h://127.0.0.1:9050", env=net.env,
    )  # fmt: skip
    assert result.code == 0, result.err
    (values,) = net.saved.values()
    assert values == {
        "url": "pop://me@127.0.0.1:1110",
        "starttls": True,
        "auth": "PLAIN",
        "password_command": "pass mail/work",
        "proxy": "socks5h://127.0.0.1:9050",
    }


def test_a_server_that_wants_tokens_needs_a_client_id_or_a_command(
    net: Net, batch: RunBatch
) -> None:
    net.hosts()
    command = ["account", "add", "me@outlook.com", "--yes", "--no-test"]
    missing = batch(*command, env=net.env)
    assert missing.code == 2
    assert "--oauth-client-id" in missing.err
    assert net.saved == {}
    result = batch(*command, "--oauth-client-id", "my-id", env=net.env)
    assert result.code == 0, result.err
    assert "poptui account authorize outlook" in result.err
    assert net.saved["outlook"] == {
        "url": "pops://me%40outlook.com@outlook.office365.com",
        "oauth_client_id": "my-id",
    }


def test_secrets_in_an_account_are_not_shown(net: Net, batch: RunBatch) -> None:
    net.file.write_text(
        "[accounts.a]\nurl = 'pops://me@h.example'\noauth_client_id = 'id'\n"
        f"oauth_client_secret = '{SENTINEL}'\nproxy = 'socks5://u:{SENTINEL}@p.example:1080'\n"
    )
    shown = batch("account", "show", "a", env=net.env)
    assert shown.code == 0
    assert "OAuth" in shown.text
    assert SENTINEL not in shown.text + shown.err


class Memory(KeyringBackend):
    """A keyring that lasts for a test."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[username]


def test_the_keyring_gets_the_password_and_loses_it_with_the_account(
    net: Net, batch: RunBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory()
    monkeypatch.setattr(keyring.core, "_keyring_backend", memory)
    server = net.pop3()
    net.hosts(ports={"pop.example.test:995": server.port})
    result = batch("account", "add", ANN, "--yes", "--password-stdin", env=net.env, stdin=SECRET)
    assert result.code == 0, result.err
    assert memory.entries == {"ann@example.test@pop.example.test:995": "secret"}
    assert "secret" not in net.file.read_text()
    env = net.env | {"POPTUI_PASSWORD": ""}
    assert batch("account", "test", "example", env=env).code == 0
    removed = batch("account", "remove", "example", "--yes", env=net.env)
    assert removed.code == 0
    assert "Removed what the keyring had" in removed.err
    assert memory.entries == {}


def test_without_a_keyring_store_keyring_leaves_no_file(net: Net, batch: RunBatch) -> None:
    server = net.pop3()
    net.hosts(ports={"pop.example.test:995": server.port})
    command = ["account", "add", ANN, "--yes", "--password-stdin", "--store", "keyring"]
    result = batch(*command, env=net.env, stdin=SECRET)
    assert result.code == 4
    assert "no keyring" in result.err
    assert not net.file.exists()


def test_a_named_configuration_file_is_made(net: Net, batch: RunBatch, tmp_path: Path) -> None:
    file = str(tmp_path / "new" / "poptui.toml")
    command = ["account", "add", "pops://me@h.example", "--yes", "--no-test", "--config", file]
    result = batch(*command, env=net.env)
    assert result.code == 0, result.err
    assert batch("account", "list", "--config", file, env=net.env).text.startswith("h  me  ")
    missing = batch("account", "list", "--config", file + "x", env=net.env)
    assert missing.code == 2
