SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

export UV_PYTHON_DOWNLOADS := never
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 1
# Container images set it; then every process of a test run compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
ARGS ?=
BENCH ?= calls

.PHONY: help dev setup setup-python setup-node setup-browser setup-ministack
.PHONY: check test synth layers bench openapi format clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dev: ## the whole product on this machine (more: make dev ARGS="--help")
	@tools/setup/python.sh dev
	@exec $(BIN)/keybound dev --environment-file .dev/environment $(ARGS)

setup: setup-python setup-node setup-browser setup-ministack ## everything that the other targets need

setup-python:
	@tools/setup/python.sh all

setup-node: setup-python
	@tools/setup/node_packages.sh

setup-browser:
	@tools/setup/chromium.sh

setup-ministack: setup-python
	@tools/setup/ministack.sh

check: setup-python setup-node ## format, lint, types, import direction
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	"$$(tools/setup/node.sh)" node_modules/typescript/bin/tsc --project tsconfig.json

test: setup check ## everything, from a clean clone
	$(BIN)/pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

synth: setup-python ## the CloudFormation templates, into cdk.out: offline, without credentials
	JSII_NODE="$$(tools/setup/node.sh)" CDK_OUTDIR=cdk.out $(BIN)/python -m infra.app
	@ls cdk.out/*.template.json

layers: setup-python ## the layer of wheels that a deployment needs, into build/layers
	$(BIN)/python -m tools.layers.build

bench: setup-python ## what a request costs: make bench BENCH=calls (cold, size, cost, handler)
	$(BIN)/python -m tools.bench $(BENCH) $(ARGS)

openapi: setup-python ## write the OpenAPI document of the management API again
	@$(BIN)/python -m tools.openapi

format: setup-python ## write the format that check asks for
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove environments, caches and build output
	rm -rf .venv .venv-tools .venv-ministack node_modules build cdk.out .mypy_cache .pytest_cache .ruff_cache \
	  .import_linter_cache .hypothesis
