# Two commands matter: `make demo` and `make test`. Each makes what it needs; none needs a key.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
export DAGSTER_HOME ?= $(CURDIR)/.dagster_home
# Without compiled modules each process would start seconds later
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow dev check bench docs outdated lock clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "cluster_assets needs Python 3.11 or newer; set PYTHON=python3.12, say"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)

# The locks are complete, so there is nothing to resolve; modules compile when first imported
$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing from requirements.lock ..."
	@$(PIP) --no-compile --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock benchmarks/pyproject.toml $(VENV)/.installed
	@echo "Installing from requirements-dev.lock ..."
	@$(PIP) --no-compile --require-hashes -r requirements-dev.lock
	@$(PIP) --no-build-isolation -e ./benchmarks
	@touch $@

demo: $(VENV)/.installed ## the whole pipeline on real HPO data, no key, no network
	@$(BIN)/cluster-assets run --type all
	@$(BIN)/cluster-assets show
	@echo "Open the UI: make dev, then http://127.0.0.1:3000"
	@echo "One cluster with its evidence: $(BIN)/cluster-assets show HASH"

# COVERAGE=1 measures branches too, those of child processes included, and holds the floor
test: $(VENV)/.installed-dev ## unit, integration and end-to-end tests, without the slow tier
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(if $(COVERAGE),--cov)

test-slow: $(VENV)/.installed-dev ## all tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile

dev: $(VENV)/.installed ## webserver and daemon on 127.0.0.1:3000, sensor on
	@$(BIN)/python -m cluster_assets.orchestration.home
	@$(BIN)/dagster dev -w workspace.yaml -h 127.0.0.1 -p 3000

check: $(VENV)/.installed-dev ## ruff, pyright, the definitions load, the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/python -m cluster_assets.orchestration.home # whose dagster.yaml keeps dg from phoning home
	@PATH="$(CURDIR)/$(BIN):$$PATH" VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/dg check defs
	@$(BIN)/python -m pytest -q -n 0 tests/unit/test_imports.py

bench: $(VENV)/.installed-dev ## the benchmarks with their tables
	@for name in judge limiter engine clustering; do $(BIN)/cluster-assets bench $$name || exit 1; done

docs: $(VENV)/.installed-dev ## docs/codes.md, from the code
	@$(BIN)/python -m cluster_assets_bench.codes > docs/codes.md

outdated: $(VENV)/.installed-dev ## names of models in this repository that retire within 60 days
	@$(BIN)/python -m cluster_assets_bench.testing.outdated

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
  --no-strip-extras pyproject.toml --extra build
lock: | $(BIN)/python ## both lock files and constraints.txt, from pyproject.toml
	@$(BIN)/python -m pip install --quiet uv
	@$(LOCK) --generate-hashes -o requirements.lock
	@$(LOCK) --extra dev -c requirements.lock --generate-hashes -o requirements-dev.lock
	@$(LOCK) --extra dev -c requirements-dev.lock -o constraints.txt

clean: ## remove the virtual environment and the local data
	@rm -rf $(VENV) .dagster_home
