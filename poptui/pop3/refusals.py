"""Classify refused logins by their response code or, if there is none, by their text.

The kind decides whether to ask for the password and when to try again. Servers phrase the same
refusal in many ways and use one word in several senses: a locked mailbox is temporary, a locked
account is not. The first kind in the table below whose patterns match wins.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import NamedTuple

from poptui.patterns import lazy_pattern
from poptui.pop3.events import Code


class RefusalKind(Enum):
    """The reason for a refused login, as far as the server names it."""

    PASSWORD = "password"
    """Unknown user or wrong password: ask again. A refusal without a reason counts as this kind."""
    ACCOUNT = "account"
    """The account is blocked, or POP3 is switched off for it: only the provider can help."""
    THROTTLED = "throttled"
    """Too many logins or connections: wait at least as long as the server asks."""
    MAILBOX_IN_USE = "mailbox in use"
    """Another session has the mailbox open (RFC 1939 section 4)."""
    TEMPORARY = "temporary"
    """A temporary failure of the server."""
    SERVER_FAULT = "server fault"
    """A failure that needs the server's operator (SYS/PERM, RFC 3206)."""
    UNCLEAR = "unclear"
    """The sentence lists several possible reasons: show it and say what to check."""


class Refusal(NamedTuple):
    """The kind of a refusal and how long to wait."""

    kind: RefusalKind
    wait_s: float = 0.0
    """Seconds until the next login according to the server's text; 0 if it names no time."""


_BY_CODE = {
    Code.IN_USE: RefusalKind.MAILBOX_IN_USE,
    Code.LOGIN_DELAY: RefusalKind.THROTTLED,
    Code.AUTH: RefusalKind.PASSWORD,
    Code.SYS_TEMP: RefusalKind.TEMPORARY,
    Code.SYS_PERM: RefusalKind.SERVER_FAULT,
}

_SECRET = (
    r"(pass ?(word|wd|code|phrase)s?|passwor[dt]|credentials?|user ?(name|id)?|mot de passe"
    r"|identifiant|contraseña|usuario|senha|пароль|логин|имя пользователя|login name|account name)"
)
_WRONG = (
    r"(in ?correct|wrong|in ?valid|bad|unknown|mis-?match\w*|denied|rejected|fail\w*|error"
    r"|not (correct|valid|found|known|recogni[sz]ed|match\w*|accepted)|does ?n[o']t match|no such"
    r"|falsch\w*|ungültig\w*|incorrecte?|invalide|errone\w*|incorrect[oa]|inválid[oa]"
    r"|неверн\w*|неправильн\w*)"
)
_ACCOUNT = r"(account|user|konto|compte|cuenta|учетная запись|аккаунт|пользователь)"
_BLOCKED = (
    r"(locked|blocked|disabled|suspended|frozen|closed|deactivated|expired|abnormal|banned"
    r"|gesperrt|bloqué|suspendu|bloquead[oa]|заблокирован\w*)"
)
_BOX = r"(mail[ -]?(box|drop|store|spool|file|folder)|inbox|spool)"
_LOCK = r"(the |a |an )?(exclusive )?lock\b"
_POP = r"(pop ?3?|imap/pop|service|access|protocol|dienst)"
_OFF = (
    r"(disabled|locked|blocked|not (enabled|allowed|permitted|activated|available|open)"
    r"|turned off|switched off|deaktiviert|nicht (aktiviert|freigeschaltet)|désactivé|отключен\w*)"
)

