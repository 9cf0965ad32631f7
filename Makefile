# Every path is relative, so that the checkout may lie anywhere, also under a path with a space in it.
PYTHON_VENV := .venv/bin/python

# Of gpu-check alone, which makes no environment: the interpreter, where results go, the device, stages to rerun, seconds.
PYTHON ?= python3
OUT ?= lanescope-out
DEVICE ?= cuda:0
ONLY ?=
BUDGET ?= 470

# Of fuzz alone: which readers (all, if none is named) and how long each.
READER ?=
SECONDS ?= 900

.PHONY: help setup demo test lint bench gpu-check fuzz clean

help:
	@echo 'make demo    run the showpiece on a simulated GPU'
	@echo 'make test    lint, types, import contracts and all tests'
	@echo 'make lint    lint, formatting, types and import contracts alone'
	@echo 'make bench   measure what is claimed about speed; writes docs/benchmarks.md'
	@echo 'make gpu-check  measure and check a GPU in 8 minutes, with any python3 that has numpy, pyarrow, cuda-bindings'
	@echo 'make fuzz    throw bytes at the readers, guided by coverage; READER=chrome SECONDS=900'
	@echo 'make clean   remove environments, caches and build outputs'

setup:
	@sh scripts/bootstrap.sh

demo: setup
	@$(PYTHON_VENV) examples/demo.py

test: setup
	@$(PYTHON_VENV) -m pytest -n 2 --dist worksteal

lint: setup
	@$(PYTHON_VENV) -m pytest -q tests/packaging/test_lint.py tests/packaging/test_types.py tests/packaging/test_contracts.py

bench: setup
	@$(PYTHON_VENV) benchmarks/run.py

gpu-check:
	@"$(PYTHON)" -m profiler.experiment.gpu_check --out "$(OUT)" --device "$(DEVICE)" --only "$(ONLY)" --seconds "$(BUDGET)"

# An environment of its own: atheris has wheels for some interpreters only, and the tests do not need it.
.venv-fuzz/bin/python: pyproject.toml
	@"$(PYTHON)" -m venv .venv-fuzz
	@.venv-fuzz/bin/python -m pip install --quiet --no-input --editable . atheris==3.0.0 coverage==7.17.5 hypothesis
	@touch $@

fuzz: .venv-fuzz/bin/python
	@PYTHONPATH=. .venv-fuzz/bin/python tests/fuzz/run.py $(SECONDS) $(READER)

clean:
	rm -rf .venv .venv-bench .venv-fuzz build dist lanescope-out .coverage
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
