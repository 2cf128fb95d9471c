"""The entry point: whatever goes wrong, the user gets one sentence and an exit code."""

from __future__ import annotations

import logging
from argparse import Namespace

import pytest

from poptui.cli import main as main_module
from poptui.errors import ExitCode
from tests.acceptance.program import RunBatch


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (ValueError("secret detail"), ExitCode.SERVER, "Internal error (ValueError). Run poptui"),
        (
            OSError(28, "No space left on device"),
            ExitCode.FAILURE,
            "The operating system reported: No",
        ),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, "Interrupted."),
    ],
    ids=["internal", "system", "interrupt"],
)
@pytest.mark.parametrize("where", ["parsing", "running"])
def test_an_unexpected_error_is_one_sentence_and_no_traceback(
    error: BaseException,
    code: int,
    sentence: str,
    where: str,
    batch: RunBatch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run(_: Namespace) -> int:
        raise error

    def parse(_: object) -> Namespace:
        if where == "parsing":
            raise error
        return Namespace(run=run, debug=None, config=None, quiet=False)

    # Without poptui's own handlers, as at the start of a process.
    monkeypatch.setattr(logging.getLogger("poptui"), "handlers", [])
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(main_module, "parse", parse)
    result = batch("anything")
    assert result.code == code
    assert result.err.startswith(f"poptui: {sentence}")
    assert result.err.count("\n") == 1
