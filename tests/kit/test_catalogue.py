"""The catalogue is complete, and everything it names exists."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.kit.catalogue import CATALOGUE, Wild
from tests.kit.oddities import Oddity

TESTS = Path(__file__).parents[1]
ITEMS = len(CATALOGUE)


def test_every_item_is_there() -> None:
    assert list(CATALOGUE) == list(range(1, ITEMS + 1))


@pytest.mark.parametrize("item", CATALOGUE.values(), ids=lambda item: item.what)
def test_the_oddities_and_tests_an_item_names_exist(item: Wild) -> None:
    for name in item.oddities:
        assert Oddity.parse(name).name == name
    assert item.tests
    for test in item.tests:
        file, _, name = test.partition("::")
        assert name in contents_of(file)[1], test
    quoted = {file for file, _, _ in (test.partition("::") for test in item.tests)}
    text = "".join(contents_of(file)[0] for file in quoted)
    for name in item.oddities:
        assert f'"{name}' in text, f"{name} stands in no test of {quoted}"


@cache
def contents_of(file: str) -> tuple[str, frozenset[str]]:
    """Return the source of a test file, and the names of its tests."""
    source = (TESTS / file).read_text("utf-8")
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, functions)]
    return source, frozenset(found)
