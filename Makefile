# 只需要 Python（≥3.11）和 make；其余的由 make 自己装进 $(VENV)。
PYTHON ?= python3
VENV ?= .venv
# make bench BENCH="--rows 1000 --runs 3"：只试一部分
BENCH ?=
BIN = $(VENV)/bin
READY = $(VENV)/.ready
BENCH_READY = $(VENV)/.bench-ready

.PHONY: demo test check soak bench format clean

demo: $(READY)
	rm -rf demo-workspace
	$(BIN)/zmn demo demo-workspace

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not soak"

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/unit/test_import_table.py

soak: $(READY)
	ZMN_SOAK=1 $(BIN)/python -m pytest -m "soak or search"

bench: $(BENCH_READY)
	$(BIN)/python -m benchmarks $(BENCH)

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $(READY)

$(BENCH_READY): $(READY)
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	touch $(BENCH_READY)

clean:
	rm -rf $(VENV) demo-workspace build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
