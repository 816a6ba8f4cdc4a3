# Two commands on a fresh machine with Python 3.11-3.13: `make run` and `make test`. Everything lands in .venv/ and var/.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p >/dev/null 2>&1 && \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test lint lint-style lint-types lint-dangers assets messages gallery bench clean
run: .venv/run.stamp assets
	@$(BIN)/sunmao init
	@$(BIN)/python -m seed
	@SUNMAO_DEMO=$${SUNMAO_DEMO:-true} exec $(BIN)/sunmao serve --worker

test: .venv/dev.stamp assets lint
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# Apart, so that `make -j2` reads the types while it looks for dangers.
lint: lint-style lint-types lint-dangers

lint-style: .venv/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache

lint-types: .venv/dev.stamp
	@$(BIN)/mypy matching search seed webapp

lint-dangers: .venv/dev.stamp
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive matching search seed webapp

# BENCH_DATA=DIR names the folder with the judged sets and the many documents.
bench: .venv/dev.stamp
	@for file in tests/benchmarks/*.py; do case $$file in */__init__.py) ;; *) $(BIN)/python $$file || exit 1;; esac; done

# Every page in pictures at three widths, in both themes and languages, with what axe-core says of them: var/gallery/index.html.
gallery: .venv/dev.stamp assets
	@$(BIN)/python -m tests.gallery

assets: .venv/run.stamp
	@$(BIN)/python -m webapp.assets
	@$(BIN)/python -m webapp.translations

# After a text has changed: collect the texts again; webapp/translations/en holds the English ones.
messages: .venv/dev.stamp
	@$(BIN)/python -m webapp.translations --update

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed: install it, or name it with make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/run.stamp: requirements.lock setup.cfg pyproject.toml | .venv/bin/python
	@echo "Installing the locked packages into .venv (once) ..."
	@$(PIP) --require-hashes -r requirements.lock
	@command -v npm >/dev/null 2>&1 || $(PIP) --require-hashes -r requirements-node.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf .venv node_modules webapp/static/vendor build *.egg-info
