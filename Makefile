# Two commands: `make demo` runs every study on phantoms, `make test` runs what CI checks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ifdef GPU
# PyPI's torch, with the CUDA libraries of constraints.txt: another wheel of the same version may be there already.
export UV_FIND_LINKS :=
REINSTALL := --reinstall-package torch
else ifdef PIP_FIND_LINKS
# uv does not read pip's settings; hand them on where they are set.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
else
# Without CUDA torch takes 0.2 GB to download, with it 2.7 GB.
export UV_TORCH_BACKEND ?= cpu
endif
export UV_SYSTEM_CERTS ?= 1
# Compile once here: otherwise every job of the workflow compiles torch and Snakemake anew.
export UV_COMPILE_BYTECODE := 1

.PHONY: demo test fuzz docs audit install lock dist clean
install: $(VENV)/.dev$(GPU)

# The extra that is installed is in the stamp's name: `workflow` runs the demo, `dev` has that and the tests' tools.
$(VENV)/.dev$(GPU) $(VENV)/.workflow$(GPU): $(VENV)/.%$(GPU): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python >= 3.11 is needed: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv -c constraints.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt $(REINSTALL) -e '.[$*]' \
	  || $(BIN)/python -m pip install --quiet -c constraints.txt -e '.[$*]'
	touch $@ $(VENV)/.workflow$(GPU)

demo: $(VENV)/.workflow$(GPU)
	$(BIN)/snakemake --cores all --resources gpu=1
	@echo "The report: results/report/index.html"

test: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow rules
	$(BIN)/codespell
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

# 20,000 damaged inputs, from another seed at each call.
fuzz: install
	SEGREPRO_FUZZ=20000 SEGREPRO_FUZZ_SEED=$$(date +%s) $(BIN)/python -m pytest -n auto tests/reliability/test_fuzz.py

docs: install
	$(BIN)/zensical build --clean --strict
	@echo "The documentation: site/index.html"

# Known holes in the pinned versions; needs the network, for the tool and for the list of holes.
audit: install
	$(BIN)/uv tool run pip-audit --strict --requirement constraints.txt --no-deps --disable-pip

# constraints.txt from pyproject.toml: all extras, every system and Python, the CUDA libraries too; envs/ gets the same
# versions. Pins stay unless they no longer fit; `make lock UPGRADE=1` takes the newest of everything.
# Without a folder of wheels, which may hold a torch that needs no CUDA.
lock: install
	UV_FIND_LINKS= $(BIN)/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --all-extras \
	  $(if $(UPGRADE),--upgrade) --no-annotate --no-header --output-file constraints.txt
	$(BIN)/python envs/pin.py

# Wheel and source distribution, as a registry takes them.
dist: install
	rm -rf dist
	$(BIN)/python -m build --outdir dist
	$(BIN)/twine check --strict dist/*

clean:
	rm -rf work results logs site dist build .snakemake
