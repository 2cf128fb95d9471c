"""Fixtures of the network tests."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from poptui.cli.debug_log import debug_handler


@pytest.fixture
def debug_log(tmp_path: Path) -> Iterator[Path]:
    """Provide the file that --debug would write."""
    file, logger = tmp_path / "debug.log", logging.getLogger("poptui")
    handler, level = debug_handler(str(file)), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield file
    logger.removeHandler(handler)
    logger.setLevel(level)
    handler.close()
