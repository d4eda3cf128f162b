# The commands of development. `make` alone lists them.

comma := ,

PYTHON ?= python3
# The project's own tools first; see dev/install.py.
TOOLS := PATH="$(CURDIR)/.tools/venv/bin:$(CURDIR)/.tools/bin:$$PATH"
# Without telemetry. The SAM CLI needs a region even to read a file.
SAM := $(TOOLS) SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 sam

# The AWS SDK would send requests to this machine through a proxy, too.
export NO_PROXY := $(if $(NO_PROXY),$(NO_PROXY)$(comma))127.0.0.1,localhost
export no_proxy := $(NO_PROXY)

.DEFAULT_GOAL := help
.PHONY: help setup dev server test test-long openapi console-test bench fmt lint deny validate build restore sam-invoke sam-api verify ci clean

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Install cargo-lambda, the SAM CLI, DynamoDB Local and moto into .tools/
	@$(PYTHON) dev/install.py

dev: ## Serve the API on http://127.0.0.1:9000 (PORT=9001: another port; DATA=dir: keep the data; RELOAD=0: ignore edits)
	@exec $(PYTHON) dev/dev.py

server: ## Serve the API without Lambda on http://127.0.0.1:8080 (PORT, DATA: as for dev; RELEASE=1: optimized)
	@exec $(PYTHON) dev/server.py

test: ## Run all tests
	@$(PYTHON) dev/install.py dynamodb-local cargo-lambda sam moto
	@for peer in peers-python peers-node; do $(PYTHON) dev/install.py $$peer || echo "-> the benchmark does without $$peer"; done
	$(PYTHON) tests/model/rules.py
	$(PYTHON) tests/model/random_runs.py 3000
	$(TOOLS) cargo build --workspace --bins
	$(TOOLS) python tests/restore/run.py
	$(TOOLS) cargo test --workspace --all-features

console-test: ## Check the types and format of the console, and run its tests in a browser (ONLY="find batches": tests with one of these in their name)
	@$(PYTHON) dev/install.py dynamodb-local console
	.tools/console/node_modules/.bin/prettier --config console/.prettierrc --check console/*.js shared/pages/docs/*.js shared/pages/docs/*.css
	.tools/console/node_modules/.bin/tsc --project console
	$(TOOLS) cargo build --workspace --bins
	$(TOOLS) python tests/console/run.py $(ONLY)

test-long: ## Run the randomized tests and the explorer for some hours
	@$(PYTHON) dev/install.py dynamodb-local
	PROPTEST_CASES=20000 cargo test -p profiles_normalization -p profiles_domain -p profiles_api
	$(PYTHON) tests/model/random_runs.py 100000
	EXPLORE=all cargo test -p profiles_tests --test it explorer
	FUZZ=100000 cargo test -p profiles_tests --test it fuzz
	SEARCHES=500 SEARCHED=20000 cargo test -p profiles_tests --test it search::random_trees
	SIZES=full cargo test -p profiles_tests --test it -- batch:: claims:: counts:: activities:: deletions:: search:: scale:: throughput::
	IMPORTED=100000 cargo test -p profiles_cli --test import

openapi: ## Check openapi.yaml: its form, its examples, and random requests that fit it
	@$(PYTHON) dev/install.py dynamodb-local openapi
	$(TOOLS) python tests/openapi/run.py

bench: ## Measure requests, speed, memory and binaries (SECTIONS="functions database"; SECTIONS=--help lists them)
	@$(PYTHON) dev/install.py dynamodb-local cargo-lambda
	$(TOOLS) cargo run --profile bench --package profiles_bench --features scale -- $(SECTIONS)

fmt: ## Format the code
	cargo fmt --all

lint: ## Check the format, and run clippy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- --deny warnings

deny: ## Check the licenses and sources of the dependencies, and that there is one TLS stack
	@$(PYTHON) dev/install.py cargo-deny
	$(TOOLS) cargo deny check bans licenses sources

validate: ## Check template.yaml
	@$(PYTHON) dev/install.py sam
	$(SAM) validate --lint --template template.yaml
	$(TOOLS) cfn-lint template.yaml

build: ## Build the functions for `sam deploy` into .aws-sam/ (ARCHITECTURE=x86_64: for that processor, not arm64)
	@$(PYTHON) dev/install.py cargo-lambda sam
	@.tools/venv/bin/python dev/build.py $(ARCHITECTURE)

restore: ## Restore a deployed stack's tables: STACK=profiles TO=2029-04-07T12:18:00Z (LABEL, BUCKET; OPTIONS=--help lists more)
	@$(PYTHON) dev/install.py sam
	@$(TOOLS) python dev/restore.py --stack "$(STACK)" --to "$(TO)" --bucket "$(BUCKET)" --label "$(LABEL)" $(OPTIONS)

sam-invoke: ## Send all events of events/ to the functions in Docker (EVENT=upsert/by_uid: only this one)
	@exec $(PYTHON) dev/sam.py invoke $(EVENT)

sam-api: ## Serve the API in Docker on http://127.0.0.1:3000, and run the commands of README and guide (PORT; CHECK=1: then stop)
	@exec $(PYTHON) dev/sam.py api

verify: ## Check a deployment (API=https://…; SECRET by the environment; BATCH=10000; STACK=name: its alarms and metrics, too)
	@exec cargo run --package profiles_verify

# In sequence also with -j, because each of them uses every core.
ci: ## Run all checks that a change must pass
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory validate
	@$(MAKE) --no-print-directory deny
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory openapi
	@$(MAKE) --no-print-directory console-test ONLY=
	@$(MAKE) --no-print-directory sam-invoke EVENT=
	@$(MAKE) --no-print-directory sam-api CHECK=1

clean: ## Remove the build output and the tools
	cargo clean
	rm -rf .tools .aws-sam
