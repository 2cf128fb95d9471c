"""Heavy libraries are imported only when they are needed, so that poptui starts quickly."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("mailparser", "selectolax", "anyio", "textual", "keyring", "charset_normalizer")


def _loaded(statements: str) -> list[str]:
    """Return the heavy modules that a new interpreter has loaded after ``statements``."""
    script = f"{statements}\nimport sys\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.split()


def test_imports_load_no_heavy_modules() -> None:
    assert _loaded("import poptui.mail.headers.decode, poptui.mail.parsed_message") == []


def test_ordinary_headers_and_plain_messages_load_no_heavy_modules() -> None:
    raw = b"From: =?utf-8?q?J=C3=BC?= <j@b.example>\r\nDate: 1 Jan 2024 10:00 +0100\r\n\r\nHi"
    assert (
        _loaded(
            "import asyncio\n"
            "from poptui.mail.headers.decode import decode_header\n"
            "from poptui.mail.reader.reader import parse_message\n"
            f"assert decode_header({raw!r}).from_.name == 'Jü'\n"
            f"assert asyncio.run(parse_message({raw!r})).body.text == 'Hi'"
        )
        == []
    )


def test_a_malformed_header_loads_mail_parser() -> None:
    assert "mailparser" in _loaded(
        "from poptui.mail.headers.decode import decode_header\n"
        "decode_header(b'From: a <c@d.e>, <>')"
    )
