# The one door; `make` alone lists the targets. GNU make 3.81 (as on macOS) and a plain sh will do.

VENV           ?= .venv
PYTHON         ?=
PORT           ?= 8080
NEWSSTAND_PORT ?= 8090
SLOT           ?=
TESTS          ?=
UPGRADE        ?=
MINUTES        ?= 10
SETS           ?=
PAGES          ?=
PEERS          ?=
WORST          ?=
JSON           ?=
URLS           ?=
POSTGRES       ?=

BIN      := $(VENV)/bin
SERVICES := $(BIN)/python docker/services
INSTALL  := $(BIN)/uv pip install --quiet --python $(BIN)/python
COMPILE  := $(BIN)/uv pip compile --quiet --no-header --universal --python-version 3.11 \
            --generate-hashes $(UPGRADE)

# What is installed: the stamps grow old when a lock does.
RUN_READY := $(VENV)/ready-run
DEV_READY := $(VENV)/ready-dev

# Extractors to compare with, in an environment of their own.
PEERS_VENV  := .venv-peers
FIT_VENV    := .venv-fit
SCRAPY_VENV := .venv-scrapy
PEERS_READY := $(PEERS_VENV)/ready
BENCH_PAGES = $(if $(SETS),--sets $(SETS)) $(if $(PAGES),--pages $(PAGES))

# Without bytecode each start of Airflow takes twice as long; another environment's paths are not ours.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME VIRTUAL_ENV
# pip's mirror, if one is configured, is uv's too.
WITH_MIRROR = if [ -z "$$UV_DEFAULT_INDEX$$UV_INDEX_URL" ]; then \
	  UV_DEFAULT_INDEX=$${PIP_INDEX_URL:-`$(BIN)/pip config get global.index-url 2>/dev/null`}; \
	  [ -z "$$UV_DEFAULT_INDEX" ] || export UV_DEFAULT_INDEX; fi

.DEFAULT_GOAL := help
.PHONY: help run up down setup test fuzz check docs lock clean fit bench-crawl bench-extract bench-stages bench-memory rules floors

##@ Use it

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(RUN_READY) ## Run the DAG once, over the newsstand or your BROADSHEET_SOURCES [SLOT=2026-11-21T09:00]
	@$(SERVICES) run --newsstand-port $(NEWSSTAND_PORT) $(if $(SLOT),--slot $(SLOT))

up: $(RUN_READY) ## Start Airflow with its UI, and the newsstand [PORT=8080 NEWSSTAND_PORT=8090]
	@$(SERVICES) up --port $(PORT) --newsstand-port $(NEWSSTAND_PORT)

down: ## Stop what `make up` has started
	@if [ -f $(RUN_READY) ]; then $(SERVICES) down; fi

##@ Measure it

bench-crawl: $(DEV_READY) ## CPU, memory, ledger of a crawl of 200 local sites, beside Scrapy [PAGES=30 URLS=100000 POSTGRES=url]
	@$(MAKE) --no-print-directory $(SCRAPY_VENV)/ready || echo "Scrapy is not installed, so it is left out."
	@$(BIN)/python -m bench.crawl --scrapy-python $(SCRAPY_VENV)/bin/python $(if $(PAGES),--pages $(PAGES)) \
	  $(if $(URLS),--urls $(URLS)) $(if $(POSTGRES),--postgres $(POSTGRES)) $(if $(JSON),--json $(JSON))

bench-extract: $(DEV_READY) ## Text, metadata, speed, beside the peers [SETS=scrapinghub PAGES=20 PEERS=none WORST=10 JSON=file]
	@if [ "$(PEERS)" != none ]; then $(MAKE) --no-print-directory $(PEERS_READY) \
	  || echo "Peers that are not installed are left out."; fi
	@$(BIN)/python -m bench.extract $(BENCH_PAGES) $(if $(PEERS),--peers $(PEERS)) \
	  --peers-python $(PEERS_VENV)/bin/python $(if $(WORST),--worst $(WORST)) $(if $(JSON),--json $(JSON))

bench-stages: $(DEV_READY) ## Where the time of a page goes, stage by stage [SETS= PAGES=]
	@$(BIN)/python -m bench.stages $(BENCH_PAGES)

fit: $(DEV_READY) $(FIT_VENV)/ready ## Fit the block filter to the benchmark pages, score it on unseen sites
	@mkdir -p .run
	@$(BIN)/python -m bench.blocks write .run/blocks.npz
	@$(FIT_VENV)/bin/python bench/fit.py .run/blocks.npz .run/scores.npz pipeline/extract/block_filter.json
	@$(BIN)/python -m bench.blocks score .run/scores.npz

bench-memory: $(DEV_READY) ## What site memory gains and loses on sites with several pages [SETS=]
	@$(BIN)/python -m bench.memory $(if $(SETS),--sets $(SETS))
	@if [ -f .run/scores.npz ]; then $(BIN)/python -m bench.memory --scores .run/scores.npz; \
	 else echo 'no .run/scores.npz: run `make fit` first to measure shapes'; fi

