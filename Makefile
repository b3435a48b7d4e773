# omnitok: every target works on a fresh machine with Python 3.11, Rust, gcc and make, and is idempotent.
.PHONY: help build demo test test-rust test-python sanitize fuzz lint reports vocabulary codecs bench fonts browser clean
.DEFAULT_GOAL := help

PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
PROFILE ?= release
SHARED  ?= ../shared/data
OUT     ?= build/demo

# tiktoken finds its rank files here without a network, where they are present.
ifneq ($(wildcard $(SHARED)/tiktoken-cache),)
export TIKTOKEN_CACHE_DIR := $(abspath $(SHARED)/tiktoken-cache)
endif

help: ## Shows this list.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1" "maturin>=1.16,<2"
	$(BIN)/python -m pip install --quiet --group test --group lint
	touch $@

RUST_SOURCES := $(shell find rust -name '*.rs' -o -name Cargo.toml | grep -v /fuzz/) Cargo.toml Cargo.lock
PYTHON_SOURCES := $(shell find python -name '*.py' -o -name '*.pyi')

$(VENV)/.built: $(VENV)/.installed $(RUST_SOURCES) pyproject.toml
	$(BIN)/maturin develop --profile $(PROFILE) --extras report,corpora,hf,baselines,codecs
	touch $@

build: $(VENV)/.built ## Builds the package and everything it needs into .venv.

demo: build fonts ## Trains on corpora/, reports, builds a vocabulary with images and audio, encodes a document.
	$(BIN)/omnitok train corpora/parallel --out $(OUT)/vocabulary --name omnitok-demo --vocab-size 8000 --min-frequency 1 --force
	$(BIN)/omnitok evaluate -t $(OUT)/vocabulary --baseline o200k_base --baseline cl100k_base
	$(BIN)/omnitok report -t $(OUT)/vocabulary --baseline o200k_base --baseline cl100k_base --out $(OUT)/report --force
	$(BIN)/python scripts/demo_signals.py $(OUT)/signals
	$(BIN)/omnitok codec train $(OUT)/signals/pictures --kind image --codebook-size 256 --out $(OUT)/image.codec.safetensors --force
	$(BIN)/omnitok codec merges $(OUT)/signals/pictures -c $(OUT)/image.codec.safetensors --merges 256 --out $(OUT)/image.merges --force
	$(BIN)/omnitok codec train $(OUT)/signals/sounds --kind speech --codebook-size 64 --out $(OUT)/audio.codec.safetensors --force
	cp scripts/demo.toml $(OUT)/omni.toml
	$(BIN)/omnitok vocab build $(OUT)/omni.toml --out $(OUT)/omni --force
	$(BIN)/omnitok inspect -t $(OUT)/omni
	$(BIN)/omnitok encode -t $(OUT)/omni --special '<|user|>' --text 'What is this?' --image $(OUT)/signals/picture.png \
	  --special '<|model|>' --text 'Rings. Listen:' --voice tara --audio $(OUT)/signals/sound.wav > $(OUT)/document.ids
	$(BIN)/omnitok decode -t $(OUT)/omni $(OUT)/document.ids --out $(OUT)/document --force
	cat $(OUT)/document/document.json
	@echo "the report is on the text it was trained on: $(OUT)/report/report.html"
	@echo "the document is $$(wc -w < $(OUT)/document.ids) ids in $(OUT)/document.ids, and files again in $(OUT)/document/"

test: test-rust test-python ## Builds everything and runs every test.

test-rust:
	cargo test --workspace --exclude omnitok-python --locked

test-python: build fonts browser
	$(BIN)/python -m pytest -q

# Sanitizers are part of the toolchain, but still behind the switch for unfinished features. (The thread sanitizer
# reports races inside the standard library, which is built without it, and Miri is no part of a stable toolchain.)
HOST     := $(shell rustc -vV | sed -n 's/^host: //p')
SANITIZE := RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=address

sanitize: ## Runs the tests of the core, and so its unsafe code, under the address sanitizer.
	$(SANITIZE)" cargo test -p omnitok-core --locked --lib --test encoder --target $(HOST) --target-dir target/sanitize

