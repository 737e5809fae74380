# Needs Python 3.11 or later and make; everything else is installed below this folder.
PYTHON ?= python3
# For the trial: make local ARGS='--port 0 --dns-port 0'
ARGS ?=
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The tools read and write UTF-8 whatever the locale, and warn of what is ours alone.
export PYTHONUTF8 := 1
unexport PYTHONHOME PYTHONPATH PYTHONWARNINGS

.PHONY: help local local-up test pytest lint bench docs reference clean writable
help:  ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

local: .venv/ready node_modules/ready  ## deploy the examples on an embedded AWS and show that they verify
	@.venv/bin/python -m localaws.trial $(ARGS)

local-up: .venv/ready node_modules/ready  ## the same, and keep the embedded AWS running
	@.venv/bin/python -m localaws.trial --keep $(ARGS)

test: writable .venv/ready node_modules/ready  ## check everything: style, types, imports, tests
	@$(MAKE) --no-print-directory --jobs=2 lint pytest

pytest: writable .venv/ready node_modules/ready
	@.venv/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: writable .venv/ready node_modules/ready
	@.venv/bin/ruff check && .venv/bin/ruff format --check && .venv/bin/mypy && .venv/bin/lint-imports && .venv/bin/python -m mailproof.reference --check

bench: .venv/ready node_modules/ready  ## measure against the peers
	@.venv/bin/python bench/run.py

docs: .venv/ready  ## build the pages into site/
	@NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict --quiet

reference: .venv/ready  ## write the schemas and the generated pages anew
	@.venv/bin/python -m mailproof.reference

clean:  ## remove what was installed and built
	rm -rf .venv node_modules cdk.out .localaws site .hypothesis .*_cache build *.egg-info

writable:
	@test -w . || { echo "This folder cannot be written, and what is installed and found is kept in it; copy it to where you may write." >&2; exit 2; }

.venv/ready: requirements.txt | writable
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version.split()[0] + "; name one: make PYTHON=python3.12")'
	@echo "Installing the requirements into .venv …"
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --requirement requirements.txt
	@.venv/bin/python -m pip install --quiet --no-deps --editable .
	@touch $@

node_modules/ready: package-lock.json | .venv/ready
	@echo "Installing the CDK command line into node_modules …"
	@npm ci --silent --no-audit --no-fund
	@touch $@
