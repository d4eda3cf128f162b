# What a developer does here. `make` alone lists it.

comma := ,

PYTHON ?= python3
# The project's own tools first; see dev/install.py.
TOOLS := PATH="$(CURDIR)/.tools/venv/bin:$(CURDIR)/.tools/bin:$$PATH"
# The SAM CLI reports its use otherwise, and wants a region even to read a file.
SAM := $(TOOLS) SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 sam

# A proxy is for the world outside; the AWS SDK would ask it for this machine's own addresses too.
export NO_PROXY := $(if $(NO_PROXY),$(NO_PROXY)$(comma))127.0.0.1,localhost
export no_proxy := $(NO_PROXY)

.DEFAULT_GOAL := help
.PHONY: help setup dev server test test-long bench fmt lint deny validate build sam-invoke sam-api ci clean

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Install the tools into .tools/: cargo-lambda, the SAM CLI, DynamoDB Local
	@$(PYTHON) dev/install.py

dev: ## Serve the API on http://127.0.0.1:9000 until Ctrl-C; PORT=9001 elsewhere, DATA=dir keeps the data
	@exec $(PYTHON) dev/dev.py

server: ## Serve the API from one process without Lambda, on http://127.0.0.1:8080; PORT, DATA as above, RELEASE=1 as deployed
	@exec $(PYTHON) dev/server.py

test: ## Run all tests, on ports of their own
	@$(PYTHON) dev/install.py dynamodb-local cargo-lambda sam
	$(PYTHON) tests/model/random_runs.py 3000
	$(TOOLS) cargo build --workspace --bins
	$(TOOLS) cargo test --workspace

test-long: ## Run the randomized tests for much longer, and all that the explorer explores: some hours
	@$(PYTHON) dev/install.py dynamodb-local
	PROPTEST_CASES=20000 cargo test -p profiles_normalization -p profiles_domain -p profiles_api
	$(PYTHON) tests/model/random_runs.py 100000
	EXPLORE=all cargo test -p profiles_tests --test it explorer

bench: ## Measure requests, speed, memory and binaries; SECTIONS="functions database" only these, SECTIONS=--help lists them
	@$(PYTHON) dev/install.py dynamodb-local cargo-lambda
	$(TOOLS) cargo run --profile bench --package profiles_bench -- $(SECTIONS)

fmt: ## Format the code
	cargo fmt --all

lint: ## Check the format, and clippy's every warning
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings

deny: ## Check the dependencies: licenses, sources, no two TLS stacks
	@$(PYTHON) dev/install.py cargo-deny
	$(TOOLS) cargo deny check bans licenses sources

validate: ## Check template.yaml
	@$(PYTHON) dev/install.py sam
	$(SAM) validate --lint --template template.yaml
	$(TOOLS) cfn-lint template.yaml

build: ## Build the functions for Lambda into .aws-sam/, ready for `sam deploy`
	@$(PYTHON) dev/install.py cargo-lambda sam
	$(SAM) build

sam-invoke: ## Send every event of events/ by `sam local invoke`, in Docker; EVENT=upsert/by_uid only this one
	@exec $(PYTHON) dev/sam.py invoke $(EVENT)

sam-api: ## Serve the API by `sam local start-api`, in Docker, and send the README's commands; PORT=3001 elsewhere, CHECK=1 ends then
	@exec $(PYTHON) dev/sam.py api

# One after the other also with -j: each of them uses every core.
ci: ## Run all that a change must pass
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory validate
	@$(MAKE) --no-print-directory deny
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory sam-invoke EVENT=
	@$(MAKE) --no-print-directory sam-api CHECK=1

clean: ## Remove what was built and the tools
	cargo clean
	rm -rf .tools .aws-sam
