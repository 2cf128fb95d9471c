"""Named deviations of real servers from the RFCs.

A name may carry a number: ``dele-refused:3`` refuses only DELE 3, ``uid-blank:2`` blanks the UID of
message 2, ``in-use:2`` refuses the first two logins, ``top-cut:1`` cuts the first TOP and no later
one. Besides the names below and those of ``tests.kit.burst_defects`` there are, for each command
(``top`` stands for any):

    top-refused        -ERR
    top-hangs          no reply
    top-hangs-up       the connection is closed instead of a reply
    top-trickles       the reply comes a byte at a time, and stops before its end
    top-in-pieces      the same, but complete
    top-endless        lines without end
    top-endless-line   one line without end
    top-cut            half the reply, then EOF
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from tests.kit.burst_defects import BURST_DEFECTS

KEYWORDS = "user pass apop auth capa stls stat list uidl top retr dele rset noop quit last"
COMMAND_FAULTS = "refused hangs hangs-up trickles in-pieces endless endless-line cut"
"""Faults of any command, as ``<command>-<fault>``."""

Change = Callable[[bytes, int], bytes]
"""Turns a correct reply or command line into the odd one; the number is the oddity's, or 0."""


@dataclass(frozen=True)
class Oddity:
    """A deviation that is switched on: its name and its number (0 if none is given)."""

    name: str
    number: int = 0

    @classmethod
    def parse(cls, text: str) -> Oddity:
        """Parse ``name`` or ``name:number``. Raises ValueError for an unknown name."""
        name, _, number = text.partition(":")
        if name not in NAMES:
            raise ValueError(f"no such oddity: {name}")
        return cls(name, int(number or 0))


def _sub(pattern: bytes, to: bytes | Callable[[re.Match[bytes]], bytes]) -> Change:
    return lambda reply, _: re.sub(pattern, to, reply)


def _uid(to: Callable[[bytes], bytes]) -> Change:
    """Change the UID of one message, the first if the oddity has no number."""

    def change(reply: bytes, number: int) -> bytes:
        row = rb"(?m)^((?:\+OK )?%d) (?!messages)(.*?)(\r\n)" % (number or 1)
        return re.sub(row, lambda found: found[1] + to(found[2]) + found[3], reply)

    return change


def _extra_row(reply: bytes, _: int) -> bytes:
    rows = re.findall(rb"(?m)^(\d+) ", reply)
    if not reply.endswith(b"\r\n.\r\n"):
        return reply
    return reply.removesuffix(b".\r\n") + b"%d arrived-since\r\n.\r\n" % (len(rows) + 1)


def _first_line_only(reply: bytes, _: int) -> bytes:
    return b"\r\n".join(reply.split(b"\r\n")[:2]) + b"\r\n.\r\n"


def _spread(reply: bytes, _: int) -> bytes:
    return re.sub(rb"(?m)^(\+OK )?(\d+) (?!messages)", _odd_number, reply)


def _renumbered(reply: bytes, _: int) -> bytes:
    numbers = count(1)
    if not reply.endswith(b"\r\n.\r\n"):
        return reply
    return re.sub(rb"(?m)^\d+ ", lambda row: b"%d " % next(numbers), reply)


def _odd_number(found: re.Match[bytes]) -> bytes:
    return (found[1] or b"") + b"%d " % (2 * int(found[2]) - 1)


def _gathered(line: bytes, _: int) -> bytes:
    keyword, number, *more = line.split(b" ")
    which = (int(number) + 1) // 2 if int(number) % 2 else 10**8
    return b" ".join([keyword, b"%d" % which, *more])


def _expire_before_login(found: re.Match[bytes]) -> bytes:
    return found[1] + b"\r\nEXPIRE 0" if found[1] else b""


