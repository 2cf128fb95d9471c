"""The version of cached headers and verdicts follows the code and tables that make them."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from poptui.mail.headers.decode import decode_header
from poptui.mailbox.decoding.codec import (
    MADE_BY,
    MAX_PACKING,
    PACKAGE,
    pack,
    packing_version,
    unpack,
)
from poptui.triage.spam.verdict import Verdict


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a copy of the package that can be changed."""
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
        "mail/hosts.py",
        "mail/encodings/charsets.py",
        "mailbox/decoding/codec.py",
    ],
)
def test_a_changed_table_or_reader_is_another_version(file: str, package: Path) -> None:
    with (package / file).open("a") as changed:
        changed.write("#\n")
    assert packing_version(package) != packing_version()


def test_a_new_file_that_judges_is_another_version(package: Path) -> None:
    (package / "triage" / "spam" / "more_brands.txt").write_text("acme acme.example\n")
    assert packing_version(package) != packing_version()


def test_every_named_file_exists() -> None:
    assert all((PACKAGE / path).exists() for path in MADE_BY)


def test_all_that_makes_a_verdict_is_in_the_version() -> None:
    """Modules imported by a listed one are listed too, except those that can't change a verdict."""
    harmless = {
        "poptui.patterns",  # compiles later, not otherwise
        "poptui.printable",  # only for display
    }
    paths = [PACKAGE / path for path in MADE_BY]
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))]
    named = tuple("poptui." + path.removesuffix(".py").replace("/", ".") for path in MADE_BY)
    imported = {
        node.module
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("poptui.")
    }
    assert len(imported) > 10
    assert {name for name in imported if not name.startswith(named)} == harmless


@pytest.mark.parametrize("date", ["", "Date: 1 Jan 2099 10:00 +0100\r\n"])
def test_a_header_dated_by_a_server_is_restored_unchanged(date: str) -> None:
    hop = "Received: from a by b; Thu, 26 Nov 2026 10:00:02 +0000\r\n"
    header = decode_header(f"{hop}{date}Subject: x\r\n".encode())
    assert header.dated_by_server
    found = unpack(pack(header, Verdict()))
    assert found is not None
    assert found[0] == header
    assert found[0].fingerprint() == header.fingerprint()
