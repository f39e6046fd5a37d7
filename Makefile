# make run: everything set up and running. make test: everything set up and tested.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.tools
FRONT := var/front/.placed
MODELS := var/models/.checked

.PHONY: run test check bench setup lock draw clean

run: $(READY) $(FRONT) $(MODELS)
	@$(BIN)/python -m bot serve

test: $(TOOLS) $(FRONT) $(MODELS)
	$(BIN)/pytest -n 2 --dist loadgroup -q -rs

check: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q -p no:randomly tests/test_imports.py
	$(BIN)/python -m faq check
	$(BIN)/python -m faq draw --check
	$(BIN)/python -m verification journey draw --check

bench: $(TOOLS) $(FRONT) $(MODELS)
	$(BIN)/python -m bench

setup: $(TOOLS) $(FRONT) $(MODELS)

include nlu/rasa/Makefile.inc

# ---- how it is made ready ----

$(READY): requirements/app.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "Installing the requirements (once, about a minute) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/app.lock
	@touch $@

$(TOOLS): $(READY) requirements/dev.lock
	@echo "Installing the tools for tests and checks …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

# Libraries of the pages, from npm; each file is checked by sha256.
$(FRONT): $(READY) package-lock.json verification/front.yml
	@command -v npm >/dev/null || { echo "npm is needed for the pages' libraries: install Node.js, then try again."; exit 1; }
	@echo "Fetching what the pages need …"
	@npm ci --silent --no-audit --no-fund --ignore-scripts
	@$(BIN)/python -m verification front place
	@touch $@

# Models of the face check, checked by sha256. Without them the chat runs and doctor says what is missing.
$(MODELS): $(READY) verification/models.yml
	@mkdir -p $(@D)
	@$(BIN)/python -m verification models fetch && touch $@ || echo "Face models are missing: see above."

# Pins everything anew; no index address is written down.
LOCK := $(BIN)/pip-compile -q --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
lock: $(TOOLS)
	$(LOCK) -o requirements/app.lock pyproject.toml
	$(LOCK) -o requirements/dev.lock requirements/dev.in

draw: $(READY)
	$(BIN)/python -m faq draw
	$(BIN)/python -m verification journey draw

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache
