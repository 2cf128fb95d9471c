"""Fixtures of the cases: batch commands that run in this process."""

from __future__ import annotations

from tests.cli.conftest import batch

__all__ = ["batch"]
