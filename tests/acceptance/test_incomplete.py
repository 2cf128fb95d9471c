"""An incomplete message is reported by the viewer, ``show`` and ``save``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.program import serving, write_config
from tests.cli.conftest import run_in_process
from tests.kit.terminal import StartTerminal
from tests.mailbox.test_safety_copies_proof import ShortServer, UndottedServer, undotted
from tests.mailbox.watched import make_message

MESSAGES = [make_message(1), undotted(2), make_message(3)]


@pytest.fixture(params=["undotted", "undotted later", "short"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    server: ShortServer | UndottedServer
    if request.param == "short":
        server = ShortServer([make_message(n, "body " * 40) for n in (1, 2, 3)])
    else:
        server = UndottedServer(MESSAGES)
        server.delay_s = 0.3 if "later" in request.param else 0.0
    with serving(server):
        yield server.port


def test_show_reports_it(port: int, tmp_path: Path) -> None:
    target = f"pop://user@127.0.0.1:{port}"
    assert run_in_process("show", target, "3", home=tmp_path).code == 0
    result = run_in_process("show", target, "2", home=tmp_path)
    assert result.code == 1
    assert "letter 2" in result.text
    assert "poptui: Message 2 is incomplete: " in result.err


def test_save_reports_it(port: int, tmp_path: Path) -> None:
    target, folder = f"pop://user@127.0.0.1:{port}", tmp_path / "saved"
    assert run_in_process("save", target, "1", str(folder), home=tmp_path).code == 0
    result = run_in_process("save", target, "2", str(folder), home=tmp_path)
    assert result.code == 1
    assert "poptui: Message 2 is incomplete: " in result.err
    assert len(list(folder.iterdir())) == 2


def test_the_viewer_reports_it(port: int, terminal: StartTerminal, tmp_path: Path) -> None:
    env = write_config(tmp_path, "") | {"POPTUI_PASSWORD": "secret"}
    screen = terminal(f"pop://user@127.0.0.1:{port}", env=env, rows=30)
    screen.wait_for("letter 2")
    screen.wait_quiet()
    screen.press("j", "enter")
    screen.wait_for("This message is incomplete: ")
    screen.wait_for("Incomplete message")
