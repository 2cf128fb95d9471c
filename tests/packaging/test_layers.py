"""Check the layers: the import contracts, and what a fresh interpreter loads."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from pkgutil import walk_packages

import pytest

import poptui

HEAVY = ("textual", "rich", "keyring", "mailparser", "selectolax", "anyio", "platformdirs")
"""Packages that slow down the start and that few sessions need."""

INPUT_AND_OUTPUT = ("asyncio", "ssl", "socket", "_socket", "selectors", "sqlite3")

LAYERS = ("pop3", "net", "accounts", "mailbox", "mail", "storage", "cli", "demo")
"""All layers but the interface: they must not import Textual or other heavy packages."""

NEWCOMERS = """
import importlib, sys
for name in sys.argv[1:]:
    before = set(sys.modules)
    importlib.import_module(name)
    print(name, *{module.partition(".")[0] for module in set(sys.modules) - before})
"""


def modules_of(layer: str) -> list[str]:
    """Return all modules of a layer, including sub-packages."""
    name = f"poptui.{layer}"
    folders = [f"{folder}/{layer}" for folder in poptui.__path__]
    return [name, *(module.name for module in walk_packages(folders, f"{name}."))]


def newcomers(modules: list[str], unwanted: Iterable[str]) -> dict[str, set[str]]:
    """Return the unwanted packages that a new interpreter loads, by the module that loads them."""
    run = subprocess.run(
        [sys.executable, "-c", NEWCOMERS, *modules], capture_output=True, text=True, timeout=100
    )
    assert run.returncode == 0, run.stderr
    brought = {name: packages for name, *packages in map(str.split, run.stdout.splitlines())}
    found = {name: set(packages).intersection(unwanted) for name, packages in brought.items()}
    return {name: packages for name, packages in found.items() if packages}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_nothing_heavy(layer: str) -> None:
    assert newcomers(modules_of(layer), HEAVY) == {}


def test_the_protocol_core_imports_no_io() -> None:
    assert newcomers(modules_of("pop3"), INPUT_AND_OUTPUT) == {}


def test_a_heavy_import_would_be_noticed() -> None:
    assert newcomers(["json", "poptui.secret", "asyncio"], ["asyncio"]) == {"asyncio": {"asyncio"}}


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Return the imports of each module, also those in functions and for the type checker."""
    grimp = pytest.importorskip("grimp", reason="import-linter is not installed here.")
    graph = grimp.build_graph("poptui", cache_dir=None)
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert sum(map(len, imported.values())) > 1000
    assert "poptui.cli.session" in imported["poptui.cli.listing"]
    return imported


def by_folder(imports: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return what each folder imports from others; files beside sub-folders count as one."""
    packages = {module.rpartition(".")[0] for module in imports}
    folders = {
        module: module if module in packages else module.rpartition(".")[0] for module in imports
    }
    found: dict[str, set[str]] = {}
    for module, others in imports.items():
        found.setdefault(folders[module], set()).update(folders[other] for other in others)
    # Modules directly in poptui are both the top and the bottom layer.
    found.pop("poptui", None)
    return {folder: others - {folder, "poptui"} for folder, others in found.items()}


def test_no_module_imports_itself_by_way_of_others(imports: dict[str, set[str]]) -> None:
    TopologicalSorter(imports).prepare()  # raises CycleError, which names the modules


def test_no_folder_imports_itself_by_way_of_others(imports: dict[str, set[str]]) -> None:
    folders = by_folder(imports)
    assert "poptui.tui.flows" in folders["poptui.tui.screens.mail"]
    TopologicalSorter(folders).prepare()


def test_a_cycle_of_folders_would_be_noticed() -> None:
    imports = {"poptui.a.one": {"poptui.a.b.two"}, "poptui.a.b.two": {"poptui.a.three"}}
    folders = by_folder(
        {"poptui.a": set(), "poptui.a.b": set(), "poptui.a.three": set(), **imports}
    )
    with pytest.raises(CycleError):
        TopologicalSorter(folders).prepare()


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
