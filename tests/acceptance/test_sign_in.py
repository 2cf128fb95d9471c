"""Signing in with a token_command, and the message if the server and the account don't fit."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from tests.acceptance.program import RunBatch, serving, write_config
from tests.kit.scripted import ScriptedServer, received

STALE, FRESH = "stale-sentinel-token", "fresh-sentinel-token"


async def xoauth2(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An empty mailbox that only the fresh token opens."""
    replies = {b"STAT": b"+OK 0 0\r\n", b"UIDL": b"+OK\r\n.\r\n", b"LIST": b"+OK\r\n.\r\n"}
    replies[b"CAPA"] = b"+OK\r\nSASL XOAUTH2\r\nUIDL\r\nTOP\r\n.\r\n"
    writer.write(b"+OK ready\r\n")
    while line := await received(reader):
        if line.startswith(b"AUTH XOAUTH2 ") and FRESH.encode() not in b64decode(line.split()[2]):
            writer.write(b"+ " + b64encode(b'{"status":"401"}') + b"\r\n")
            await received(reader)
            writer.write(b"-ERR [AUTH] no: " + line.split()[2] + b"\r\n")
        else:
            writer.write(replies.get(line, b"+OK\r\n"))


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (f"if [ -e ran ]; then echo {FRESH}; else touch ran; echo {STALE}; fi", 0, ""),
        (
            f"echo {STALE}",
            4,
            "refused the access token for me@127.0.0.1 (“it is invalid or has",
        ),
    ],
)
def test_a_token_command(
    command: str, code: int, words: str, batch: RunBatch, tmp_path: Path
) -> None:
    """It takes no password, and the tokens are shown nowhere."""
    log = tmp_path / "debug.log"
    with serving(ScriptedServer(xoauth2)) as server:
        command = f"cd {tmp_path} && {{ {command}; }}"
        config = (
            f"[accounts.work]\nurl = 'pop://me@127.0.0.1:{server.port}'\n"
            f"token_command = '''{command}'''\n"
        )
        env = {**write_config(tmp_path, config), "POPTUI_PASSWORD": ""}
        result = batch("list", "work", "--debug", str(log), env=env)
    assert result.code == code, result.err
    assert words in result.err
    for shown in (result.err, result.text, log.read_text("utf-8")):
        for token in (STALE, FRESH):
            assert token not in shown
            assert b64encode(token.encode()).decode()[:20] not in shown


@pytest.mark.parametrize("method", ["", ";auth=XOAUTH2"])
def test_a_server_that_takes_only_tokens(method: str, batch: RunBatch) -> None:
    with serving(ScriptedServer(xoauth2)) as server:
        result = batch("list", f"pop://me@127.0.0.1:{server.port}{method}")
        assert not any(line.startswith((b"AUTH", b"USER")) for line in server.commands)
    assert result.code == 4
    assert "run 'poptui account authorize NAME'" in result.sentence
