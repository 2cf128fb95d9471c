"""The documents describe settings and variables as the program has them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import poptui
from poptui.environment import VARIABLES
from poptui.net.login_methods import METHODS
from poptui.storage.config import load_config
from poptui.storage.settings import SETTINGS
from tests.kit import reference
from tests.kit.reference import EXAMPLE, PAGE, SERVERS_PAGE, methods_table, page, with_methods

PACKAGE = Path(poptui.__file__).parent
ROOT = PACKAGE.parent


def test_the_page_of_settings_lists_every_setting_and_variable() -> None:
    text = page()
    assert PAGE.read_text("utf-8") == text, "run: make reference"
    for name in (*SETTINGS, *(variable.name for variable in VARIABLES)):
        assert re.search(rf"^  {name}\b", text, re.MULTILINE), name


def test_the_page_on_servers_lists_every_login_method() -> None:
    text, table = SERVERS_PAGE.read_text("utf-8"), methods_table()
    assert table in text
    assert with_methods(text.replace("  EXTERNAL  ", "  INTERNAL  ")) == text, "run: make reference"
    for method in METHODS:
        assert re.search(rf"(?<![\w-]){method.name}(?![\w-])", table), method.name


def test_the_example_is_a_valid_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(EXAMPLE, "utf-8")
    config = load_config(file)
    assert config.for_target("work").server.title == "me@mail.example.com"
    assert tomllib.loads(EXAMPLE).keys() - {"accounts"} <= SETTINGS.keys()


def test_every_setting_has_an_allowed_default_and_a_help_text() -> None:
    for setting in SETTINGS.values():
        assert setting.help.endswith("."), setting.name
        assert setting.kind.allowed, setting.name
        if isinstance(setting.default, (bool, float)) or setting.kind.choices:
            assert setting.kind.read(setting.default) == setting.default, setting.name


def test_variables_are_read_in_one_place() -> None:
    reads = re.compile(r"(environ|getenv)\W.*POPTUI|[\"']POPTUI_[A-Z]+[\"']")
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if reads.search(path.read_text("utf-8"))
    }
    assert found == {"environment.py"}
    assert {variable.name for variable in VARIABLES} == {
        name
        for path in PACKAGE.rglob("*.py")
        for name in re.findall(r"POPTUI_[A-Z]+", path.read_text("utf-8"))
    }


def test_the_account_key_is_written_once() -> None:
    key = re.compile(r"\.user\}@\{\w+(\.\w+)*\.address\}")
    found = [path.name for path in PACKAGE.rglob("*.py") if key.search(path.read_text("utf-8"))]
    assert found == ["server.py"]


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_the_documents_mention_only_existing_files(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    named = set(re.findall(r"`((?:poptui|tests|themes|screenshots)/[\w/.*-]+)`", text))
    assert len(named) > 10
    missing = sorted(path for path in named if "NAME" not in path and not list(ROOT.glob(path)))
    assert not missing


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_the_documents_mention_only_existing_names(name: str) -> None:
    folders = [ROOT / part for part in ("poptui", "tests", "screenshots")]
    paths = [path for folder in folders for path in folder.rglob("*.py")]
    source = "\n".join(path.read_text("utf-8") for path in paths)
    words = re.findall(r"`([\w.]+)`", (ROOT / name).read_text("utf-8"))
    files = {word for word in words if word.endswith(".py")}
    assert files <= {path.name for path in paths}
    identifiers = {word.rpartition(".")[2] for word in words if "_" in word or word[0].isupper()}
    identifiers -= {"action_ID", "md", "py"}
    assert len(identifiers) > 5
    defined = set(re.findall(r"\w+", source))
    assert identifiers <= defined, identifiers - defined


def test_each_recipe_touches_at_most_four_files() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    recipes = re.findall(r"^## (A .*?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert {title for title, _ in recipes} >= {
        "A theme",
        "A key",
        "A spam signal",
        "A quirk of a server",
        "A login method",
    }
    for title, steps in recipes:
        assert 2 <= len(re.findall(r"^\d\. ", steps, re.MULTILINE)) <= 4, title


def test_pre_commit_runs_what_make_check_runs() -> None:
    checks = (ROOT / ".ci/check").read_text("utf-8").replace('"', "")
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    assert "://" not in hooks
    for tool in ("ruff format", "ruff check", "mypy", "lint-imports"):
        assert f"$venv/bin/{tool}" in checks
        assert f".venv/bin/{tool}" in hooks


def test_only_code_with_spaces_is_quoted() -> None:
    text = reference._paragraph("`none` for nothing, as `poptui help keys` and `mutt` say.", 0)
    assert text == "none for nothing, as 'poptui help keys' and mutt say.\n"
