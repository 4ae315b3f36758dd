# make reports   make the environment if need be, then every report of the catalogue
# make test      make the environment if need be, then run the whole suite
# make bench     how fast reports are made, beside the usual ways (some minutes; ANALYSIS_OFFICIAL adds areas)
# make freeze    every authority's reports anew, and their values into tests/frozen_values.csv (needs the releases)
# make lab       JupyterLab on the notebooks
# make lock      resolve the dependencies of pyproject.toml anew (needs uv)
# make clean     remove the environment and the caches
#
# The environment is made by uv if it is installed, otherwise by venv and pip. `make UV= test` uses
# pip in any case; `make PYTHON=python3.12 test` chooses the Python.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
UV ?= $(shell command -v uv 2>/dev/null)
PYTHON ?=
PYTHONS := $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python)

.PHONY: reports test bench freeze lab lock clean $(VENV)

reports: $(VENV)
	$(BIN)/analysis run

# Many tests start processes; without bytecode each of them would compile the package anew.
test: $(VENV)
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest

bench: $(VENV)
	$(BIN)/python tests/benchmarks/bench.py

freeze: $(VENV)
	folder=`mktemp -d` && $(BIN)/analysis run --area all --output "$$folder" && $(BIN)/python tests/frozen.py "$$folder" && \
		rm -r "$$folder"

lab: $(VENV)
	$(BIN)/jupyter-lab notebooks

lock:
	uv lock --upgrade
	uv export --quiet --no-hashes --no-annotate --no-emit-project --no-header --output-file requirements.txt >/dev/null

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -prune -exec rm -rf {} +

# Content, not file times, says whether the environment is stale: a checkout sets times as it likes. The
# folder counts too, because scripts in an environment name their interpreter by its full path.
state = { cat pyproject.toml uv.lock requirements.txt; pwd; $(BIN)/python -VV; } 2>&1 | cksum

fresh = [ -f $(STAMP) ] && [ "`cat $(STAMP)`" = "`$(state)`" ] && \
	{ [ -z "$(PYTHON)" ] || [ "`$(PYTHON) -VV 2>&1`" = "`$(BIN)/python -VV`" ]; }

# The full path of the first Python that will do. The base interpreter is asked for because $(VENV) itself
# may be the one that is active. A launcher that is on the path but cannot start is passed over.
find_python = for name in $(PYTHONS); do \
	"$$name" -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 13) and print(sys._base_executable)' 2>/dev/null || :; \
	done | head -n 1

# The stamp is the last thing written, so an interrupted installation is made again from the start.
# PYTHONDONTWRITEBYTECODE is emptied: without bytecode every run would compile every library it imports.
$(VENV):
	@if $(fresh); then exit 0; fi; set -e; \
	python=`$(find_python)`; \
	if [ -z "$$python" ]; then \
		echo "make: no Python 3.11, 3.12 or 3.13 among: $(PYTHONS). Install one, or name it: make PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi; \
	echo "Making the environment in $(VENV) with $$python (some minutes the first time)"; \
	PYTHONDONTWRITEBYTECODE=; export PYTHONDONTWRITEBYTECODE; \
	rm -rf $(VENV); \
	if [ -n "$(UV)" ]; then \
		UV_PROJECT_ENVIRONMENT=$(VENV) "$(UV)" sync --quiet --locked --compile-bytecode --python "$$python"; \
	else \
		"$$python" -m venv $(VENV); \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .; \
	fi; \
	$(state) >$(STAMP)
