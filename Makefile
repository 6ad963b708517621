# Two commands on a fresh machine with Python 3.11 or later: `make demo` and `make test`.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help demo test nightly check bench lock clean

help:
	@echo "make demo    a group of studios lives through fourteen months, then its site is served"
	@echo "make test    every test, on SQLite and on a PostgreSQL of its own"
	@echo "make check   style, formatting and types"
	@echo "make nightly the long tests too      make bench   the figures      make lock   requirements"

# All set-up: an own environment with the locked requirements, and this project in it.
$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Taper needs Python 3.11 or later")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet requirements/dev.txt
	$(BIN)/uv pip install --quiet --no-deps --editable .
	@touch $(READY)

demo: $(READY)
	$(BIN)/taper demo $(ARGS)

test: $(READY)
	$(BIN)/python -m pytest -n auto -m "not nightly" $(ARGS)

nightly: $(READY)
	$(BIN)/python -m pytest -n auto $(ARGS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

bench: $(READY)
	$(BIN)/python -m benchmarks

# The lock names no registry, so that any mirror serves.
lock: $(READY)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url requirements/base.in -o requirements/base.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url requirements/dev.in -o requirements/dev.txt

clean:
	rm -rf .venv var .pytest_cache .ruff_cache .hypothesis
