"""Classify refused logins, with texts from servers, providers and bug reports."""

from __future__ import annotations

import pytest

from poptui.pop3.events import split_code
from poptui.pop3.refusals import RefusalKind, classify_refusal

PASSWORD = """
Logon failure: unknown user name or bad password.
Invalid user name or password
Login incorrect.
[AUTH] Authentication failed
Authentication failure
Unable to log on
login failed
Permission denied
Invalid credentials
Sorry, bad password
[AUTH] the account is locked
Password incorrect. Please wait 10 minutes before next try
Wrong password (already logged 3 failures)
Authentication failed; account is in use by nobody
login failed: caps lock?
Re-Authentication Failure
Benutzername oder Passwort falsch
неверный логин или пароль
用户名或密码错误
Go away!
you are blocked
unlocked door
"""

ACCOUNT = """
Your account has been locked due to too many failed logins. Reset your password at https://a.example
Account locked
Account suspended
user.locked
This user is disabled
Konto gesperrt
Пользователь заблокирован
POP3 is locked for this account, enable it in the settings
POP access is disabled
[SYS/PERM] Your account is not enabled for POP access. Please visit your settings page.
Your account does not have permissions to use this protocol
User is authenticated but not connected.
Application-specific password required: https://support.example.com
Web login required: https://support.example.com/78754
"""

THROTTLED = """
Too many connections from your IP
Exceeded the login limit for a 15 minute period. Reduce the frequency of requests.
[LOGIN-DELAY] Logins must be at least 5 minutes apart
login limit reached for the last 15 minutes
Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)
You have exceeded the maximum number of connections
Please wait 5 minutes before logging in again
POP3 access only allowed every 15 minutes
Login rate limited
Anmeldung gesperrt: zu häufig abgerufen
登录太频繁，请稍后再试
"""

MAILBOX_IN_USE = """
[IN-USE] mailbox already in use by pid 12345
unable to lock maildrop
maildrop already locked
could not acquire the mailbox lock
could not get the lock
Mailbox is LOCKED by another session
Mailbox is locked by POP server
mail-drop is busy
mailbox in use
already logged in
POP3 Lock Busy! Is another session active?
Another POP3 session is active, try again later
Mailbox already opened by another process
"""

TEMPORARY = """
[SYS/TEMP] Server error - Please try again later.
login fail, please try again later
authorization failed: service unavailable
Your account is temporarily unavailable (+t bit set on home directory).
Your account has been temporarily locked
mailbox is temporarily unavailable
Mailbox is in inconsistent state, please relogin.
Server busy
Internal server error
please wait
"""

SERVER_FAULT = """
[SYS/PERM] the disk is gone
This user has no $HOME/Maildir
Unable to open this user's mailbox
Unable to process From lines (envelopes), change recognition modes
"""

UNCLEAR = """
Account is abnormal, service is not open, password is incorrect, or system is busy.
login fail. password error or too frequent, please use authorization code
Wrong user or password, or account locked
"""


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (kind, text)
        for kind, texts in (
            (RefusalKind.PASSWORD, PASSWORD),
            (RefusalKind.ACCOUNT, ACCOUNT),
            (RefusalKind.THROTTLED, THROTTLED),
            (RefusalKind.MAILBOX_IN_USE, MAILBOX_IN_USE),
            (RefusalKind.TEMPORARY, TEMPORARY),
            (RefusalKind.SERVER_FAULT, SERVER_FAULT),
            (RefusalKind.UNCLEAR, UNCLEAR),
        )
        for text in texts.strip().splitlines()
    ],
)
def test_kinds_of_refusals(kind: RefusalKind, text: str) -> None:
    assert classify_refusal(*split_code(text)).kind is kind


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("Password incorrect. Please wait 10 minutes before next try", 600),
        ("Exceeded the login limit for a 15 minute period.", 900),
        ("You must wait 300 seconds between logins, too many tries", 300),
        ("[LOGIN-DELAY] Logins must be at least 5 minutes apart", 300),
        ("Too many logins, try again in 1 hour", 3600),
        ("Too many logins, try again in 99999 hours", 3600),
        ("Too many logins (code 5.7.1 s)", 0),
        ("Too many connections from 10.0.0.5", 0),
    ],
)
def test_the_wait_that_a_server_states(text: str, wait_s: float) -> None:
    assert classify_refusal(*split_code(text)).wait_s == wait_s
