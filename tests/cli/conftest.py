"""Fixtures of the command-line tests: commands run in this process, so that they can be traced."""

from __future__ import annotations

import gc
import io
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from poptui.cli.main import main
from tests.acceptance.program import Result, RunBatch, batch_environment


@pytest.fixture
def batch(tmp_path: Path) -> RunBatch:
    """Run batch commands in this process; they know the password of the scripted servers."""

    def run(*arguments: str, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Result:
        return run_in_process(*arguments, home=tmp_path, env=env, stdin=stdin)

    return run


def run_in_process(
    *arguments: str, home: Path, env: Mapping[str, str] | None = None, stdin: bytes = b""
) -> Result:
    """Run ``main`` with streams that aren't terminals, and the environment of a batch command."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    streams = patch.multiple(
        sys, stdin=io.TextIOWrapper(io.BytesIO(stdin), "utf-8"), stdout=out, stderr=err
    )
    environment = patch.dict(os.environ, batch_environment(home, env), clear=True)
    # What is frozen here would have to be unfrozen, and all collected tests with it.
    with streams, environment, _restored_logging(), patch.object(gc, "freeze"):
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        out.flush()
        err.flush()
    written = [stream.buffer.getvalue() for stream in (out, err)]
    return Result(code, written[0], written[1].decode("utf-8"))


@contextmanager
def _restored_logging() -> Iterator[None]:
    """Undo what ``--debug`` did to poptui's logger."""
    logger = logging.getLogger("poptui")
    handlers, level, propagate = list(logger.handlers), logger.level, logger.propagate
    try:
        yield
    finally:
        for handler in set(logger.handlers).difference(handlers):
            logger.removeHandler(handler)
            handler.close()
        logger.setLevel(level)
        logger.propagate = propagate
