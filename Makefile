# Every target that needs an environment makes its own: a fresh clone needs only git, make and Python 3.11 or newer.
# PYTHON chooses the interpreter the environment is made with; VENV where it lives.

VENV ?= .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
COMPLETE := $(VENV)/.complete-installed
PAGE_TOOLS := web/node_modules/.package-lock.json
PIP_INSTALL := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --constraint constraints.txt

ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell for candidate in python3.11 python3.12 python3.13 python3 python; do \
	if $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info)' >/dev/null 2>&1; then \
	echo $$candidate; break; fi; done)
endif

.DEFAULT_GOAL := help
.PHONY: help install demo serve test simulate coverage lint format docs web webcheck screenshots bench clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

install: $(COMPLETE) ## make the environment with everything in it: the emu command, test and lint tools
	@echo "emu is installed: $(BIN)/emu --help"

demo: $(RUNTIME) ## start a server, run a sample through it with a subscriber attached, and prove that no update was lost
	@$(BIN)/python -m emu.demo samples/sieve.s

serve: $(RUNTIME) ## start the server for people: make serve PORT=8080
	@$(BIN)/emu serve --port $(or $(PORT),8080)

test: $(COMPLETE) ## run all tests
	@$(BIN)/python -m pytest -q

simulate: $(COMPLETE) ## hunt for lost updates in random sessions: make simulate SEED=1 RUNS=1000 LEVEL=both|actors|wire
	@$(BIN)/python -m tests.simulation --runs $(or $(RUNS),1000) --level $(or $(LEVEL),both) $(if $(SEED),--seed $(SEED))

coverage: $(COMPLETE) ## run all tests and report which lines of emu they reach
	@$(BIN)/python -m pytest -q --cov --cov-report=term --cov-report=html

lint: $(COMPLETE) ## check style and types
	@status=0; \
	$(BIN)/ruff check . || status=1; \
	$(BIN)/ruff format --check . || status=1; \
	$(BIN)/mypy || status=1; \
	exit $$status

format: $(COMPLETE) ## put the Python sources into the house style
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

docs: $(RUNTIME) ## write the generated pages of docs/
	@$(BIN)/python -m emu.docs docs

web: $(PAGE_TOOLS) ## check, test and build the debugger page of the server (needs Node and npm)
	@cd web && npm run --silent check && npm test --silent && npm run --silent build

webcheck: $(PAGE_TOOLS) ## check and test the debugger page, and that the built one is what its sources give
	@cd web && npm run --silent check && npm test --silent && node build.mjs --check

screenshots: $(COMPLETE) ## take the pictures of the debugger page in docs/ anew (needs Chromium)
	@$(BIN)/python -m tests.web.screenshots docs

bench: $(COMPLETE) ## measure speed, as ratios to something everybody knows: make bench QUICK=1 for a rough look
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick)

clean: ## remove everything that make created
	rm -rf $(VENV) web/node_modules build dist htmlcov emu.egg-info .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find emu tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(PAGE_TOOLS): web/package.json web/package-lock.json
	@echo "installing the tools of the debugger page"
	@cd web && npm ci --silent --no-fund --no-audit
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or newer found; name one: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "making the environment $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing emu and what it needs"
	@$(PIP_INSTALL) --editable '.[native]'
	@$(BIN)/python -m compileall -q emu
	@touch $@

$(COMPLETE): pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing emu, test and lint tools"
	@$(PIP_INSTALL) --editable '.[native,test,dev]'
	@$(BIN)/python -m compileall -q emu
	@touch $@ $(RUNTIME)
