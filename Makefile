# Two commands matter: `make demo` shows what this is, `make test` proves that it works.
# Both need nothing but Python 3.11 or later and make; everything else goes into a virtual environment of its own.

PYTHON ?= python3
VENV ?= .venv
# How many processes share the tests; `make test JOBS=0` runs them in one.
JOBS ?= auto

BIN := $(VENV)/bin
SETTINGS := pyproject.toml
DEBIAN_ROOT := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null
APT_INSTALL := apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint format docs sample wheel chromium clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do printf '  make %-9s %s\n' "$$name" "$$what"; done

demo: $(VENV)/.installed ## run the simulated IdPs against the embedded service provider and write a report
	$(BIN)/scim-sim demo

test: lint chromium ## lint, then run all tests
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

lint: $(VENV)/.installed-dev ## formatting, ruff, mypy --strict
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict scim_sim

format: $(VENV)/.installed-dev ## format the code and repair what ruff can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.installed-dev ## write the generated parts of the pages again
	$(BIN)/python docs/generate.py

sample: $(VENV)/.installed-dev chromium ## make the sample report and the pictures of the README again
	$(BIN)/python docs/sample.py

wheel: $(VENV)/.installed-dev ## build the wheel and the source archive into dist/
	$(BIN)/hatchling build

chromium:
	@if [ -n "$$CHROMIUM" ] || command -v chromium >/dev/null || command -v google-chrome >/dev/null; then :; \
	elif $(DEBIAN_ROOT); then \
		echo "Chromium is missing: installing Debian's package"; \
		$(APT_INSTALL) chromium fonts-liberation; \
	else \
		echo "Chromium is missing: the browser tests will be skipped."; \
		echo "Install the package chromium, or set CHROMIUM to the path of a Chrome or Chromium, to run them."; \
	fi

clean: ## remove the virtual environment and what builds and tests left
	rm -rf $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; $(PYTHON) is not. Name another one: make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		if $(DEBIAN_ROOT); then $(APT_INSTALL) python3-venv; \
		else echo "$(PYTHON) cannot make virtual environments; on Debian the package python3-venv is missing" >&2; exit 2; fi
	$(PYTHON) -m venv $(VENV)

# The stamps make the second call quick; a change of the settings installs again.
$(VENV)/.installed: $(SETTINGS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@$(BIN)/python -m compileall -q scim_sim  # pip does so only for what it copies
	@touch $@

$(VENV)/.installed-dev: $(SETTINGS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@$(BIN)/python -m compileall -q scim_sim
	@touch $@ $(VENV)/.installed
