"""The layers hold: by the import contracts, and by what a fresh interpreter really loads."""

from __future__ import annotations

import subprocess
import sys
from pkgutil import walk_packages

import pytest

import poptui

HEAVY = ("textual", "rich", "keyring", "mailparser", "selectolax", "anyio", "platformdirs")
"""What costs start-up time and is wanted by some sessions only."""

INPUT_AND_OUTPUT = ("asyncio", "ssl", "socket", "_socket", "selectors", "sqlite3")

LAYERS = ("pop3", "net", "maildrop", "storage", "cli", "demo")
"""Everything but the interface: importable without Textual and the other heavy ones."""

LOADED = "import sys, importlib; importlib.import_module(sys.argv[1]); print(*sys.modules)"


def modules_of(layer: str) -> list[str]:
    """Every module of a layer, those of packages within it too."""
    name = f"poptui.{layer}"
    folders = [f"{folder}/{layer}" for folder in poptui.__path__]
    return [name, *(module.name for module in walk_packages(folders, f"{name}."))]


def loaded_with(module: str) -> set[str]:
    """The top-level packages that importing ``module`` alone brings into a new interpreter."""
    run = subprocess.run(
        [sys.executable, "-c", LOADED, module], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    return {name.partition(".")[0] for name in run.stdout.split()}


@pytest.mark.parametrize("module", [name for layer in LAYERS for name in modules_of(layer)])
def test_nothing_heavy_comes_with_a_module(module: str) -> None:
    assert loaded_with(module).isdisjoint(HEAVY)


@pytest.mark.parametrize("module", modules_of("pop3"))
def test_the_protocol_core_loads_no_input_or_output(module: str) -> None:
    assert loaded_with(module).isdisjoint(INPUT_AND_OUTPUT)


@pytest.mark.parametrize("module", ["poptui.printable", "poptui.secret", "poptui.faults"])
def test_the_ground_floor_needs_the_standard_library_alone(module: str) -> None:
    assert loaded_with(module) <= sys.stdlib_module_names | loaded_with("poptui")


def test_the_import_contracts_are_kept() -> None:
    pytest.importorskip("importlinter", reason="import-linter is not installed here.")
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    run = subprocess.run(
        [sys.executable, "-c", code, "--no-logo", "--no-cache"],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert run.returncode == 0, run.stdout + run.stderr
