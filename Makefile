# Everything that is done with this checkout. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
STAMPS := .venv/.stamps
LOCK = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock"
# checks look at code, not at anybody's desk
CHECK_ENV := ANSWERABLE_DATA_DIR=.cache/check ANSWERABLE_UNSAFE_FAST_DATABASE=1

.PHONY: help run test check test-real bench lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(STAMPS)/run ## Start the desk on this machine, with a living demo brand, and print where it is
	@ANSWERABLE_DEMO=$${ANSWERABLE_DEMO:-1} exec $(BIN)/answerable run

test: $(STAMPS)/dev ## The quick tests
	$(BIN)/pytest -n 2 -m "not real and not browser and not faults" $(ARGS)

check: $(STAMPS)/dev ## Types, lint, import order, migrations, the rules of the house
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(CHECK_ENV) $(BIN)/mypy
	$(CHECK_ENV) $(BIN)/answerable manage makemigrations --check --dry-run
	$(CHECK_ENV) $(BIN)/answerable manage lintmigrations --no-cache \
		--include-apps core people channels inbox customers cases replies
	$(BIN)/pytest tests/house

test-real: $(STAMPS)/dev ## Tests against real servers, a browser and killed processes
	testbed/install.sh
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "real or browser or faults" $(ARGS)

bench: $(STAMPS)/dev ## How fast it is, how much it needs, into benchmarks/ (SIZE=full: millions of rows, hours)
	$(BIN)/python -m benchmarks.every --size $(or $(SIZE),quick)

lock: $(STAMPS)/uv ## Write both lock files anew from pyproject.toml
	$(LOCK) --extra setup pyproject.toml -o requirements.lock
	$(LOCK) --extra setup --extra dev pyproject.toml -o requirements-dev.lock

clean: ## Remove what was installed and built; the desk's data stays
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed. On Debian: apt-get install python3"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Making .venv …"
	@$(PYTHON) -m venv .venv

$(STAMPS)/uv: $(BIN)/python
	@mkdir -p $(STAMPS)
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

# The developers' lock holds everything the desk itself needs: where the tests were installed, `make run` uses that.
$(STAMPS)/run: requirements.lock $(STAMPS)/uv
	@if [ -e $(STAMPS)/dev ]; then $(MAKE) --no-print-directory $(STAMPS)/dev; else \
		echo "Installing what the desk needs (once) …"; \
		$(BIN)/uv pip sync -q --require-hashes requirements.lock; \
		$(BIN)/uv pip install -q --no-deps -e .; \
	fi
	@touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/uv
	@echo "Installing what the tests need (once) …"
	@$(BIN)/uv pip sync -q --require-hashes requirements-dev.lock
	@$(BIN)/uv pip install -q --no-deps -e .
	@touch $@