rules: $(DEV_READY) ## Which prompts the boilerplate rules know, by language and category
	@$(BIN)/python -m tests.extract.coverage

floors: $(DEV_READY) ## Measure all pages, and raise the floors of quality where they have risen
	@$(BIN)/python -m bench.floors

##@ Work on it

setup: $(RUN_READY) $(DEV_READY) ## Install what running and testing take [PYTHON=python3.12]

# All tests in as many processes as there are cores, a file in one, the long ones (dags, e2e) first.
test: $(DEV_READY) ## Run the tests [TESTS=tests/dags]
	@$(BIN)/python -m pytest $(or $(TESTS),-n auto --dist loadfile --no-loadscope-reorder)

fuzz: $(DEV_READY) ## Mutate pages until one breaks a promise [MINUTES=10]
	@$(BIN)/python -m bench.fuzz --minutes $(MINUTES)

check: $(DEV_READY) ## Lint, type-check, hold import boundaries and generated pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd docker/services && MYPYPATH=../.. $(abspath $(BIN))/mypy --strict *.py
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict .
	$(BIN)/python -m pytest -q tests/cli/test_docs.py
	$(BIN)/python -m schemas.generate --check

docs: $(DEV_READY) ## Write what is generated: data dictionary, settings, commands, seed schema
	@$(BIN)/python -m schemas.generate

lock: $(RUN_READY) ## Compile the locks from pyproject.toml [UPGRADE=--upgrade]
	$(COMPILE) pyproject.toml -o lock/run.txt
	$(COMPILE) pyproject.toml --group dev -c lock/run.txt -o lock/dev.txt
	$(COMPILE) pyproject.toml --extra celery --extra postgres -c lock/run.txt -o lock/image.txt
	$(COMPILE) --group peers -o lock/peers.txt
	$(COMPILE) --group fit -o lock/fit.txt
	$(COMPILE) --group scrapy -o lock/scrapy.txt
	$(COMPILE) --group bootstrap -c lock/run.txt -o lock/bootstrap.txt

clean: down ## Remove caches and Airflow's state; keep the lake and the virtual environment
	rm -rf .run dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find bench dags docker pipeline schemas tests -name __pycache__ -prune -exec rm -rf {} +

# --- what the targets rest on ---

$(VENV)/bin/python:
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.14); do \
	  $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null || continue; \
	  if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$python has no venv. On Debian and Ubuntu: sudo apt-get install `$$python -c \
	      'import sys; print("python%d.%d-venv" % sys.version_info[:2])'`" >&2; exit 1; fi; \
	  echo "Setting up $(VENV) with `$$python --version` ..."; \
	  exec $$python -m venv $(VENV); \
	done; \
	echo "Python 3.11 or newer is needed; $(or $(PYTHON),python3) is `$(or $(PYTHON),python3) --version 2>&1`." \
	  "Install one, or name it: make setup PYTHON=/path/to/python3.12" >&2; exit 1

$(BIN)/uv: lock/bootstrap.txt | $(VENV)/bin/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r lock/bootstrap.txt
	@touch $@

$(RUN_READY): lock/run.txt pyproject.toml $(BIN)/uv
	@echo "Installing what is pinned in lock/run.txt ..."
	@$(WITH_MIRROR); $(INSTALL) --compile-bytecode --require-hashes -r lock/run.txt
	@$(INSTALL) --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_READY): lock/dev.txt $(RUN_READY)
	@echo "Installing what is pinned in lock/dev.txt ..."
	@$(WITH_MIRROR); $(INSTALL) --compile-bytecode --require-hashes -r lock/dev.txt
	@touch $@

$(FIT_VENV)/ready: lock/fit.txt $(BIN)/uv
	@echo "Installing what is pinned in lock/fit.txt ..."
	@$(BIN)/python -m venv $(FIT_VENV)
	@$(WITH_MIRROR); $(BIN)/uv pip install --quiet --python $(FIT_VENV)/bin/python --require-hashes -r lock/fit.txt
	@touch $@

$(SCRAPY_VENV)/ready: lock/scrapy.txt $(BIN)/uv
	@echo "Installing what is pinned in lock/scrapy.txt ..."
	@$(BIN)/python -m venv $(SCRAPY_VENV)
	@$(WITH_MIRROR); $(BIN)/uv pip install --quiet --python $(SCRAPY_VENV)/bin/python --require-hashes -r lock/scrapy.txt
	@touch $@

$(PEERS_READY): lock/peers.txt $(BIN)/uv
	@echo "Installing the peers that are pinned in lock/peers.txt ..."
	@$(BIN)/python -m venv $(PEERS_VENV)
	@$(WITH_MIRROR); $(BIN)/uv pip install --quiet --python $(PEERS_VENV)/bin/python --require-hashes -r lock/peers.txt
	@touch $@
