"""The screen that sets up an account: the steps of ``account add``, in a dialog."""

from __future__ import annotations

from pathlib import Path

import pytest
from keyring.backends.null import Keyring as NullKeyring
from textual.widgets import Input

from poptui.accounts import setup_server
from poptui.accounts.oauth import client, device
from poptui.accounts.setup_dialog import SetupOptions, SetupResult
from poptui.net.credentials import Credentials
from poptui.storage.config import load_config
from poptui.tui.flows.account_setup import AccountScreen
from tests.accounts.oauth_kit import use_memory_keyring
from tests.kit.authorization_server import CLIENT_ID, SCOPE, AuthorizationServer
from tests.kit.certificates import Certificates
from tests.kit.hosts import Hosts, patched
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_messages
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import AppPilot, app_of, running, shows, text, until

ANN = "ann@example.test"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("POPTUI_CONFIG", str(path))
    return path


async def begin(pilot: AppPilot) -> list[SetupResult | None]:
    """Show the screen; its results will be in the list."""
    ended: list[SetupResult | None] = []
    await app_of(pilot).push_screen(AccountScreen(load_config()), ended.append)
    await pilot.pause()
    return ended


async def type_in(pilot: AppPilot, words: str) -> None:
    await pilot.press(*words.replace("@", " ").split(" ")[0])
    if "@" in words:
        await pilot.press("@", *words.partition("@")[2])
    await pilot.press("enter")


async def test_an_account_is_set_up_step_by_step(
    file: Path, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    # It is already loaded, so it refuses before the screen has a layout.
    monkeypatch.setattr("keyring.core._keyring_backend", NullKeyring())  # type: ignore[no-untyped-call]
    tls = certificates.good.context()
    async with OddServer(make_messages(2), user=ANN, tls=tls) as server:
        with patched(Hosts(ports={"pop.example.test:995": server.port})):
            async with running(FakeMailbox(), (40, 12)) as pilot:
                ended = await begin(pilot)
                await shows(pilot, "Your mail address")
                await type_in(pilot, "nonsense")
                await shows(pilot, "is not a mail address")
                await type_in(pilot, ANN)
                await shows(pilot, "Type yes")
                await type_in(pilot, "yes")
                await shows(pilot, "Password for")
                await type_in(pilot, "wrong")
                await shows(pilot, "Enter alone changes the user name")
                await pilot.press("enter")
                await shows(pilot, "User name")
                await pilot.press("enter")
                await shows(pilot, "again")
                await type_in(pilot, "secret")
                await shows(pilot, "Where should the password")
                assert "keyring" not in text(pilot)
                assert "wrong" not in text(pilot)
                assert "secret" not in text(pilot)
                await pilot.press("enter")
                await shows(pilot, "A name for this account")
                await pilot.press("enter")
                await until(pilot, lambda: bool(ended))
    (result,) = ended
    assert result is not None
    assert result.name == "example"
    assert load_config(file).accounts == {
        "example": {
            "url": "pops://ann%40example.test@pop.example.test",
            "pin": certificates.good.fingerprint,
        }
    }


async def test_esc_stops_at_a_question_and_at_work(file: Path) -> None:
    with patched(Hosts(silent_dns=True)):
        async with running(FakeMailbox()) as pilot:
            ended = await begin(pilot)
            await shows(pilot, "Your mail address")
            await pilot.press("escape")
            await until(pilot, lambda: ended == [None])
            begin_again = await begin(pilot)
            await shows(pilot, "Your mail address")
            await type_in(pilot, ANN)
            await shows(pilot, "Asking example.test")
            await pilot.press("escape")
            await until(pilot, lambda: begin_again == [None])
    assert load_config(file).accounts == {}


async def test_an_internal_error_is_a_sentence_too(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(text: str) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr(setup_server, "parse_address", fail)
    async with running(FakeMailbox()) as pilot:
        ended = await begin(pilot)
        await shows(pilot, "Your mail address")
        await type_in(pilot, ANN)
        await shows(pilot, "Internal error (RuntimeError).")
        await pilot.press("escape")
        await until(pilot, lambda: ended == [None])


async def test_a_provider_without_pop3_ends_it_with_a_sentence(file: Path) -> None:
    async with running(FakeMailbox()) as pilot:
        ended = await begin(pilot)
        await shows(pilot, "Your mail address")
        await type_in(pilot, "ann@icloud.com")
        await shows(pilot, "iCloud Mail has no POP3")
        await shows(pilot, "Nothing was saved.")
        await pilot.press("enter")
        await until(pilot, lambda: ended == [None])


async def test_an_account_with_oauth_is_authorized_in_the_same_steps(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "MAX_INTERVAL_S", 0.05)
    kept = use_memory_keyring(monkeypatch)
    with AuthorizationServer() as server:
        known = client.OAuthProvider(
            "Microsoft", ("outlook.office365.com",), "", f"{server.url}/token",
            f"{server.url}/device", SCOPE,
        )  # fmt: skip
        monkeypatch.setattr(client, "PROVIDERS", (known,))
        async with running(FakeMailbox(), (80, 24)) as pilot:
            ended: list[SetupResult | None] = []
            screen = AccountScreen(load_config(), SetupOptions(test=False))
            await app_of(pilot).push_screen(screen, ended.append)
            for question, answer in (
                ("Your mail address", "ann@outlook.com"),
                ("Where do the access tokens", ""),
                ("Your OAuth client id", CLIENT_ID),
                ("Its client secret", ""),
                ("A name for this account", ""),
            ):
                await shows(pilot, question)
                app_of(pilot).screen.query_one(Input).value = answer
                await pilot.press("enter")
            await shows(pilot, "Sign in with the browser now?")
            await pilot.press("enter")
            await shows(pilot, "There, type this code:")
            await pilot.press("escape")
            await shows(pilot, "Try to sign in again?")
            server.fail("/device", "busy")
            await pilot.press("enter")
            await shows(pilot, "Microsoft has a problem")
            with monkeypatch.context() as broken:
                broken.setattr("poptui.tui.flows.authorizing.require_keyring", None)
                await pilot.press("enter")
                await shows(pilot, "Internal error (TypeError).")
            server.fail("/device", "")
            await pilot.press("enter")
            await shows(pilot, "There, type this code:")
            server.answer_codes("authorized")
            await until(pilot, lambda: bool(ended))
        assert ended == [SetupResult("outlook", Credentials(), needs_authorization=False)]
        (refresh,) = kept.values()
        assert refresh in server.validator.refresh
    assert load_config(file).accounts["outlook"]["oauth_client_id"] == CLIENT_ID
