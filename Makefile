# Set-up and checks, the same for a person and for CI. `make help` lists the targets.

PYTHON ?= python3
STORE ?= demo-store
HOST ?= 127.0.0.1
PORT ?= 8000

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo check test bench lint constraints clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

setup: $(INSTALLED) ## create .venv and install khabar with its pinned dependencies

request = printf '\n%s:\n  %s\n' '$(1)' "curl -sG http://$(HOST):$(PORT)/v1/search -d k=3 --data-urlencode 'q=$(2)' | $(PYTHON) -m json.tool --no-ensure-ascii"

# The stamp comes last: an interrupted install is repeated, a finished one costs nothing.
# Pip before 23.3 does not see that lxml[html_clean], which jusText requires, is the extra that lxml calls html-clean.
# Pip from 26 on prints a notice of setuptools about editable installs, in spite of --quiet.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet 'pip>=23.3,<26'
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: setup ## build the sample corpus, serve it and print three requests (Ctrl-C ends it)
	$(BIN)/khabar index build data/articles.jsonl --store $(STORE)
	@printf '\n%s\n' 'Three requests to try in another terminal:'
	@$(call request,English to Arabic,strategic partnership treaty between Moscow and Tehran)
	@$(call request,Arabic to English,معاهدة الدفاع المشترك بين روسيا وكوريا الشمالية)
	@$(call request,same language,who owns the container ship that blocked the canal?)
	@echo
	@$(BIN)/khabar serve --store $(STORE) --host $(HOST) --port $(PORT)

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint ## lint, types and all but the slow tests: about a minute
	$(BIN)/pytest -q -m "not slow"

test: lint ## lint, types, every test, and the coverage of all of them
	$(BIN)/pytest -q --cov --cov-report=term:skip-covered

bench: setup ## measure search quality on the sample corpus
	$(BIN)/python -m benchmarks.quality measure --store bench-store --sample data --out benchmarks/results/sample

# Torch is pinned without its local label: which build of it is taken is the package index's affair.
constraints: ## write constraints.txt anew from what is installed
	@{ echo '# The whole closure of khabar[dev], exact. Written by: make constraints'; \
	   $(BIN)/python -m pip freeze --exclude-editable | sed -E 's/^(torch==[0-9.]+).*/\1/'; } > constraints.txt

clean: ## remove what the targets above made
	rm -rf $(VENV) $(STORE) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