# What cargo-fuzz asks of the compiler, so that it need not be there.
COVERAGE := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-trace-compares \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
TARGET   ?= $(sort $(basename $(notdir $(wildcard rust/fuzz/fuzz_targets/*.rs))))
SECONDS  ?= 10
FUZZ     := target/fuzz

fuzz: ## Fuzzes the core under the address sanitizer. TARGET=name: one target. SECONDS=n: so long each.
	$(SANITIZE) $(COVERAGE)" cargo build --release --locked --manifest-path rust/fuzz/Cargo.toml --target $(HOST) \
	  --target-dir $(FUZZ)
	for target in $(TARGET); do mkdir -p $(FUZZ)/corpus/$$target; echo "fuzz: $$target"; \
	  $(FUZZ)/$(HOST)/release/$$target -max_total_time=$(SECONDS) -max_len=2048 -len_control=0 -timeout=60 -verbosity=0 \
	    -print_final_stats=1 -artifact_prefix=$(FUZZ)/ $(FUZZ)/corpus/$$target rust/fuzz/seeds/$$target || exit 1; done

lint: build ## Format, lints, types, stubs, import arrows, generated tables.
	cargo fmt --all --check
	cargo fmt --manifest-path rust/fuzz/Cargo.toml --check
	cargo clippy --workspace --all-targets --locked -- --deny warnings
	$(BIN)/ruff format --check python tests scripts bench study docs
	$(BIN)/ruff check python tests scripts bench study docs
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest omnitok._native
	$(BIN)/lint-imports
	$(BIN)/python scripts/generate_unicode_tables.py --check
	$(BIN)/python -m bench render --check
	$(BIN)/python -m study render --check

# Native names in the PNG charts need fonts. Without them charts show English names and say so.
fonts:
	@fc-list 2>/dev/null | grep -qi 'noto.*cjk' || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
	  && apt-get -qq update && apt-get -qq install -y --no-install-recommends fontconfig fonts-noto-core fonts-noto-cjk >/dev/null; } \
	  || echo "fonts: Noto is not installed; charts will use English language names" >&2

# Tests open the report in it. Without it they are skipped.
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
	  && apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; } \
	  || echo "browser: there is no Chromium; tests of the page are skipped" >&2

reports: build fonts ## Measures every vocabulary on ../shared/data, writes reports/o200k-cl100k and reports/tokenizers.
	$(BIN)/python -m study reports
	$(BIN)/python -m bench render

vocabulary: build ## Studies ways to train on ../shared/data, writes reports/vocabulary. ALSO="NAME=FOLDER ...": more rows.
	$(BIN)/python -m study run $(foreach one,$(ALSO),--also $(one))

FASHION := build/study/fashion-mnist
PROMPTS := build/study/prompts

# Fashion-MNIST (MIT), and prompts of telephone exchanges in five languages (CC-BY-SA), as Debian packs them.
$(FASHION): PACKAGES = dataset-fashion-mnist
$(PROMPTS): PACKAGES = $(foreach language,en es fr it ru,asterisk-core-sounds-$(language)-wav)
$(FASHION) $(PROMPTS):
	mkdir -p $@.new && cd $@.new && apt-get download -qq $(PACKAGES) && for one in *.deb; do dpkg -x $$one . || exit 1; done
	rm $@.new/*.deb && mv $@.new $@

codecs: build $(FASHION) $(PROMPTS) ## Trains codecs and merges on images and speech of ../shared/data, writes reports/codecs.
	$(BIN)/python -m study codecs

# Peers live in environments of their own: what they need must not decide what omnitok is built and tested with.
BENCH_VENV := .venv-bench
BENCH_BIN  := $(BENCH_VENV)/bin
WHEELS     := build/bench/wheels

$(BENCH_VENV)/.installed: pyproject.toml bench/peers.py bench/environments.py
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BENCH_BIN)/python -m pip install --quiet --group bench
	$(BENCH_BIN)/python -m bench.environments
	touch $@

$(BENCH_VENV)/.built: $(BENCH_VENV)/.installed $(VENV)/.installed $(RUST_SOURCES) $(PYTHON_SOURCES) pyproject.toml
	rm -rf $(WHEELS)
	$(BIN)/maturin build --quiet --profile $(PROFILE) --out $(WHEELS)
	$(BENCH_BIN)/python -m pip uninstall --quiet --yes omnitok
	$(BENCH_BIN)/python -m pip install --quiet $(WHEELS)/*.whl
	touch $@

bench: $(BENCH_VENV)/.built ## Measures beside the peers, writes reports/bench. QUICK=1: a little. ONLY="row ...": some rows.
	$(BENCH_BIN)/python -m bench run $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY))

clean: ## Removes what was built.
	rm -rf $(VENV) $(BENCH_VENV) $(BENCH_VENV)-rc build target
