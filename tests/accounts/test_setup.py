"""The steps of setting up an account that depend on the provider or on a second answer."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from poptui.accounts import discovery, setup_login
from poptui.accounts.new_account import default_name
from poptui.accounts.setup import AccountSetup
from poptui.accounts.setup_dialog import SetupOptions, SetupResult, StoppedError
from poptui.errors import LoginError, UsageError
from poptui.secret import Secret
from poptui.storage.config import Config, load_config
from poptui.storage.settings import Settings
from tests.accounts.oauth_kit import use_memory_keyring
from tests.kit.certificates import Certificates
from tests.kit.hosts import Hosts, patched
from tests.kit.odd import OddServer
from tests.kit.proxies import ProxyServer
from tests.mailbox.watched import make_messages

T = TypeVar("T")
STOP = "stop"
WHERE = "Where should the password be kept?"


class Script:
    """Gives the answers of a test: the first whose key begins the question, in order."""

    def __init__(self, *answers: tuple[str, str | int]) -> None:
        self._answers = list(answers)
        self.offered: list[tuple[str, list[str]]] = []
        self.notices: list[str] = []

    def _next(self, question: str) -> str | int:
        expected, answer = self._answers.pop(0)
        assert question.startswith(expected), question
        if answer == STOP:
            raise StoppedError
        return answer

    def inform(self, text: str) -> None:
        self.notices.append(text)

    def progress(self, text: str) -> None:
        pass

    async def ask(self, question: str, default: str = "") -> str:
        return str(self._next(question)) or default

    async def ask_hidden(self, question: str) -> str:
        return str(self._next(question))

    async def ask_yes(self, question: str) -> bool:
        return self._next(question) == "yes"

    async def choose(self, question: str, options: Sequence[str]) -> int:
        self.offered.append((question, list(options)))
        return int(self._next(question))

    async def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return await work


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("POPTUI_CONFIG", str(path))
    return path


async def set_up(
    address: str,
    ports: Mapping[str, int],
    *answers: tuple[str, str | int],
    settings: Settings | None = None,
    **more: Any,
) -> SetupResult:
    config = Config(settings or Settings())
    with patched(Hosts(ports=ports, **more)):
        return await AccountSetup(SetupOptions(address=address), config, Script(*answers)).run()


def own_server(certificates: Certificates, user: str = "me@own.example") -> OddServer:
    """Return a server with TLS, a mailbox for ``user`` and one message."""
    return OddServer(make_messages(1), user=user, tls=certificates.good.context())


@pytest.mark.parametrize(("recent", "user"), [(0, "recent:me@gmail.com"), (1, "me@gmail.com")])
async def test_gmail_is_asked_what_it_lists(
    recent: int, user: str, file: Path, certificates: Certificates
) -> None:
    async with own_server(certificates, user) as server:
        result = await set_up(
            "me@gmail.com",
            {"pop.gmail.com:995": server.port},
            ("Trust", "yes"),
            ("How do you sign in?", 0),
            ("Which messages should Gmail list?", recent),
            ("Password for", "secret"),
            ("Where should the password", 0),
            ("A name for this account", ""),
        )
    assert result.name == "gmail"
    assert load_config(file).for_target("gmail").server.user == user


async def test_a_domain_whose_mail_is_at_a_provider_uses_its_server(
    file: Path, certificates: Certificates
) -> None:
    async with own_server(certificates) as server:
        await set_up(
            "me@own.example",
            {"pop.fastmail.com:995": server.port},
            ("Trust", "yes"),
            ("Password for", "secret"),
            ("Where should the password", 0),
            ("A name for this account", "mine"),
            mx={"own.example": ["in1-smtp.messagingengine.com."]},
        )
    assert load_config(file).for_target("mine").server.host == "pop.fastmail.com"


async def test_another_server_is_asked_for_if_none_is_found(
    file: Path, certificates: Certificates
) -> None:
    async with own_server(certificates) as server:
        await set_up(
            "me@own.example",
            {"hidden.own.example:2995": server.port},
            ("Its POP3 server", "nowhere.own.example"),
            ("Its POP3 server", "hidden.own.example:2995"),
            ("Trust", "yes"),
            ("Password for", "secret"),
            ("Where should the password", 1),
            ("The command", "exit 3"),
            ("The command", "echo secret"),
            ("A name for this account", ""),
        )
    (account,) = load_config(file).accounts.values()
    assert account["url"] == "pops://me%40own.example@hidden.own.example:2995"
    assert account["password_command"] == "echo secret"


async def test_a_mistyped_address_can_be_typed_again(
    file: Path, certificates: Certificates
) -> None:
    async with own_server(certificates) as server:
        await set_up(
            "me@won.example",
            {"pop.own.example:995": server.port},
            ("Its POP3 server", "me@own.example"),
            ("Trust", "yes"),
            ("Password for me@own.example@pop.own.example", "secret"),
            ("Where should the password", 1),
            ("The command", "echo other"),
            ("The command", "echo secret"),
            ("A name for this account", ""),
        )
    (account,) = load_config(file).accounts.values()
    assert account["url"] == "pops://me%40own.example@pop.own.example"
    assert account["password_command"] == "echo secret"


async def test_an_unreachable_known_provider_is_tried_again(file: Path) -> None:
    with pytest.raises(StoppedError):
        await set_up("me@gmail.com", {}, ("Try again?", "yes"), ("Try again?", "no"))


async def test_a_token_command_that_does_not_work_can_be_corrected(
    file: Path, certificates: Certificates
) -> None:
    async with OddServer([], tls=certificates.good.context()) as server:
        with pytest.raises(StoppedError):
            await set_up(
                "me@outlook.com",
                {"outlook.office365.com:995": server.port},
                ("Trust", "yes"),
                ("Where do the access tokens", 1),
                ("The command", "exit 3"),
                ("The command", STOP),
            )


async def test_invalid_options_are_refused_before_any_question(file: Path) -> None:
    config = Config(Settings(), {"work": {}})
    with pytest.raises(UsageError, match="taken"):
        await AccountSetup(SetupOptions("me@own.example", name="work"), config, Script()).run()
    with pytest.raises(UsageError, match='--auth must be "auto" or one of EXTERNAL'):
        await AccountSetup(SetupOptions("me@own.example", auth="NTLM"), config, Script()).run()


async def test_too_many_wrong_passwords_end_it(
    file: Path, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup_login, "MAX_ATTEMPTS", 2)
    tls = certificates.good.context()
    async with OddServer(make_messages(1), user="me", password="right", tls=tls) as server:
        with pytest.raises(LoginError):
            await set_up(
                "me@own.example",
                {"pop.own.example:995": server.port},
                ("Trust", "yes"),
                *[("Password for", "wrong")] * 2,
            )
    assert load_config(file).accounts == {}


async def test_after_a_refusal_the_user_name_can_be_changed_too(
    file: Path, certificates: Certificates
) -> None:
    async with own_server(certificates, user="ann") as server:
        result = await set_up(
            "me@own.example",
            {"pop.own.example:995": server.port},
            ("Trust", "yes"),
            ("Password for me@own.example@pop", "wrong"),
            ("Password for me@own.example@pop", ""),
            ("User name", "ann"),
            ("Password for ann@pop", "secret"),
            (WHERE, 0),
            ("A name", ""),
        )
    assert result.credentials.password == Secret("secret")
    assert load_config(file).accounts["own"]["url"] == "pops://ann@pop.own.example"


@pytest.mark.parametrize("has_one", [True, False])
async def test_the_keyring_is_offered_only_if_there_is_one(
    has_one: bool, file: Path, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = use_memory_keyring(monkeypatch) if has_one else {}
    async with own_server(certificates) as server:
        with patched(Hosts(ports={"pop.own.example:995": server.port})):
            script = Script(
                ("Trust", "yes"), ("Password for", "secret"), (WHERE, 0), ("A name", "")
            )
            options = SetupOptions(address="me@own.example")
            await AccountSetup(options, Config(Settings()), script).run()
    (choices,) = (offered for question, offered in script.offered if question == WHERE)
    assert len(choices) == (3 if has_one else 2)
    assert len(kept) == has_one
    assert "own" in load_config(file).accounts


async def test_a_server_found_only_by_dns_needs_confirmation(
    file: Path, certificates: Certificates
) -> None:
    async with OddServer(make_messages(1), tls=certificates.good.context()) as server:
        with pytest.raises(StoppedError):
            await set_up(
                "me@own.example",
                {"pop.other.example:995": server.port},
                ("Use this server?", "no"),
                srv={"_pop3s._tcp.own.example": [[0, 1, 995, "pop.other.example."]]},
            )
    assert not {b"PASS", b"AUTH", b"USER", b"APOP"}.intersection(server.keywords)


async def test_servers_are_looked_for_through_the_proxy_of_the_configuration(
    file: Path, certificates: Certificates
) -> None:
    async with (
        own_server(certificates, "me@gmail.com") as server,
        ProxyServer(server.port) as proxy,
    ):
        await set_up(
            "me@gmail.com",
            {},
            ("Trust", "yes"),
            ("How do you sign in?", 0),
            ("Which messages", 1),
            ("Password for", "secret"),
            ("Where should the password", 0),
            ("A name for this account", ""),
            settings=Settings(proxy=f"socks5h://127.0.0.1:{proxy.port}"),
        )
    assert set(proxy.asked) == {("pop.gmail.com", 995)}
    assert "proxy" not in load_config(file).accounts["gmail"]


async def test_behind_a_proxy_only_the_domain_is_asked_and_through_the_proxy(
    file: Path, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(*_: object) -> list[Any]:
        raise AssertionError("asked past the proxy")

    for name in ("servers_in_dns", "mail_exchangers"):
        monkeypatch.setattr(discovery, name, ask)
    async with (
        own_server(certificates, "me@example.test") as server,
        ProxyServer(server.port) as proxy,
    ):
        options = SetupOptions(
            address="me@example.test",
            proxy=f"socks5h://127.0.0.1:{proxy.port}",
            ca_file=certificates.ca_file,
        )
        answers = (
            ("Password for", "secret"),
            ("Where should the password", 0),
            ("A name for this account", ""),
        )
        with patched(Hosts()):
            await AccountSetup(options, Config(), Script(*answers)).run()
    asked = {host for host, port in proxy.asked if port == 443}
    assert asked == {"autoconfig.example.test", "example.test"}
    assert load_config(file).accounts["example"] == {
        "url": "pops://me%40example.test@pop.example.test",
        "proxy": options.proxy,
        "ca_file": certificates.ca_file,
    }


def test_a_default_name_is_free() -> None:
    assert default_name("example.com", ["example"]) == "example-2"
    assert default_name("mail.shop.example.co.uk", ["work"]) == "example"
    assert default_name("pop.müller.example", []) == "müller"


def test_an_ip_address_is_not_a_name() -> None:
    assert default_name("127.0.0.1", []) == "mail"
    assert default_name("::1", ["mail"]) == "mail-2"
