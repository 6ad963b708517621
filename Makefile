# Two commands on a fresh machine with Python 3.11 or newer: `make demo` and `make test`.
# The first of them sets up .venv; later ones see by the stamps that nothing has changed.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
TOOLS := .venv/.tools
READY := .venv/.ready
# One more than cores: tests of a silent Stripe wait, and somebody else may work meanwhile.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
ARGS ?=

# Where this is set, each of the hundreds of processes of a run compiles all of Taper again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test quick nightly check format lock bench clean

demo: $(READY)
	$(BIN)/taper demo $(ARGS)

test: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not nightly" $(ARGS)

quick: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --one-database \
		-m "not nightly and not long and not browser" $(ARGS)

nightly: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(TOOLS)
	for kind in base dev; do \
		$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
			--generate-hashes --no-emit-index-url requirements/$$kind.in \
			-o requirements/$$kind.txt || exit 1; \
	done

bench: $(READY)
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis var

$(TOOLS):
	@test -n "$(PYTHON)" || { echo "Taper needs Python 3.11 or newer." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

$(READY): $(TOOLS) requirements/dev.txt pyproject.toml
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@
