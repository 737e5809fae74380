# Needs Python 3.11 or later and make; everything else is installed below this folder.
PYTHON ?= python3
# For the trial: make local ARGS='--port 0 --dns-port 0'
ARGS ?=
BIN := $(CURDIR)/.venv/bin
export PATH := $(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help local local-up test lint bench docs reference clean
help:  ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

local: .venv/ready node_modules/ready  ## deploy the examples on an embedded AWS and show that they verify
	@$(BIN)/python -m localaws.trial $(ARGS)

local-up: .venv/ready node_modules/ready  ## the same, and keep the embedded AWS running
	@$(BIN)/python -m localaws.trial --keep $(ARGS)

test: lint  ## check everything: style, types, imports, tests
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: .venv/ready node_modules/ready
	@ruff check && ruff format --check && mypy && lint-imports && python -m mailproof.reference --check

bench: .venv/ready node_modules/ready  ## measure against the peers
	@$(BIN)/python bench/run.py

docs: .venv/ready  ## build the pages into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

reference: .venv/ready  ## write the schemas and the generated pages anew
	@python -m mailproof.reference

clean:  ## remove what was installed and built
	rm -rf .venv node_modules cdk.out .localaws site .hypothesis .*_cache build *.egg-info

.venv/ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version.split()[0] + "; name one: make PYTHON=python3.12")'
	@echo "Installing the requirements into .venv …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --requirement requirements.txt
	@$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

node_modules/ready: package-lock.json | .venv/ready
	@echo "Installing the CDK command line into node_modules …"
	@npm ci --silent --no-audit --no-fund
	@touch $@
