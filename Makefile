# The commands of An Tâm. `make run` and `make test` do all the set-up they need.
.DEFAULT_GOAL := help
.PHONY: help setup run test check lint format train lock bench clean
SHELL := /bin/sh
ANTAM := .venv/bin/antam
BOT_ENV := .venv/.ready
NLU_ENV := nlu/.venv/.ready

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(BOT_ENV) $(NLU_ENV) ## both Python environments, the trained model, the database
	@$(ANTAM) nlu train
	@$(ANTAM) db upgrade

run: setup ## set up what is missing, then serve the web chat
	@$(ANTAM) serve

test: setup ## set up what is missing, then run every test
	@.venv/bin/pytest

check: $(BOT_ENV) ## ruff, mypy, import-linter, content check
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(ANTAM) content check

format: $(BOT_ENV) ## bring the code into its form
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

train: $(BOT_ENV) $(NLU_ENV) ## train the model if its data changed
	@$(ANTAM) nlu train

bench: setup ## measure speed (nothing is asserted by a clock)
	@.venv/bin/python -m tests.benchmarks

lock: ## renew the lock files (needs uv)
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade \
	  pyproject.toml -o requirements.lock
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --all-extras \
	  -c requirements.lock pyproject.toml -o requirements-dev.lock
	uv pip compile --python-version 3.10 --generate-hashes --no-emit-index-url --no-header \
	  nlu/requirements.in -o nlu/requirements.lock

$(BOT_ENV): requirements-dev.lock pyproject.toml deploy/find-python.sh
	@echo "==> bot environment (Python 3.11 or newer)"
	@python=$$(sh deploy/find-python.sh) && rm -rf .venv && "$$python" -m venv .venv
	@.venv/bin/pip install --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@.venv/bin/pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	@touch $@

$(NLU_ENV): nlu/requirements.lock nlu/find-python.sh
	@echo "==> Rasa environment (Python 3.10); this takes two or three minutes"
	@python=$$(sh nlu/find-python.sh) && rm -rf nlu/.venv && "$$python" -m venv nlu/.venv
	@nlu/.venv/bin/pip install --disable-pip-version-check --require-hashes -r nlu/requirements.lock
	@touch $@

clean: ## remove environments, models and the local database
	rm -rf .venv nlu/.venv .antam .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