REPLIES: dict[str, tuple[str, Change]] = {
    "resp-codes-underscore": ("capa", _sub(rb"RESP-CODES", b"RESP_CODES")),
    "uidl-unadvertised": ("capa", _sub(rb"UIDL\r\n", b"")),
    "pipelining-unadvertised": ("capa", _sub(rb"PIPELINING\r\n", b"")),
    "no-uidl": ("capa", _sub(rb"UIDL\r\n", b"")),
    "no-top": ("capa", _sub(rb"TOP\r\n", b"")),
    "login-delay": ("capa", _sub(rb"\r\n\.\r\n\Z", b"\r\nLOGIN-DELAY 300\r\n.\r\n")),
    "capa-bare-after-login": ("capa", _sub(rb"(?s)\r\n.*EXPIRE.*", b"\r\nEXPIRE NEVER\r\n.\r\n")),
    "expire-0": ("capa", _sub(rb"EXPIRE NEVER", b"EXPIRE 0")),
    "expire-0-user": ("capa", _sub(rb"EXPIRE NEVER", b"EXPIRE 0 USER")),
    "expire-0-before-login": (
        "capa",
        _sub(rb"(?s)(SASL PLAIN LOGIN)|EXPIRE NEVER\r\n", _expire_before_login),
    ),
    "expire-untold": ("capa", _sub(rb"EXPIRE NEVER\r\n", b"")),
    "uidl-spaces": ("uidl", _sub(rb"(?m)^(\d+) ", rb"\1    ")),
    "uidl-ok-prefix": ("uidl", _sub(rb"(?m)^(\d+) ", rb"+OK \1 ")),
    "uidl-extra": ("uidl", _extra_row),
    "uidl-n-odd": ("uidl", _sub(rb"\A\+OK \d+ .*\r\n\Z", b"+OK unique-id follows\r\n")),
    "uid-blank": ("uidl", _uid(lambda uid: b" ")),
    "uid-missing": ("uidl", _uid(lambda uid: b"")),
    "uid-long": ("uidl", _uid(lambda uid: b" " + uid * 80)),
    "uid-with-spaces": ("uidl", _uid(lambda uid: b" with space " + uid)),
    "uid-not-ascii": ("uidl", _uid(lambda uid: b" \xfc\xff\x1b[31m" + uid)),
    "duplicate-uids": ("uidl", _sub(rb"(?m)^1 (.*)\r\n2 .*", rb"1 \1\r\n2 \1\r")),
    "stat-extra-text": ("stat", _sub(rb"\r\n", b" (proxing)\r\n")),
    "stat-many-lines": ("stat", _sub(rb"\r\n", b"\r\nfirst\r\nsecond\r\n.\r\n")),
    "list-stale": ("list", lambda reply, _: b"+OK\r\n1 9\r\n2 9\r\n3 9\r\n4 9\r\n.\r\n"),
    "list-extra-text": ("list", _sub(rb"(?m)^(\d+ \d+)", rb"\1 octets of mail")),
    "list-sizes-wrong": ("list", _sub(rb"(?m)^(\d+) \d+", rb"\1 7")),
    "top-one-line": ("top", _first_line_only),
    "top-headers-differ": ("top", _sub(rb"(?m)^Subject: ", b"Subject: [top] ")),
    "no-dot-stuffing": ("top retr", _sub(rb"\r\n\.\.", b"\r\n.")),
    "no-crlf-before-dot": ("top retr", _sub(rb"\r\n\.\r\n\Z", b".\r\n")),
    "numbers-with-gaps": ("list uidl", _spread),
    "renumbers": ("list uidl", _renumbered),
    "uids-are-numbers": ("uidl", _sub(rb"(?m)^(\d+) (?!messages).*\r", rb"\1 \1\r")),
    "blank-lines-between": ("", lambda reply, _: reply + b"\r\n"),
    "bare-lf": ("", _sub(rb"\r\n", b"\n")),
    "dele-lies": ("dele", _sub(rb"\A\+OK .*", b"-ERR it is busy\r")),
    "bare-ok": ("user pass apop uidl list top retr dele rset noop", _sub(rb"\A\+OK .*", b"+OK\r")),
}
"""Changes to the correct replies to these commands ("": to any command)."""

REQUESTS: dict[str, tuple[str, Change]] = {
    "top-whole-message": ("top", _sub(rb" \d+$", b" 99999999")),
    "top-ten-lines": ("top", _sub(rb" \d+$", b" 10")),
    "numbers-with-gaps": ("top retr dele", _gathered),
    "dele-does-nothing": (
        "dele",
        lambda line, number: b"NOOP" if line.endswith(b" %d" % number) or not number else line,
    ),
    "dele-another": ("dele", lambda line, number: b"DELE %d" % number),
}
"""Misreadings of these commands."""

LOGIN_REFUSALS: dict[str, bytes] = {
    "in-use": b"-ERR [IN-USE] maildrop already locked\r\n",
    "lock-in-prose": b"-ERR could not acquire the mailbox lock, please wait\r\n",
    "login-delayed": b"-ERR [LOGIN-DELAY] wait 300 seconds between logins\r\n",
    "sys-temp": b"-ERR [SYS/TEMP] database away\r\n",
}
"""Refusals of a correct password; the number is that of refused logins (none: all)."""

OTHERS = frozenset(
    {
        "no-capa",
        "no-lock",
        "no-timestamp",
        "hang-up-on-bad-password",
        "long-auth-refused",
        "uids-change",
        "sizes-change",
        "session-commands",
        "session-deles",
        "session-ms",
        "dele-kills",
        "dele-answered-blank",
        "login-limit",
        "downloads-go",
        "top-counts",
        "expunges-late",
        "stls-injection",
        "quit-err",
        "quit-eof",
        "quit-silent",
        "quit-ok-removes-nothing",
        "quit-removes-next",
    }
)
"""no-lock: several sessions at a time. no-timestamp: a greeting without one, so no APOP.
long-auth-refused: AUTH with an initial response is a protocol error. quit-err keeps the last marked
message; quit-eof and quit-silent remove the messages without a reply; quit-ok-removes-nothing can
be combined with these; quit-removes-next removes the message after each marked one. uids-change,
sizes-change: every session has different UIDs or sizes. session-commands, session-deles,
session-ms: the server hangs up after so many commands, DELEs or milliseconds after the login.
dele-kills:N hangs up at DELE of the message uid-N, and dele-answered-blank:N answers it with an
empty line. login-limit:N refuses all logins after the first N with LOGIN-DELAY. downloads-go: QUIT
removes messages fetched by RETR, and with top-counts also by TOP. expunges-late: QUIT gets +OK at
once, and the messages are removed so many tenths of a second later."""

NAMES = (
    OTHERS
    | BURST_DEFECTS.keys()
    | REPLIES.keys()
    | REQUESTS.keys()
    | LOGIN_REFUSALS.keys()
    | {f"{keyword}-{fault}" for keyword in KEYWORDS.split() for fault in COMMAND_FAULTS.split()}
)
