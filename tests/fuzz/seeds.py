"""Valid inputs for each target, to begin fuzzing with."""

from __future__ import annotations

from datetime import UTC, datetime

from poptui.demo.messages import sample_messages
from poptui.mail.reader.codec import pack
from tests.kit.parsing import parse_here

LARGEST = 8000
"""Maximum bytes of a message worth mutating."""
_REPLIES = b"""+OK 5 868540\r\n+OK 5 messages\r\n1 275368\r\n2 11196\r\n.\r\n+OK\r\nFrom: a@b.c\r
..dot\r\n\r\n.\r\n+OK 20 octets\r\nSubject: x\r\n\r\nbody\r\n.\r\n+OK marked\r\n+OK cool\r
+OK\r\nTOP\r\nUIDL\r\nPIPELINING\r\nLOGIN-DELAY 300\r\n.\r\n-ERR [IN-USE] locked\r\n"""
_FILTERS = """is:spam older:30d -from:ann (subject:/^re/ OR size:>1M) date:2024-01..2024-03
domain:ru spam:>=5 is:spam|newsletter header:x-mailer=~outlook "tax return" NOT has:attachment
newer:2h uid:0001a2b3 size:10k..1M list:python AND to:me@example.com"""
_CONFIG = b"""theme = "poptui-dark"
timeout = 30
friends = ["ann@example.com", "@example.org"]
safety_copy = "full"
safety_copy_limit = "1 GB"
[accounts.work]
url = "pops://me@mail.example.com"
password_command = "pass work"
[[rules]]
match = "from:boss@example.com"
action = "score"
score = 3
[filters]
"big" = "size:>5M"
[weights]
subject-emoji = 0
"""
_URLS = """pops://me@mail.example.com:995
pop://me;auth=+APOP@[::1]:110
pop://user%40example.org;auth=*@xn--bcher-kva.example"""


def seeds(target: str) -> list[bytes]:
    """Return the first inputs for this target."""
    messages = [message.data for message in sample_messages(datetime(2026, 1, 2, tzinfo=UTC))]
    small = [octets for octets in messages if len(octets) <= LARGEST]
    heads = [octets.partition(b"\r\n\r\n")[0] for octets in small]
    by_target = {
        "protocol": [b"\x01" + _REPLIES, b"\x03" + _REPLIES.replace(b"\r\n", b"\n")],
        "listings": [
            b"+OK 5 868540 (proxing)\r\n",
            b"1 275368\r\n2 1 x\r\n",
            b"1  a b\r\n2\r\n",
        ],
        "header": heads,
        "message": small,
        "html": [octets for octets in small if b"<html" in octets.lower()] or small,
        "packet": [pack(parse_here(octets)) for octets in small[:20]],
        "filters": [line.encode() for line in _FILTERS.splitlines()],
        "config": [_CONFIG],
        "target": [line.encode() for line in _URLS.splitlines()],
    }
    return by_target.get(target, heads)