_WORDS: tuple[tuple[RefusalKind, tuple[str, ...]], ...] = (
    (
        RefusalKind.PASSWORD,
        (
            rf"\b{_SECRET}\W+(\w+\W+){{0,3}}?{_WRONG}\b",
            rf"\b{_WRONG}\W+(\w+\W+){{0,2}}?{_SECRET}\b",
            r"\bauth\w*( \w+)? (fail\w*|error|rejected|unsuccessful)",
            r"\blog-?(in|on) (incorrect|invalid)\b",
            r"密码(错误|不正确|有误)|密碼錯誤|パスワードが(違|正し)|인증 ?실패|비밀번호",
        ),
    ),
    (
        RefusalKind.ACCOUNT,
        (
            rf"\b{_ACCOUNT}\b( \w+){{0,3}}[ .]{_BLOCKED}\b",
            rf"\b{_BLOCKED} {_ACCOUNT}\b",
            r"\block(ed)? ?out\b|\blocked (due to|because|after)\b",
            rf"\b{_POP}\b( \w+){{0,4}} {_OFF}\b",
            rf"\b(disabled|not (enabled|allowed|activated|permitted)) (\w+ ){{0,4}}{_POP}\b",
            r"\b(enable|activate|allow|turn on) (the )?(pop|imap)",
            r"\bnot (allowed|authori[sz]ed|permitted|entitled|have permissions?) to\b",
            r"\bauthenticated but not connected\b",
            r"\b(app(lication)?.specific|app) password|authori[sz]ation code\b",
            r"\b(web|browser) log-?in required\b|log ?in via your web browser",
            r"未开启|服务未开通|授权码|帳號已被鎖|账号(异常|已被)",
        ),
    ),
    (
        RefusalKind.THROTTLED,
        (
            r"\btoo (many|frequent\w*|often|fast|soon|much)\b",
            r"\bfrequen(t|cy|tly)\b|\brate.?limit|\bthrottl",
            r"\b(log-?in|connection|request|session)s? (rate |attempt )?limit",
            r"\bexceeded?\b.*\b(limit|maximum|quota|number)\b",
            r"\bmaximum (number of )?connections\b",
            r"\b(minutes?|seconds?) (apart|between|period)\b|\b(every|alle) \d+ (min|sec|sek)",
            r"\b(next|another|new) (try|log-?in|attempt)\b",
            r"\b(please )?wait (for )?(at least |another )?\d+ ?(s|sec\w*|m|min\w*|h|hours?)\b",
            r"\bzu (häufig|oft|viele)\b|\btrop (de|souvent)\b|demasiad[oa]s",
            r"слишком (часто|много)",
            r"频繁|頻繁|频率|次数过多|超过限制|頻度",
        ),
    ),
    (
        RefusalKind.MAILBOX_IN_USE,
        (
            rf"\b({_BOX}|folder|popper|pop3? (session|lock))\b"
            r".*\b(lock\w*|in use|busy|open(ed)?|used by)\b",
            rf"\b(lock\w*|in use|busy)\b.*\b{_BOX}\b",
            rf"\b(un|not )able to (get |obtain |acquire |take )?{_LOCK}",
            r"\b(can ?not|can't|could not|couldn't|failed to) (get |obtain |acquire |take )?"
            + _LOCK,
            r"\balready (open|locked|logged ?(in|on)|in use|connected|active)\b",
            r"\b(another|other|concurrent|existing|previous) "
            r"(\w+ ){0,2}(session|client|process|connection|log-?in|user)\b",
            r"\block (busy|exists|held)\b|\bis locked by\b",
        ),
    ),
    (
        RefusalKind.SERVER_FAULT,
        (
            r"\b(unable|can ?not|can't|could not|couldn't|failed) (to )?"
            r"(open|access|process|read|find|create|stat)\b"
            r".*\b(mail[ -]?(box|drop|dir|store|spool)|inbox|spool|from lines)\b",
            r"\bno (\$?home|mail ?dir|mailbox)\b",
        ),
    ),
    (
        RefusalKind.TEMPORARY,
        (
            r"\btemporar(y|il\w+)\b|\b(try|retry) (it )?(again|later)\b|\bagain later\b",
            r"\bbusy\b|\bunavailable\b|\boverload|\bnot ready\b|\btimed? ?out\b",
            r"\b(server|internal|system|database|backend) (error|fail\w*|problem)",
            r"\bplease wait\b(?! (for )?\d)|\bre-?log-?in\b|\binconsistent\b",
            r"\bmaintenance\b|\bshutting down\b",
            r"\bspäter\b|\bvorübergehend|\bplus tard\b|\bmás tarde\b|\bпозже\b|\bвременно\b",
            r"稍[后後]|稍候|系统繁忙|しばらく",
        ),
    ),
)
"""Patterns for each kind, matched case-insensitively."""

