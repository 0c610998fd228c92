# The project's commands; `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
BUILT := .aws-sam/build/template.yaml
LOCAL_AWS := .rehearsal/local-aws

export SAM_CLI_TELEMETRY := 0

# Dummies: `sam validate` needs a Region, and must not look for credentials.
OFFLINE := AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true \
	AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local

.DEFAULT_GOAL := help
.PHONY: help install build local-aws demo test test-slow test-all rehearse verify-aws delete pictures wheel torture bench check lint types template lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ sub(/:.*/, "", $$1); printf "  make %-10s %s\n", $$1, $$2 }'

install: $(INSTALLED) ## Create .venv with the locked dependencies, unless it is up to date

$(INSTALLED): requirements/uv.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 14) else f"Python 3.11 to 3.14 is needed, but {sys.executable} is {sys.version.split()[0]}: choose another, for example with make install PYTHON=python3.12")'
	@echo "Setting up $(VENV) with the locked dependencies ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes --requirement requirements/uv.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@[ ! -x $(LOCAL_AWS)/bin/ministack ] || ln -sf $(CURDIR)/$(LOCAL_AWS)/bin/ministack $(BIN)/ministack
	@touch $@

build: $(BUILT) ## Build the application with `sam build` and the Python of .venv

$(BUILT): $(INSTALLED) template.yaml samconfig.toml $(wildcard hello_world/*.py hello_world/*/*.py hello_world/*.txt reconciliation/* statemachine/*)
	@echo "Building the application with sam build ..."
	@PATH="$(CURDIR)/$(BIN):$$PATH" PIP_REQUIRE_HASHES=1 $(BIN)/sam build --parameter-overrides \
		PythonRuntime=python$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])') \
		>.sam-build.log 2>&1 || { cat .sam-build.log; exit 1; }
	@rm -f .sam-build.log

demo: $(BUILT) ## Run one delayed task locally, from schedule to call
	@$(BIN)/delay demo $(ARGS) || { echo 'Pass options of delay demo in ARGS: make demo ARGS="--port 0 --lambda-port 0"'; exit 1; }

# More processes than cores, because many tests wait; and compiled modules are kept, for the tests start hundreds of commands.
PYTEST := $(BIN)/pytest --quiet --numprocesses $$(($$(getconf _NPROCESSORS_ONLN) + 1))
test test-slow test-all: export PYTHONDONTWRITEBYTECODE :=

test: $(BUILT) ## Run the quick tests
	@$(PYTEST) -m "not slow" $(ARGS)

test-slow: $(BUILT) $(LOCAL_AWS)/.installed ## Run the tests that `test` leaves out
	@$(PYTEST) -m slow --hypothesis-profile=thorough $(ARGS)

test-all: $(BUILT) $(LOCAL_AWS)/.installed ## Run all tests, with more examples of each property, and measure branch coverage
	@$(PYTEST) --hypothesis-profile=thorough --cov --cov-report= $(ARGS)
	@echo "Branch coverage: $$($(BIN)/coverage report --format=total) % (file by file: $(BIN)/coverage report)"

rehearse: $(LOCAL_AWS)/.installed ## Deploy, use, break, mend and delete the application in a local AWS
	@$(BIN)/python -m verification rehearse --ministack $(LOCAL_AWS)/bin/ministack $(ARGS)

$(LOCAL_AWS)/.installed: verification/requirements/local-aws.txt $(INSTALLED)
	@echo "Setting up $(LOCAL_AWS) ..."
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(LOCAL_AWS)
	@$(BIN)/uv pip install --quiet --python $(LOCAL_AWS)/bin/python --require-hashes --requirement verification/requirements/local-aws.txt
	@ln -sf $(CURDIR)/$(LOCAL_AWS)/bin/ministack $(BIN)/ministack
	@touch $@

local-aws: $(LOCAL_AWS)/.installed ## Install ministack, with which delay local serves tables and queues

verify-aws: $(INSTALLED) ## Do the same on your AWS account, run the contract tests, measure lateness and cost
	@$(BIN)/python -m verification aws $(ARGS)

delete: $(INSTALLED) ## Delete a stack and what it retains: ARGS="--stack-name NAME"
	@$(BIN)/python -m verification delete $(ARGS)

bench: $(INSTALLED) ## Measure the local endpoints and their peers (docs/why/benchmarks.md)
	@$(BIN)/python -m bench --picture docs/images/growth.svg $(ARGS)

pictures: $(BUILT) $(LOCAL_AWS)/.installed ## Draw the pictures of the demo, and take those of the console
	@$(BIN)/python docs/images/draw_demo.py
	@PICTURES=docs/images $(BIN)/pytest --quiet tests/acceptance/console/test_pictures.py

wheel: $(INSTALLED) ## Build the package for other projects (docs/how-to/install.md)
	@$(BIN)/uv build --quiet --wheel --no-build-isolation --out-dir dist
	@sha256sum dist/*.whl

torture: $(INSTALLED) ## Kill, cut off, confuse and attack the local endpoints at full size (two hours)
	@$(BIN)/python -m tests.torture $(ARGS)

check: lint types template ## Check style, types and template

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-cache --no-logo

types: $(INSTALLED)
	$(BIN)/mypy

template: $(INSTALLED)
	$(BIN)/cfn-lint template.yaml
	$(OFFLINE) $(BIN)/sam validate --lint

# All of them, or PACKAGE alone, in each file that has it.
UPGRADE = $(if $(PACKAGE),--upgrade-package $(PACKAGE),--upgrade)
COMPILE = $(BIN)/uv pip compile --quiet $(UPGRADE) --generate-hashes --no-emit-index-url --no-header

DEPENDENCIES = pyproject.toml requirements/dev.txt $(wildcard hello_world/requirements.* */requirements/*)

lock: $(INSTALLED) ## Update the locked dependencies, or one: PACKAGE=boto3
	@$(if $(PACKAGE),grep --quiet --ignore-case --extended-regexp '^ *"?$(PACKAGE)\b' $(DEPENDENCIES) || \
		{ echo "No dependency is called $(PACKAGE)." >&2; exit 1; })
	$(COMPILE) --universal --python-version 3.11 --extra local --group dev pyproject.toml \
		--output-file requirements/dev.txt
	$(COMPILE) --universal --python-version 3.11 --constraint requirements/dev.txt hello_world/requirements.in \
		--output-file hello_world/requirements.txt
	$(COMPILE) --universal --python-version 3.11 verification/requirements/local-aws.in \
		--output-file verification/requirements/local-aws.txt
	$(COMPILE) --universal --python-version 3.11 bench/requirements/peers.in \
		--output-file bench/requirements/peers.txt
	$(COMPILE) --python-version 3.13 bench/requirements/localemu.in --output-file bench/requirements/localemu.txt

clean: ## Remove the files made by the other targets
	rm -rf $(VENV) dist .aws-sam .bench .rehearsal examples/javascript/node_modules .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache htmlcov
