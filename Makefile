# make demo | test | check: each makes .venv with the pinned dependencies first.
.DEFAULT_GOAL := help
.PHONY: help venv demo test check bench coverage clean

# The first Python that starts; set PYTHON to choose another.
ifndef PYTHON
PYTHON := $(shell for p in python3.11 python3.12 python3; do $$p -c '' 2>/dev/null && echo $$p && break; done)
endif

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

help:
	@echo "make demo     sample history -> replay -> advice -> demo/report.html"
	@echo "make test     every test that needs nothing but this checkout"
	@echo "make check    lint, format, types, architecture, freshness of docs"
	@echo "make coverage branches of domain/ that the tests reach"
	@echo "make venv     only the environment; make clean removes it and every cache"

demo: $(INSTALLED)
	$(BIN)/salesadvisor demo --out demo

test: $(INSTALLED)
	$(BIN)/python -m pytest -m "not shared" $(PYTEST_FLAGS)

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict src
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest tests/architecture $(PYTEST_FLAGS)

bench: $(INSTALLED)
	$(BIN)/salesadvisor bench

coverage: $(INSTALLED)
	$(BIN)/python -m pytest -m "not shared" --cov --cov-report=term-missing $(PYTEST_FLAGS)

venv: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "no Python found; install Python 3.11 or newer, or run: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c "$$CAN_INSTALL"
	@test -x $(BIN)/python || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) demo build dist .coverage htmlcov
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# What an installation needs and pip would only say in fifty lines.
define CAN_INSTALL
import importlib.util, os, pathlib, shutil, sys, sysconfig
python = '%s (Python %d.%d)' % (sys.executable, *sys.version_info[:2])
if sys.version_info < (3, 11):
    sys.exit(f'{python} is too old; install Python 3.11 or newer, or run: make PYTHON=/path/to/python3')
if not all(map(importlib.util.find_spec, ('venv', 'ensurepip'))):
    sys.exit(f'{python} cannot make a virtual environment; run: apt-get install python3-venv')
if sys.version_info < (3, 13):
    compilers = [(os.environ.get('CC') or sysconfig.get_config_var('CC') or 'cc').split()[0]]
    missing = []
    if not any(map(shutil.which, compilers)):
        missing.append('a C compiler')
    if not pathlib.Path(sysconfig.get_path('include'), 'Python.h').exists():
        missing.append('the Python headers')
    if missing:
        sys.exit(f'{python} lacks {" and ".join(missing)} to build durable_rules; '
                 'run: apt-get install gcc python3-dev, or use Python 3.13 or newer, which does without it')
endef
export CAN_INSTALL
