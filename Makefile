# `make site` builds the site, `make test` runs all tests; both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SITE_FLAGS ?=
BENCH_FLAGS ?=
AUDIT_FLAGS ?=

.PHONY: site test lint bench audit clean

site: $(VENV)/installed
	$(BIN)/python -m generator build $(SITE_FLAGS)

test: $(VENV)/installed-test
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile

lint: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[hub,lint,similar,watch]'
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[bench]'
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m benchmarks $(BENCH_FLAGS)

audit: $(VENV)/installed-test
	audits/install.sh
	$(BIN)/python -m audits $(AUDIT_FLAGS)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable .
	touch $@

$(VENV)/installed-test: $(VENV)/installed tests/install_browser.sh tests/install_servers.sh
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[test]'
	tests/install_browser.sh $(BIN)/python
	tests/install_servers.sh
	touch $@

clean:
	rm -rf $(VENV)
	find site -mindepth 1 ! -name .gitignore -delete
