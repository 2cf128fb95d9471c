"""The OAuth client of an account: the provider's endpoints, and the user's client id."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from poptui.errors import UsageError
from poptui.net.server import DEFAULT_ROUTE, WebRoute
from poptui.printable import shell_word
from poptui.secret import Secret
from poptui.storage.settings import Settings


@dataclass(frozen=True)
class OAuthProvider:
    """A provider's endpoints and scopes, so that the user needs to set only the client id."""

    title: str
    hosts: tuple[str, ...]
    """Its POP3 servers."""
    authorization_url: str
    token_url: str
    device_url: str
    """Empty if it has no device grant for mail."""
    scope: str
    offline_fields: tuple[tuple[str, str], ...] = ()
    """Fields of the browser's request without which it gives no refresh token."""
    redirect_host: str = "127.0.0.1"
    """The host of the redirect address: an IP address (RFC 8252 section 8.3) if possible."""


PROVIDERS = (
    # From copies, read in November 2026, of
    # developers.google.com/identity/protocols/oauth2/native-app and
    # developers.google.com/workspace/gmail/imap/xoauth2-protocol. The device grant of Google
    # allows only scopes that are not for mail (.../oauth2/limited-input-device).
    OAuthProvider(
        title="Google",
        hosts=("pop.gmail.com", "pop.googlemail.com"),
        authorization_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",
        device_url="",
        scope="https://mail.google.com/",
        offline_fields=(("access_type", "offline"), ("prompt", "consent")),
    ),
    # From copies, read in November 2026, of
    # learn.microsoft.com/exchange/client-developer/legacy-protocols/
    # how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth and
    # learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code. For "localhost" it ignores
    # the port of the redirect address; its portal takes no 127.0.0.1.
    OAuthProvider(
        title="Microsoft",
        hosts=("outlook.office365.com", "outlook.office.com", "pop-mail.outlook.com"),
        authorization_url="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        token_url="https://login.microsoftonline.com/common/oauth2/v2.0/token",
        device_url="https://login.microsoftonline.com/common/oauth2/v2.0/devicecode",
        scope="https://outlook.office.com/POP.AccessAsUser.All offline_access",
        redirect_host="localhost",
    ),
)


@dataclass(frozen=True)
class OAuthClient:
    """The settings with which one account gets its tokens."""

    name: str
    """The account's name in the configuration file."""
    account: str
    """``Server.account``: the key in the keyring."""
    title: str
    """``user@host``, printable."""
    user: str
    provider: str
    """A name for sentences: Google, or the host of the token endpoint."""
    client_id: str
    client_secret: Secret | None
    authorization_url: str
    token_url: str
    device_url: str
    scope: str
    redirect_host: str
    offline_fields: tuple[tuple[str, str], ...] = ()
    route: WebRoute = DEFAULT_ROUTE
    """The proxy and CAs for requests to the endpoints."""

    @property
    def command(self) -> str:
        """The command that authorizes this account."""
        return f"poptui account authorize {shell_word(self.name)}"


def provider_of(host: str) -> OAuthProvider | None:
    """Return the provider whose POP3 server this is, None if it isn't known."""
    return next((provider for provider in PROVIDERS if host.lower() in provider.hosts), None)


def oauth_client(settings: Settings) -> OAuthClient:
    """Return the OAuth client that the settings of an account describe. Raises UsageError."""
    server = settings.server
    table = f"[accounts.{settings.name}]" if settings.name else "an account's table"
    provider = provider_of(server.host)
    if not settings.oauth_client_id:
        raise UsageError(
            f"{server.title} has no OAuth client id: set oauth_client_id in {table} of"
            " config.toml. To get one, see: poptui help oauth."
        )
    token_url = settings.oauth_token_url or (provider.token_url if provider else "")
    if not token_url:
        raise UsageError(
            f"poptui does not know the OAuth addresses of {server.host}: set oauth_token_url and"
            f" oauth_device_url or oauth_authorization_url in {table} of config.toml."
        )
    return OAuthClient(
        name=settings.name,
        account=server.account,
        title=server.title,
        user=server.user,
        # The mail server may be a relay to Google's: the token endpoint shows the provider.
        provider=provider.title
        if provider and token_url == provider.token_url
        else urlsplit(token_url).netloc,
        client_id=settings.oauth_client_id,
        client_secret=Secret(settings.oauth_client_secret)
        if settings.oauth_client_secret
        else None,
        authorization_url=settings.oauth_authorization_url
        or (provider.authorization_url if provider else ""),
        token_url=token_url,
        device_url=settings.oauth_device_url or (provider.device_url if provider else ""),
        scope=settings.oauth_scope or (provider.scope if provider else ""),
        redirect_host=provider.redirect_host if provider else "127.0.0.1",
        offline_fields=provider.offline_fields if provider else (),
        route=settings.web,
    )
