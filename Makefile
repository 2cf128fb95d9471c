# Every target does its whole set-up: Python 3.11 or newer and make are all it takes.
# PYTHON=... chooses the interpreter, ARGS=... goes to the program or to pytest.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test check soak interop cases fuzz bench bench-triage screenshots reference dovecot clean
.NOTPARALLEL:

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/runtime.stamp
DEVELOPMENT := $(VENV)/development.stamp
# Most tests wait more than they work.
WORKERS = $$($(BIN)/python -c 'import os; print(min(8, 2 * (os.cpu_count() or 1)))')
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input

help: ## Say what there is (this)
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1|\2/p' Makefile | \
	    while IFS='|' read -r target what; do printf '  %-18s%s\n' "$$target" "$$what"; done

demo: $(RUNTIME) ## Open poptui on sample messages; no account and no server needed
	@$(BIN)/python -m poptui demo $(ARGS)

# Without its cache of compiled tests, every worker would compile all of them.
test: $(DEVELOPMENT) dovecot ## Run the tests, in parallel (ARGS=tests/net for some of them)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(DEVELOPMENT) ## Format, lint, types, layers: what must hold before a commit
	@.ci/check $(VENV)

soak: $(DEVELOPMENT) dovecot ## A line that fails at a thousand places, and kill -9 at a hundred moments
	@$(BIN)/python -m tests.soak $(ARGS)

interop: $(DEVELOPMENT) dovecot ## Real servers, installed where possible: a table server by feature
	@.ci/interop $(BIN)/python
	@$(BIN)/python -m tests.interop $(ARGS)

cases: $(DEVELOPMENT) ## Run the tests of all cases from public reports, and print a table of them
	@$(BIN)/python -m tests.cases -n $(WORKERS) --dist worksteal $(ARGS)

fuzz: $(DEVELOPMENT) ## Feed the parsers what nobody would send (ARGS="--seconds 60"; --quick: 5 each)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(PIP) install 'atheris>=2.3,<4' 2>/dev/null || \
	    echo "atheris, which follows the code, has no wheel here: changes are made at random."
	@$(BIN)/python -m tests.fuzz $(ARGS)

bench: $(DEVELOPMENT) dovecot ## Measure beside a raw socket, poplib and mutt (ARGS=--quick: two minutes)
	@for name in mutt neomutt; do \
	    command -v $$name >/dev/null && continue; \
	    [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && .ci/apt $$name; \
	done; true
	@$(BIN)/python -m tests.benchmarks $(ARGS)

bench-triage: $(DEVELOPMENT) ## How well headers tell spam (ARGS="--spam DIR --ham DIR": on your own mail)
	@$(BIN)/python -m tests.benchmarks.triage $(ARGS)

reference: $(DEVELOPMENT) ## Regenerate the page of settings, the man page and the completions
	@$(BIN)/python -m tests.kit.reference
	@$(BIN)/python -m tests.kit.manual

screenshots: $(DEVELOPMENT) ## Redraw the pictures (ARGS="list quit" for some of them)
	@$(BIN)/python -m screenshots.draw $(ARGS)

clean: ## Remove the environment and everything that was built
	@rm -rf $(VENV) $(VENV)-* build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache \
	    .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

dovecot:
	@.ci/dovecot

$(RUNTIME): pyproject.toml
	@.ci/venv $(VENV)
	@echo "Installing what poptui needs …"
	@$(PIP) install --editable .
	@touch $@

$(DEVELOPMENT): pyproject.toml
	@.ci/venv $(VENV)
	@echo "Installing what poptui, its tests and the checks need …"
	@$(PIP) install --editable '.[dev]'
	@touch $(RUNTIME) $@
