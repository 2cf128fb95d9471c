"""The version of cached headers and verdicts follows the code and tables that make them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from poptui.mailbox.headers.codec import MADE_BY, MAX_PACKING, PACKAGE, packing_version


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package, to be changed."""
    copy = tmp_path / "poptui"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "tui", "demo"))
    return copy


def test_the_same_code_has_the_same_version(package: Path) -> None:
    (package / "triage" / "spam" / "__pycache__").mkdir()
    (package / "triage" / "spam" / "__pycache__" / "judge.pyc").write_bytes(b"compiled")
    (package / "triage" / "grouping.py").write_text("# what judges nothing\n")
    assert packing_version(package) == packing_version()
    assert 0 <= packing_version() < MAX_PACKING


@pytest.mark.parametrize(
    "file",
    [
        "triage/spam/signals.py",
        "triage/spam/phrases.py",
        "triage/spam/subject.py",
        "mail/headers/decode.py",
        "mailbox/headers/codec.py",
    ],
)
def test_a_changed_table_or_reader_is_another_version(file: str, package: Path) -> None:
    with (package / file).open("a") as changed:
        changed.write("#\n")
    assert packing_version(package) != packing_version()


def test_a_new_file_that_judges_is_another_version(package: Path) -> None:
    (package / "triage" / "spam" / "more_brands.txt").write_text("acme acme.example\n")
    assert packing_version(package) != packing_version()


def test_everything_named_is_there() -> None:
    assert all((PACKAGE / place).exists() for place in MADE_BY)
