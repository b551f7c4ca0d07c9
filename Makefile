# make demo: sets up .venv and runs everything once, on drawn faces or on DATA=RAW, into OUT, which
# belongs to one data set: OUT=FOLDER if build/demo holds another.
# make test: sets up .venv, lints, checks types, and runs every test; with PYTEST=--cov, measures
# what share of the package's lines they run.
# make beam: an environment of its own, build/beam, with Apache Beam, and the tests that need it.
# make wheel: the package with its flag files and its model, in build/wheel.
# make docs: the API reference, made from the docstrings, in build/docs.
# make soak: thousands of damaged files, albums and trainings that are killed, a full disk: an hour.
# make golden: keeps the eyes that the package's model opens now as those that the tests expect.
# make lock: writes requirements.txt again after a change of setup.py; LOCK=--upgrade for later versions.

VENV := .venv
PYTHON := $(VENV)/bin/python
INSTALLED := $(VENV)/installed
DATA :=
OUT := build/demo
LOCK :=
PYTEST :=

.PHONY: install demo test beam soak golden lint format lock wheel docs

install: $(INSTALLED)

demo: $(INSTALLED)
	$(PYTHON) -m exgan_tf demo --output_dir="$(OUT)" $(if $(DATA),--data="$(DATA)")

test: lint
	$(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST)

# Separate, as Beam requires earlier releases of some libraries than are locked.
beam:
	sh tools/make_environment.sh build/beam
	build/beam/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	build/beam/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e .[beam]
	build/beam/bin/python -m pytest tests/test_beam.py

wheel: $(INSTALLED)
	$(PYTHON) -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	  --wheel-dir build/wheel .

docs: $(INSTALLED)
	$(PYTHON) -m pdoc --docformat google --output-directory build/docs \
	  exgan_tf '!exgan_tf.cli' '!exgan_tf.__main__'

soak: $(INSTALLED)
	$(PYTHON) -m benchmarks.mutated_pictures --num_files=10000
	$(PYTHON) -m benchmarks.hostile_folders --num_files=1000
	$(PYTHON) -m benchmarks.soak_runs --soak_dir=build/soak

golden: $(INSTALLED)
	$(PYTHON) -m pytest --golden tests/photo/test_pretrained.py

lint: $(INSTALLED)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy --cache-dir build/mypy

format: $(INSTALLED)
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

# Versions that are locked already stay, unless LOCK says otherwise.
lock: $(INSTALLED)
	$(PYTHON) -m venv build/uv
	build/uv/bin/python -m pip install --quiet uv
	build/uv/bin/uv pip compile --quiet --no-header --no-annotate --no-emit-index-url \
		--no-emit-find-links --python $(PYTHON) --extra test --extra docs --extra tfds --extra web $(LOCK) setup.py -o requirements.txt

# Touched last, so that an interrupted installation is done again.
$(INSTALLED): requirements.txt setup.py exgan_tf/__init__.py
	sh tools/make_environment.sh $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@
