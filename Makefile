# Consentry's verbs. `make demo` and `make test` need nothing but git, make and Python 3.11 or later.
#   make install set up the command consentry in .venv, and nothing else
#   make demo    set up, and run everything against a simulated tenant
#   make test    set up, check style, types and imports, and run the tests
#   make format  rewrite the code in the house style
#   make docs    rewrite the generated pages and golden files
#   make screenshots  take the pictures of docs/dashboard.md and docs/report.md anew, with Chromium
#   make bench   run the benchmarks (about an hour) and rewrite docs/benchmarks.md
#   make kill    kill syncs at random moments (KILLS=120 of them), and compare what they leave with the truth
#   make readers  read what is published with older DuckDBs (installed aside), and through 200 publishes
#   make azurite  export to Azurite, Microsoft's emulator of storage accounts (needs npm)
#   make extend  do what docs/extend.md says in a copy of the project (some minutes)
#   make superset  import the bundle for Apache Superset into a real one, and compare what it answers (about ten minutes)
#   make lock    resolve the requirements anew, with hashes
#   make clean   remove the environment, and what the demo wrote

.PHONY: help install demo test format docs screenshots bench kill readers azurite superset extend lock clean
.DEFAULT_GOAL := help

# The first Python that is new enough; PYTHON=… chooses another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps
export DO_NOT_TRACK := 1

help:
	@sed -n '2,/^$$/s/^#   //p' Makefile

install: .venv/.installed

demo: .venv/.installed
	@$(BIN)/consentry demo

test: .venv/.developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/python -m docs.generate --check
	$(BIN)/pytest --numprocesses auto --dist loadfile

format: .venv/.developed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/.developed
	$(BIN)/python -m tests.sql.goldens
	$(BIN)/python -m docs.generate

screenshots: .venv/.developed
	$(BIN)/python -m tests.dashboard.screenshots
	$(BIN)/python -m tests.report.screenshot

bench: .venv/.developed
	$(BIN)/python -m benchmarks

kill: .venv/.developed
	$(BIN)/python -m tests.dying

readers: .venv/.developed
	for version in 1.2.0 1.2.2 1.3.2 1.4.4 1.5.0 1.5.6; do test -d .venv/duckdbs/duckdb-$$version || $(BIN)/python -m pip install --quiet \
		--disable-pip-version-check --no-deps --target .venv/duckdbs/duckdb-$$version duckdb==$$version || exit 1; done
	DUCKDBS=$(CURDIR)/.venv/duckdbs PUBLISHES=200 EXPORT_EVERY=1 ROWS=20000 \
		$(BIN)/pytest tests/warehouse/test_publish_versions.py tests/warehouse/test_publish_readers.py

azurite: .venv/.developed
	npm install --silent --prefix .venv/azurite azurite
	.venv/azurite/node_modules/.bin/azurite-blob --silent --inMemoryPersistence --skipApiVersionCheck --disableTelemetry --blobPort 10900 & \
		trap "kill $$!" EXIT; sleep 10; AZURITE_PORT=10900 $(BIN)/pytest tests/warehouse/test_export_azure.py

extend: .venv/.developed
	$(BIN)/python -m tests.extending

superset: .venv/.developed .superset/.installed
	SUPERSET_BIN=$(CURDIR)/.superset/bin $(BIN)/pytest tests/bi/superset

lock: .venv/.developed
	for name in consentry development; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header requirements/$$name.in -o requirements/$$name.lock; done
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header tests/bi/superset/requirements.in -o tests/bi/superset/requirements.lock

clean:
	test ! -x $(BIN)/consentry || $(BIN)/consentry demo --stop
	test ! -d data/simulator || rm -rf data  # only the demo's: a tenant's own history cannot be had again
	rm -rf .venv .superset

.venv/.created:
	@test -n "$(PYTHON)" || { echo "Consentry needs Python 3.11 or later on the PATH; install it, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	@echo "Making an environment in .venv with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.installed: .venv/.created requirements/consentry.lock pyproject.toml
	@echo "Installing what Consentry needs (about a minute) ..."
	@$(INSTALL) --require-hashes -r requirements/consentry.lock
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

.venv/.developed: .venv/.installed requirements/development.lock
	@echo "Installing what the tests need ..."
	@$(INSTALL) --require-hashes -r requirements/development.lock
	@touch $@

.superset/.installed: tests/bi/superset/requirements.lock
	@echo "Installing Apache Superset in .superset (several minutes) ..."
	@$(PYTHON) -m venv .superset
	@.superset/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@