MAX_TEXT_CHARACTERS = 500
"""Only this much of the text is examined, because the patterns take more than linear time."""

_UNCLEAR_KINDS = 3
"""A sentence that matches this many kinds is a list of possible reasons."""

_OR = lazy_pattern(r"\b(or|oder|ou|или)\b|[或、]", re.IGNORECASE)

_WEAK_PASSWORD = lazy_pattern(
    r"\b(log-?(in|on)|auth\w*|sign-?in|access|permission)\W+(\w+\W+)?(fail\w*|denied|error|refused)",
    re.IGNORECASE,
)
"""A general refusal: the password is the likely reason if no other is named."""

_WAIT = lazy_pattern(
    r"(?<![\d.])(\d{1,5}) ?(?:-|‑)?(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?"
    r"|minuten|sekunden|minutos|минут\w*|分钟|秒)(?![a-z])",
    re.IGNORECASE,
)
_MAX_WAIT_S = 3600.0
"""Longer times are cut to this one: the text may mean something else by them."""


def classify_refusal(code: Code, text: str) -> Refusal:
    """Return why a login was refused, by its response ``code`` or else by its ``text``."""
    text = text[:MAX_TEXT_CHARACTERS]
    matching = [kind for kind, pattern in _patterns() if pattern.search(text)]
    if code in _BY_CODE:
        kind = _BY_CODE[code]
        if kind is RefusalKind.SERVER_FAULT and RefusalKind.ACCOUNT in matching:
            kind = RefusalKind.ACCOUNT  # Gmail: [SYS/PERM] Your account is not enabled for POP
        may_wait = kind in (RefusalKind.THROTTLED, RefusalKind.TEMPORARY)
        return Refusal(kind, _wait_s(text) if may_wait else 0.0)
    is_list = len(matching) >= _UNCLEAR_KINDS or (len(matching) > 1 and _OR.search(text))
    if is_list and matching[0] is RefusalKind.PASSWORD:
        return Refusal(RefusalKind.UNCLEAR, _wait_s(text))
    if not matching:
        return Refusal(RefusalKind.PASSWORD)
    kind = matching[0]
    if RefusalKind.TEMPORARY in matching and (kind is RefusalKind.ACCOUNT or _is_general(text)):
        kind = RefusalKind.TEMPORARY
    return Refusal(kind, _wait_s(text))


@cache
def _patterns() -> tuple[tuple[RefusalKind, re.Pattern[str]], ...]:
    """Compile the patterns on first use: that takes longer than a login."""
    return tuple((kind, re.compile("|".join(words), re.IGNORECASE)) for kind, words in _WORDS)


def _is_general(text: str) -> bool:
    """Whether ``text`` names neither user nor password, as in “login failed, try again later”."""
    return _WEAK_PASSWORD.search(text) is not None and not re.search(_SECRET, text, re.IGNORECASE)


def _wait_s(text: str) -> float:
    """Return the longest time in ``text`` in seconds, at most ``_MAX_WAIT_S``."""
    found = [float(number) * _unit_s(unit.lower()) for number, unit in _WAIT.findall(text)]
    return min(max(found, default=0.0), _MAX_WAIT_S)


def _unit_s(unit: str) -> float:
    if unit.startswith("h"):
        return 3600.0
    return 60.0 if unit.startswith(("m", "м", "分")) else 1.0
