# A fresh clone needs Python ≥ 3.11, make and a C library; everything else is installed into .venv and node_modules.
BIN := .venv/bin
PYTHON ?= python3
comma := ,

# Some machines start us without a home; caches then stay in the clone.
ifeq ($(strip $(HOME)),)
export HOME := $(CURDIR)/.venv/home
endif
export PYTHON
export PATH := $(CURDIR)/$(BIN):$(PATH)
export UV_LINK_MODE ?= copy
export UV_PYTHON_DOWNLOADS := never
# A running box writes nothing outside its home, so what Python would cache is made here.
export UV_COMPILE_BYTECODE := 1
export VIRTUAL_ENV := $(CURDIR)/.venv
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export NPM_CONFIG_UPDATE_NOTIFIER := false
unexport PYTHONPATH PYTHONHOME

PAGES := web $(shell find xiangyun -type d \( -name web -o -name words \) -not -path '*/node_modules/*' 2>/dev/null)
PAGES += package-lock.json vite.config.ts tsconfig.json

# Tests that leave a processor free: two halves of them run side by side, always the same two, beside the cut of the
# power, whose machine is another; the others one by one.
QUICK := not box and not slow
CUT := tests/box/test_power_cut.py

.PHONY: run test check bench faults venv build dev packages site help

run: site ## start the whole box with the demo towns
	@.ci/once bytecode $(BIN)/xiangyun xiangyun -- $(BIN)/python -m compileall -q xiangyun
	@XIANGYUN_DEMO=$${XIANGYUN_DEMO:-1} exec $(BIN)/xiangyun up

test: dev site ## run every test
	@CHROMIUM=$$(.ci/browser) || exit 1; export CHROMIUM; failed=0; \
	npm run --silent test || failed=1; \
	$(BIN)/python -m pytest -m "$(QUICK)" xiangyun/kernel & half=$$!; \
	$(BIN)/python -m pytest $(CUT) & cut=$$!; \
	$(BIN)/python -m pytest -m "$(QUICK)" --ignore=xiangyun/kernel || failed=1; \
	wait $$half || failed=1; \
	wait $$cut || failed=1; \
	$(BIN)/python -m pytest -m "not ($(QUICK))" --ignore=$(CUT) || failed=1; \
	exit $$failed

check: dev packages ## lint, format, types, import contracts, schema drift, licences, locks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	XIANGYUN_HOME=.venv/check-home $(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	XIANGYUN_HOME=.venv/check-home DJANGO_SETTINGS_MODULE=xiangyun.entry.settings $(BIN)/python -m django export_openapi --check
	$(BIN)/python .ci/drift.py
	npm run --silent check
	$(BIN)/python .ci/locks.py
	$(BIN)/python .ci/licences.py

bench: dev site ## run the benchmarks (BENCH=name,… picks)
	@exec $(BIN)/xiangyun bench $(subst $(comma), ,$(BENCH))

faults: dev site ## run the fault catalogue (FAULTS=1,2 picks, SEED= repeats)
	@FAULTS="$(FAULTS)" SEED="$(SEED)" exec $(BIN)/python -m pytest -rP tests/faults

venv:
	@.ci/once venv $(BIN)/uv requirements/uv.txt -- .ci/venv

build: venv
	@.ci/once packages $(BIN)/granian requirements/build.txt $(BIN)/uv -- $(BIN)/uv pip install --quiet --require-hashes -r requirements/build.txt
	@.ci/once xiangyun $(BIN)/xiangyun pyproject.toml $(BIN)/uv -- $(BIN)/uv pip install --quiet --offline --no-deps --editable .

dev: build
	@.ci/once tools $(BIN)/pytest requirements/dev.txt $(BIN)/uv -- $(BIN)/uv pip install --quiet --require-hashes -r requirements/dev.txt

packages: build
	@.ci/once node_modules node_modules/.bin/vite package-lock.json .npmrc $(BIN)/uv -- npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

site: packages
	@.ci/once site web/dist/desk.html $(PAGES) -- npm run --silent build

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile
