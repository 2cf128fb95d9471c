"""``poptui account add`` as a new user runs it: from an empty home to the mailbox on screen."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance.program import serving
from tests.kit import hosts
from tests.kit.certificates import Certificates
from tests.kit.dovecot import Dovecot
from tests.kit.hosts import Hosts
from tests.kit.terminal import Terminal
from tests.kit.web import WebServer, found
from tests.mailbox.watched import make_messages

Start = Callable[..., Terminal]
CONFIG_V1 = "/mail/config-v1.1.xml"


@pytest.fixture
def start(tmp_path: Path, certificates: Certificates) -> Iterator[Start]:
    """Start ``poptui account add …``, or another command, in an isolated environment."""
    with ExitStack() as opened:

        def run(
            world: Hosts,
            *words: str,
            trusted: bool = True,
            command: Sequence[str] = ("account", "add"),
        ) -> Terminal:
            ca_file = certificates.ca_file if trusted else "/dev/null"
            program = [sys.executable, hosts.__file__, world.json, *command, *words]
            one = Terminal(program, home=tmp_path, env={"SSL_CERT_FILE": ca_file})
            return opened.enter_context(one)

        yield run


def accounts(home: Path) -> dict[str, dict[str, object]]:
    file = home / ".config" / "poptui" / "config.toml"
    found: dict[str, dict[str, object]] = tomllib.loads(file.read_text()).get("accounts", {})
    return found


def finish(screen: Terminal, dovecot: Dovecot) -> None:
    """Enter the right password, answer the remaining questions, and check that the mailbox
    opens."""
    screen.write(f"{dovecot.password}\r")
    screen.wait_for("It works: 3 messages")
    screen.wait_for("password be kept? [1]")
    screen.write("9\r")
    screen.wait_for("a number from 1 to 2")  # the tests have no keyring
    screen.write("1\r")
    screen.wait_for("A name for this account [example]:")
    screen.press("enter")
    screen.wait_for("Open the mailbox now? [Y/n]")
    screen.press("enter")
    screen.wait_for("letter 3")
    screen.press("q")
    assert screen.exit_code() == 0
    assert dovecot.password.encode() not in screen.raw


@pytest.mark.dovecot
def test_from_an_address_to_the_mailbox_by_autoconfig(
    start: Start, dovecot: Dovecot, certificates: Certificates, tmp_path: Path
) -> None:
    dovecot.deliver(make_messages(3))
    answer = found(
        "<clientConfig><emailProvider id='x'><incomingServer type='pop3'>"
        "<hostname>incoming.example.test</hostname><port>995</port><socketType>SSL</socketType>"
        f"<username>{dovecot.user}</username></incomingServer></emailProvider>"
        "</clientConfig>".encode()
    )
    with serving(WebServer({CONFIG_V1: answer}, tls=certificates.good.context())) as web:
        world = Hosts(
            ports={
                "autoconfig.example.test:443": web.port,
                "incoming.example.test:995": dovecot.tls_port,
            }
        )
        screen = start(world)
        screen.wait_for("Your mail address")
        screen.write("what?\r")
        screen.wait_for("is not a mail address")
        screen.write("ann@example.test\r")
        screen.wait_for("Found incoming.example.test:995 (TLS)")
        screen.wait_for("Password for")
        finish(screen, dovecot)
    url = f"pops://{dovecot.user}@incoming.example.test"
    assert accounts(tmp_path) == {"example": {"url": url}}


@pytest.mark.dovecot
def test_from_an_address_to_the_mailbox_by_its_usual_name_and_a_pin(
    start: Start, dovecot: Dovecot, certificates: Certificates, tmp_path: Path
) -> None:
    dovecot.deliver(make_messages(3))
    world = Hosts(ports={"mail.example.test:110": dovecot.port})
    user = ("--user", dovecot.user)
    screen = start(world, "ann@example.test", *user, trusted=False)
    screen.wait_for("Found mail.example.test:110 (STARTTLS)")
    screen.wait_for("Type yes:")
    shown = re.sub("[ :]", "", "".join(screen.screen())).lower()
    assert certificates.good.fingerprint in shown
    screen.write("yes\r")
    screen.wait_for("Password for")
    finish(screen, dovecot)
    (account,) = accounts(tmp_path).values()
    assert account["pin"] == certificates.good.fingerprint


def test_it_can_be_stopped_at_every_question(
    start: Start, certificates: Certificates, tmp_path: Path
) -> None:
    from tests.kit.odd import OddServer

    def stop(screen: Terminal, how: str) -> None:
        screen.press(how)
        assert screen.exit_code() == (130 if how == "ctrl+c" else 1)
        assert "Traceback" not in "\n".join(screen.screen())
        assert "Fatal" not in "\n".join(screen.screen())
        assert screen.attributes() == screen.attributes_before
        assert not (tmp_path / ".config" / "poptui").exists()

    tls = certificates.good.context()
    with serving(OddServer(make_messages(1), user="ann@example.test", tls=tls)) as server:
        world = Hosts(ports={"pop.example.test:995": server.port})
        screen = start(world)
        screen.wait_for("Your mail address")
        screen.write("ann\x1b[D")
        screen.wait_for("type it again")
        stop(screen, "ctrl+d")
        screen = start(world, "ann@example.test", trusted=False)
        screen.wait_for("Type yes:")
        stop(screen, "esc")
        screen = start(world, "ann@example.test")
        screen.wait_for("Password for")
        screen.press("enter")
        screen.wait_for(re.compile(r"Esc to stop\. *\nPassword for"))
        stop(screen, "esc")
        screen = start(world, "ann@example.test")
        screen.wait_for("Password for")
        stop(screen, "ctrl+c")
        assert any(line.startswith("poptui: Interrupted.") for line in screen.screen())
        screen = start(world, "ann@example.test", "--password-command", "echo secret")
        screen.wait_for("A name for this account")
        stop(screen, "ctrl+c")


def test_esc_and_ctrl_c_stop_the_search(start: Start, tmp_path: Path) -> None:
    screen = start(Hosts(silent_dns=True), "ann@example.test")
    screen.wait_for("Asking example.test")
    screen.press("x", "esc")
    screen.wait_for("Stopped. Nothing was saved.")
    assert screen.exit_code() == 1
    assert screen.attributes() == screen.attributes_before
    screen = start(Hosts(silent_dns=True), "ann@example.test")
    screen.wait_for("Asking example.test")
    screen.press("ctrl+c")
    assert screen.exit_code() == 130
    assert screen.attributes() == screen.attributes_before


@pytest.mark.dovecot
def test_from_the_start_screen_to_the_mailbox_and_back(
    start: Start, dovecot: Dovecot, certificates: Certificates, tmp_path: Path
) -> None:
    """The password is typed once, though no keyring keeps it."""
    dovecot.deliver(make_messages(3))
    world = Hosts(ports={"pop.example.test:995": dovecot.tls_port})
    screen = start(world, command=())
    screen.wait_for("Welcome to poptui")
    screen.press("a")
    screen.wait_for("Your mail address")
    screen.write(f"{dovecot.user}@example.test\r")
    screen.wait_for("Password for")
    screen.write("wrong\r")
    screen.wait_for("refused the login")
    screen.wait_for("Enter alone changes the user name")
    screen.press("enter")
    screen.wait_for("User name")
    screen.write("\x15" + f"{dovecot.user}\r")
    screen.wait_for(", again")
    screen.write(f"{dovecot.password}\r")
    screen.wait_for("Where should the password be kept?")
    screen.press("enter")
    screen.wait_for("A name for this account")
    screen.press("enter")
    screen.wait_for("letter 3")
    assert accounts(tmp_path) == {"example": {"url": f"pops://{dovecot.user}@pop.example.test"}}
    screen.press("A")
    screen.wait_for(re.compile(r"> example +3 "))
    screen.press("enter")
    screen.wait_for("letter 3")
    screen.press("q")
    assert screen.exit_code() == 0
    assert dovecot.password.encode() not in screen.raw
