# Two commands set everything up: `make demo` and `make test`. Both need Python 3.11 or newer and make only.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
OUT    ?= out

.PHONY: help demo test lint bench gallery clean

help:
	@echo "make demo    create $(VENV), install, run the main job into $(OUT)/"
	@echo "make test    create $(VENV), install with the dev extras, run everything that CI runs"
	@echo "make lint    ruff, mypy --strict, import-linter"
	@echo "make bench   speed against the peers, each in an environment of its own"
	@echo "make gallery draw every picture of docs/gallery again, in English and Chinese"

$(BIN)/python:
	@echo "creating $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml | $(BIN)/python
	@echo "installing k2meta and what it needs into $(VENV) (half a minute to a few minutes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: setup.cfg pyproject.toml | $(BIN)/python
	@echo "installing k2meta with its development tools into $(VENV) (half a minute to a few minutes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed
	$(BIN)/k2meta reproduce xu2021 --out $(OUT)/xu2021
	$(BIN)/k2meta reproduce alendronate2025 --out $(OUT)/alendronate2025

test: $(VENV)/.installed-dev lint
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/run.py

gallery: $(VENV)/.installed-dev
	$(BIN)/python tools/build_gallery.py

clean:
	rm -rf $(VENV) .bench $(OUT) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
