# `make help` prints the targets. Everything runs in .venv (made on first use); no root needed.

PORT ?= 5000
HOST ?= 127.0.0.1
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
BIN = .venv/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: help run chat test check lint types unit bench soak soak-asgi test-websockets test-browser test-shells test-deployment test-differential differential test-through-asgi test-asgi-servers test-routing test-ecosystem test-versions \
	test-lowest test-mutations docs hooks clean

help:  ## Print this
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

run: .venv/.run  ## Serve the guestbook at http://127.0.0.1:5000 (PORT= for another port)
	@FLASK_APP=examples/guestbook/guestbook $(BIN)/flask run --host $(HOST) --port $(PORT) || { code=$$?; \
	[ $$code -ne 1 ] || echo "If the port is taken: make run PORT=$$(( $(PORT) + 1 ))" >&2; exit $$code; }

chat: .venv/.chat  ## Serve the chat at http://127.0.0.1:5000, by uvicorn (PORT= for another port)
	@$(BIN)/uvicorn --factory chat:create_app --app-dir examples/chat --interface asgi3 --host $(HOST) --port $(PORT) \
	--timeout-graceful-shutdown 5 || { code=$$?; \
	[ $$code -ne 3 ] || echo "If the port is taken: make chat PORT=$$(( $(PORT) + 1 ))" >&2; exit $$code; }

test: lint types unit  ## Lint, types, import rules and tests: everything a contributor needs

check: lint types .venv/.dev  ## Like test, without the tests marked slow
	$(BIN)/python -m pytest -q -m "not slow" tests examples benchmarks --ignore=tests/browser

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

types: .venv/.dev
	$(BIN)/mypy
	$(BIN)/pyright

unit: .venv/.dev
	$(BIN)/python -m coverage run -m pytest -q README.md README.ko.md tests examples benchmarks --ignore=tests/browser
	$(BIN)/python -m coverage report

bench: .venv/.run  ## Measure beside genuine Flask, Falcon, Bottle and bare WSGI; twenty minutes, idle machine
	@for suite in inproc startup routes threads; do $(BIN)/python -m benchmarks $$suite || exit; done
	@echo "Longer, by name: $(BIN)/python -m benchmarks servers, … uploads; make soak"

soak: .venv/.run  ## Make 1,000,000 requests and watch memory
	$(BIN)/python -m benchmarks soak --assert-targets

soak-asgi: .venv/.run  ## Make 100,000 mixed requests under ASGI and look what stays
	$(BIN)/python -m benchmarks soak-asgi --assert-targets

test-websockets: .venv/.run  ## WebSocket protocol on real servers, by Autobahn too: as a bare ASGI echo
	$(BIN)/python -m tests.asgi.servers.protocol.run

test-browser: .venv/.browser  ## Drive the guestbook and the chat in a headless Chromium
	$(BIN)/python -m pytest -q tests/browser

test-shells: .venv/.dev  ## Tab completion in zsh and fish, which must be installed
	$(BIN)/python -m pytest -q tests/cli/other_shells.py

test-deployment: .venv/.run  ## Run the guestbook behind nginx and gunicorn, and on three other servers
	$(BIN)/python -m tests.deployment.run

test-differential: .venv/.dev  ## Send generated requests to ours and to genuine Flask: same answers
	$(BIN)/python -m tests.differential

differential: .venv/.dev  ## The same with 100,000 pairs and more, a few minutes
	$(BIN)/python -m tests.differential --complete

test-through-asgi: .venv/.dev  ## Tests and differential sample with all requests through ASGI: same outcomes (THREAD=--part=1/3)
	$(BIN)/python -m pytest -q --through-asgi=thread $(THREAD) tests --ignore=tests/browser
	$(BIN)/python -m pytest -q --through-asgi=inline $(INLINE) tests --ignore=tests/browser
	$(BIN)/python -m tests.differential --through-asgi

test-asgi-servers: .venv/bin/python  ## Requests and WebSockets through uvicorn, gunicorn, hypercorn and granian (ARGS=--quick)
	$(BIN)/python -m tests.asgi.servers.run $(ARGS)

test-routing: .venv/.dev  ## 200,000 random paths and URLs on our map and on Werkzeug's: same answers
	$(BIN)/python -m tests.routing.comparing

test-ecosystem: .venv/.run  ## Run popular extensions on ours, through WSGI and ASGI, and on genuine Flask: same outcomes
	$(BIN)/python tests/ecosystem/run.py --both-ways

test-versions: .venv/.dev  ## Tests and types on every other Python 3.11 to 3.14 of this machine (ARGS=--sample)
	$(BIN)/python tools/versions.py $(ARGS)

test-lowest: .venv/.dev  ## Tests with the lowest versions of the dependencies that we allow (ARGS=--sample)
	$(BIN)/python tools/versions.py --lowest $(ARGS)

test-mutations: .venv/.dev  ## Break 100 random rows of the reference table; each must be noticed
	$(BIN)/python -m tests.contract.mutate --count 100

docs: .venv/.dev  ## Write docs/upgrading.md from its table
	$(BIN)/python -m tools.upgrading

hooks:  ## Lint before each commit
	git config core.hooksPath tools/hooks

clean:  ## Remove the virtual environments and caches
	rm -rf .venv .venvs .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found. Install it, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --upgrade "pip>=25.1"

.venv/.run: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) --editable ".[dotenv]"
	@touch $@

.venv/.dev: .venv/.run
	$(PIP) --group dev
	@touch $@

.venv/.chat: .venv/.run
	$(PIP) --group chat
	@touch $@

.venv/.browser: .venv/.dev
	$(PIP) --group browser
	@touch $@
