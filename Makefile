# Firesteel: `make demo` shows it, `make test` checks it, `make bench` measures it. Each sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# A user's own Python environment must not leak into ours.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV SPARK_HOME SPARK_CONF_DIR SPARK_REMOTE PYSPARK_SUBMIT_ARGS

.PHONY: setup build demo check test test-ui test-metrics test-crash test-client fuzz bench clean help

help:
	@echo "make setup | build | demo | check | test | test-ui | test-metrics | test-crash | test-client | fuzz | bench | clean"

setup: $(READY)

$(READY): requirements.txt python/pyproject.toml python/firesteel-startup.pth
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $(READY)

build: setup
	cargo build --release --bin firesteel

demo: build
	$(BIN)/python examples/flight_delays.py

check: setup
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --config-file python/pyproject.toml python/firesteel

test: check build
	cargo test --release --workspace
	$(BIN)/python -m pytest -q python/tests tests --ignore tests/ui

# The web UI in a headless Chromium; the pictures of docs/monitoring.md are taken here.
test-ui: build
	command -v chromium > /dev/null || apt-get install -y --no-install-recommends chromium
	mkdir -p docs/images
	FIRESTEEL_SCREENSHOTS=docs/images $(BIN)/python -m pytest -q tests/ui

# Metrics in real receivers: Debian's packages. On another system install them by hand.
test-metrics: build
	PATH="$$PATH:/usr/sbin"; for receiver in promtool carbon-cache gmond collectd; do command -v $$receiver || missing=1; done; \
		test -z "$$missing" || apt-get install -y --no-install-recommends prometheus graphite-carbon ganglia-monitor collectd-core
	PATH="$$PATH:/usr/sbin" FIRESTEEL_TEST_RECEIVERS=1 $(BIN)/python -m pytest -q tests/monitor

test-crash: build
	FIRESTEEL_CRASHES=200 $(BIN)/python -m pytest -q tests/crash
	FIRESTEEL_CRASHES=50 cargo test --release --package firesteel-dstream --test crash

# How many of the functions that PySpark exports are known.
coverage: build
	$(BIN)/python tests/reference/function_coverage.py

# The tests that come with Apache's Rust client, against a server of ours.
test-client: build
	$(BIN)/python tests/client/run.py

# Bytes from outside, `SECONDS_EACH` for each target; needs a nightly compiler and `cargo install cargo-fuzz`.
SECONDS_EACH ?= 120
fuzz: setup
	cd fuzz && for target in sql_text event_log settings_files; do \
		cargo +nightly fuzz run -s none $$target -- -max_total_time=$(SECONDS_EACH) -timeout=20 || exit 1; done

# Apache Spark, which the benchmarks compare with, has an environment of its own; it needs Java.
SPARK_VENV := .venv-spark

$(SPARK_VENV)/.ready: benches/requirements.txt
	test -x $(SPARK_VENV)/bin/python || $(PYTHON) -m venv $(SPARK_VENV)
	$(SPARK_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r benches/requirements.txt
	touch $@

# Sail and DuckDB have theirs.
SAIL_VENV := .venv-sail

$(SAIL_VENV)/.ready: benches/requirements-sail.txt
	test -x $(SAIL_VENV)/bin/python || $(PYTHON) -m venv $(SAIL_VENV)
	$(SAIL_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r benches/requirements-sail.txt
	touch $@

# BENCH="--only ad_events --runs 1" chooses.
bench: build $(SPARK_VENV)/.ready $(SAIL_VENV)/.ready
	$(BIN)/python benches/compare.py --spark $(SPARK_VENV)/bin/python --sail $(SAIL_VENV)/bin/python $(BENCH)

clean:
	rm -rf target $(VENV) $(SPARK_VENV) $(SAIL_VENV)
