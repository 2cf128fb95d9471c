"""What Google and Microsoft need, so that the user sets only the client id."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from poptui.accounts.oauth.authorize import Grant, usual_grant
from poptui.accounts.oauth.browser import BrowserGrant
from poptui.accounts.oauth.client import OAuthClient, oauth_client
from poptui.accounts.oauth.http import is_endpoint
from poptui.errors import UsageError
from poptui.storage.settings import Settings


def client(host: str, token_url: str = "") -> OAuthClient:
    return oauth_client(
        Settings(
            name="work",
            url=f"pops://me@example.com@{host}",
            oauth_client_id="id",
            oauth_token_url=token_url,
        )
    )


async def query_of(oauth_client: OAuthClient) -> dict[str, list[str]]:
    async with BrowserGrant(oauth_client) as grant:
        assert is_endpoint(grant.url)
        return parse_qs(urlsplit(grant.url).query)


async def test_google_by_browser() -> None:
    google = client("pop.gmail.com")
    assert (google.provider, usual_grant(google)) == ("Google", Grant.BROWSER)
    fields = await query_of(google)
    assert fields["scope"] == ["https://mail.google.com/"]
    assert (fields["access_type"], fields["prompt"]) == (["offline"], ["consent"])
    assert fields["login_hint"] == ["me@example.com"]
    assert fields["redirect_uri"][0].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("host", ["outlook.office365.com", "Outlook.Office.com"])
async def test_microsoft_by_code_or_browser(host: str) -> None:
    microsoft = client(host)
    assert (microsoft.provider, usual_grant(microsoft)) == ("Microsoft", Grant.DEVICE)
    fields = await query_of(microsoft)
    assert fields["scope"] == ["https://outlook.office.com/POP.AccessAsUser.All offline_access"]
    assert fields["redirect_uri"][0].startswith("http://localhost:")


def test_settings_replace_the_built_in_values() -> None:
    own = client("outlook.office365.com", "https://login.example.com/token")
    assert (own.provider, own.token_url) == ("login.example.com", "https://login.example.com/token")
    assert own.device_url.startswith("https://login.microsoftonline.com/")
    with pytest.raises(UsageError, match="does not know the OAuth addresses"):
        client("mail.example.com")
