# Set-up and checks, the same for a person and for CI. `make help` lists the targets.

PYTHON ?= python3
STORE ?= demo-store
HOST ?= 127.0.0.1
PORT ?= 8000
# Processes that run the tests; each needs 2 GB of memory.
TEST_PROCESSES ?= 2

parallel = --numprocesses $(TEST_PROCESSES) --dist worksteal

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# The tools of a release, and an environment that has what a server has and nothing else.
TOOLS := .venv-release
TOOLS_INSTALLED := $(TOOLS)/.installed
SERVED := .venv-served

.DEFAULT_GOAL := help
.PHONY: help setup demo check test bench lint openapi notebook constraints hashes dist sbom clean

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

check: lint ## lint, types and all but the slow tests: some four minutes
	$(BIN)/pytest -q $(parallel) -m "not slow"

test: lint ## lint, types, every test, and the coverage of all of them
	$(BIN)/pytest -q $(parallel) --cov --cov-report=term:skip-covered

bench: setup ## measure search quality on the sample corpus
	$(BIN)/python -m benchmarks.quality measure --store bench-store --sample data --out benchmarks/results/sample

openapi: setup ## write the description of the HTTP interface anew, docs/openapi.json
	$(BIN)/python -m search_api.openapi_file docs/openapi.json

# Without warnings, which would be kept in the notebook.
notebook: setup ## run docs/notebooks/tour.ipynb and keep its results
	PYTHONWARNINGS=ignore $(BIN)/jupyter-execute --inplace docs/notebooks/tour.ipynb

# Torch is pinned without its local label: which build of it is taken is the package index's affair.
constraints: ## write constraints.txt anew from what is installed
	@{ echo '# The whole closure of khabar[dev], exact. Written by: make constraints'; \
	   $(BIN)/python -m pip freeze --exclude-editable | sed -E 's/^(torch==[0-9.]+).*/\1/'; } > constraints.txt

# Which build of torch is taken is the package index's affair, so it is left out here with what its builds for GPUs bring.
OF_TORCH := torch triton setuptools cuda-bindings cuda-pathfinder cuda-toolkit $(addprefix nvidia-,cublas cuda-cupti \
  cuda-nvrtc cuda-runtime cudnn-cu13 cufft cufile curand cusolver cusparse cusparselt-cu13 nccl-cu13 nvjitlink nvshmem-cu13 nvtx)

comma := ,
compile = $(TOOLS)/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
  --constraint constraints.txt --generate-hashes --no-annotate --no-header $(2) --output-file $(1).part \
  && { echo '$(3) Written by: make hashes'; cat $(1).part; } > $(1) && rm $(1).part

hashes: $(TOOLS_INSTALLED) ## write the pinned versions with the sha256 of their files, from constraints.txt
	@$(call compile,requirements-serve.txt,,# What serving needs$(comma) with hashes: pip install --require-hashes.)
	@$(call compile,requirements-build.txt,--extra bundled $(addprefix --no-emit-package ,$(OF_TORCH)),# What building needs$(comma) without torch: pip install --require-hashes --no-deps.)

$(TOOLS_INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --disable-pip-version-check --quiet 'pip>=25.1,<26'
	$(TOOLS)/bin/python -m pip install --disable-pip-version-check --quiet --group release
	@touch $@

dist: $(TOOLS_INSTALLED) ## make dist/ with the source archive and the wheel
	rm -rf dist
	$(TOOLS)/bin/uv build --quiet --out-dir dist

sbom: dist ## list the packages and licences of a server in dist/, from an installation of the wheel
	$(PYTHON) -m venv --clear $(SERVED)
	$(SERVED)/bin/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements-serve.txt
	$(SERVED)/bin/python -m pip install --disable-pip-version-check --quiet --no-deps dist/*.whl
	$(SERVED)/bin/python -m pip uninstall --quiet --yes pip setuptools
	$(TOOLS)/bin/cyclonedx-py environment --pyproject pyproject.toml --mc-type application --output-reproducible \
	  --output-format JSON --output-file dist/khabar.cdx.json $(SERVED)/bin/python
	$(TOOLS)/bin/pip-licenses --python $(SERVED)/bin/python --from mixed --with-urls --format csv --output-file dist/licences.csv

clean: ## remove what the targets above made
	rm -rf $(VENV) $(TOOLS) $(SERVED) dist $(STORE) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
