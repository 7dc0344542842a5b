# Two commands: `make demo` runs every study on phantoms, `make test` runs what CI checks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# uv does not read pip's settings; hand them on where they are set.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
export UV_SYSTEM_CERTS ?= 1
# Compile once here: otherwise every job of the workflow compiles torch and Snakemake anew.
export UV_COMPILE_BYTECODE := 1

.PHONY: demo test fuzz docs audit install clean
install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python >= 3.11 is needed: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv -c constraints.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[dev]' \
	  || $(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@

demo: install
	$(BIN)/snakemake --cores all --resources gpu=1
	@echo "The report: results/report/index.html"

test: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/codespell
	$(BIN)/python -m pytest -n auto --dist loadfile

# 20,000 damaged inputs, from another seed at each call.
fuzz: install
	SEGREPRO_FUZZ=20000 SEGREPRO_FUZZ_SEED=$$(date +%s) $(BIN)/python -m pytest -n auto tests/reliability/test_fuzz.py

docs: install
	$(BIN)/zensical build --clean --strict
	@echo "The documentation: site/index.html"

# Known holes in the pinned versions; needs the network, for the tool and for the list of holes.
audit: install
	$(BIN)/uv tool run pip-audit --strict --requirement constraints.txt --no-deps --disable-pip

clean:
	rm -rf work results logs site .snakemake
