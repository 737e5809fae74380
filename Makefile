# Needs Python 3.11 or later and make; everything else is installed below this folder.
PYTHON ?= python3
# For the trial: make local ARGS='--port 0 --dns-port 0'
ARGS ?=
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The tools read and write UTF-8 whatever the locale, and warn of what is ours alone.
export PYTHONUTF8 := 1
unexport PYTHONHOME PYTHONPATH PYTHONWARNINGS
# What is compiled is kept: three processes read all tests, and many more the command.
unexport PYTHONDONTWRITEBYTECODE

# Pins with the hashes of every platform's files. Wheels only, since a build runs code; dkimpy and authres have none.
WHEELS := --only-binary :all:
PIN := .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command 'make requirements' $(WHEELS)

.PHONY: help local local-up test pytest lint oldest bench docs reference requirements clean writable
help:  ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

local: .venv/ready node_modules/ready  ## deploy the examples on an embedded AWS and show that they verify
	@.venv/bin/mailproof try $(ARGS)

local-up: .venv/ready node_modules/ready  ## the same, and keep the embedded AWS running
	@.venv/bin/mailproof try --keep $(ARGS)

test: writable .venv/ready node_modules/ready  ## check everything: style, types, imports, tests
	@$(MAKE) --no-print-directory --jobs=2 lint pytest

pytest: writable .venv/ready node_modules/ready
	@.venv/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: writable .venv/ready node_modules/ready
	@.venv/bin/ruff check && .venv/bin/ruff format --check && .venv/bin/mypy && .venv/bin/lint-imports && .venv/bin/python -m mailproof.reference --check

# The other end of the range is what requirements.txt pins.
OLDEST_CDK = $(shell sed -n 's/^cdk = .*"\(aws-cdk-lib\)>=\([0-9.]*\),.*/\1==\2.0/p' pyproject.toml)
oldest: writable .venv/ready node_modules/ready  ## test constructs and stacks with the oldest CDK that is supported
	@.venv/bin/uv pip install --quiet $(WHEELS) --target build/oldest '$(OLDEST_CDK)'
	@PYTHONPATH=build/oldest .venv/bin/python -m pytest -n 2 tests/constructs_lib tests/stacks tests/rollout/test_pipeline.py

bench: .venv/ready node_modules/ready  ## measure against the peers
	@.venv/bin/python bench/run.py

docs: .venv/ready  ## build the pages into site/
	@NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict

reference: .venv/ready  ## write the schemas and the generated pages anew
	@.venv/bin/python -m mailproof.reference

requirements: .venv/ready  ## pin what pyproject.toml asks for; ARGS=--upgrade takes the newest
	@$(PIN) --all-extras --group build --group dev --no-binary dkimpy --no-binary authres --output-file requirements.txt $(ARGS)
	@$(PIN) --extra cdk --group build --constraint requirements.txt --output-file requirements-app.txt
	@$(PIN) --group build --constraint requirements.txt --output-file requirements-command.txt
	@$(PIN) --no-generate-hashes --no-header --extra cdk --group own --constraint requirements.txt \
		--output-file mailproof/scaffold/requirements.txt

clean:  ## remove what was installed and built
	rm -rf .venv node_modules cdk.out .localaws site .hypothesis .*_cache build *.egg-info

writable:
	@test -w . || { echo "This folder cannot be written, and what is installed and found is kept in it; copy it to where you may write." >&2; exit 2; }

INSTALL := .venv/bin/python -m pip install
# Of the hundreds of lines that pip writes, a count: it takes a minute or two.
COUNTED = { $(INSTALL) --require-hashes $(WHEELS) $(1) --requirement $(2); echo $$? >.venv/status; } | awk -v all="$$(grep -c == $(2))" \
	'/^(Collecting|Processing|Requirement already)/ && !(++n % 25) { print "  " n " of " all " packages"; fflush() } \
	/^Installing/ { print "  unpacking"; fflush() }'; exit "$$(cat .venv/status)"
.venv/ready: requirements.txt requirements-app.txt | writable
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version.split()[0] + "; name one: make PYTHON=python3.12")'
	@echo "Installing the requirements into .venv …"
	@$(PYTHON) -m venv .venv
	@$(call COUNTED,,requirements-app.txt)
	@$(call COUNTED,--no-binary dkimpy --no-binary authres --no-build-isolation,requirements.txt)
	@$(INSTALL) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/ready: package-lock.json | .venv/ready
	@echo "Installing the CDK command line into node_modules …"
	@npm ci --ignore-scripts --loglevel=error --no-audit --no-fund
	@touch $@
