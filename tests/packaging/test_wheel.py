"""What the wheel contains."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("poptui", "themes", "pyproject.toml", "README.md", "LICENSE")
NEEDED = 77
"""The version of setuptools that pyproject.toml requires."""


def require_setuptools() -> None:
    try:
        enough = int(version("setuptools").partition(".")[0]) >= NEEDED
    except PackageNotFoundError:
        enough = False
    if not enough:
        pytest.skip(f"Building a wheel offline needs setuptools {NEEDED} or newer.")


def copy_of_the_source(folder: Path) -> Path:
    """Copy the checkout, so that building leaves no folder in it."""
    for name in OURS:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target, symlinks=True, ignore=ignore)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return folder


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Build a wheel from this checkout; return the names of its files."""
    require_setuptools()
    folder = tmp_path_factory.mktemp("wheel")
    source = copy_of_the_source(folder / "source")
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    run = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", str(folder), str(source)],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_every_module_is_in_the_wheel(wheel: set[str]) -> None:
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "poptui").rglob("*.py")}
    assert modules <= wheel
    assert "poptui/py.typed" in wheel


def test_every_theme_is_in_the_wheel(wheel: set[str]) -> None:
    themes = {f"poptui/themes/{path.name}" for path in (ROOT / "themes").glob("*.toml")}
    assert themes
    assert themes <= wheel


def test_nothing_but_the_program_is_in_the_wheel(wheel: set[str]) -> None:
    assert {name.partition("/")[0].partition("-")[0] for name in wheel} == {"poptui"}


def test_the_checkout_finds_its_themes() -> None:
    found = {resource.name for resource in files("poptui.themes").iterdir()}
    assert found >= {path.name for path in (ROOT / "themes").glob("*.toml")}


def test_the_command_is_installed() -> None:
    (command,) = entry_points(group="console_scripts", name="poptui")
    assert command.value == "poptui.__main__:run"
