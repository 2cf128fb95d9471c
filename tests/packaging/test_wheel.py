"""The contents of the wheel and the source archive; the unpacked wheel runs."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytest.importorskip("hatchling", reason="Building a wheel offline needs hatchling.")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both archives from this checkout; return their folder."""
    folder = tmp_path_factory.mktemp("built")
    run = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The names of the wheel's files."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_module_and_data_file_is_in_the_wheel(names: set[str]) -> None:
    package = ROOT / "poptui"
    files = {
        str(path.relative_to(ROOT))
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert "poptui/py.typed" in files
    assert files <= names


def test_every_theme_is_in_the_wheel(names: set[str]) -> None:
    themes = {f"poptui/themes/{path.name}" for path in (ROOT / "themes").glob("*.toml")}
    assert themes
    assert themes <= names


def test_nothing_but_the_program_is_in_the_wheel(names: set[str]) -> None:
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"poptui"}
    assert not [name for name in names if name.endswith(".pyc")]


def test_the_source_archive_builds_and_tests_itself(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "Makefile",
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        "pyproject.toml",
        ".ci/run",
    } <= names
    assert {f"themes/{path.name}" for path in (ROOT / "themes").glob("*.toml")} <= names
    assert "tests/packaging/test_wheel.py" in names


def test_the_unpacked_wheel_runs_in_an_empty_home(wheel: Path, tmp_path: Path) -> None:
    program, home = tmp_path / "program", tmp_path / "home"
    home.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(program)
    code = (
        "import poptui.tui.themes as themes, poptui.cli.main as main\n"
        f"assert main.__file__.startswith({str(program)!r}), main.__file__\n"
        "found, notice = themes.load()\n"
        "assert found and not notice, notice\n"
        "raise SystemExit(main.main(['demo']))\n"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(program),
        "TERM": "dumb",
        "LANG": "C.UTF-8",
    }
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.splitlines()) > 50


def test_the_checkout_finds_its_themes() -> None:
    from poptui.tui import themes

    found, notice = themes.load()
    assert len(found) == len(list((ROOT / "themes").glob("*.toml")))
    assert not notice


def test_the_command_is_installed() -> None:
    (command,) = entry_points(group="console_scripts", name="poptui")
    assert command.value == "poptui.__main__:run"
