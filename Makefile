# make setup     install the system libraries that are missing (apt or Homebrew); quick when all is there
# make build     debug build of everything
# make run       set-up, release build, then the main job: three versions of a table on a folder board
# make test      set-up, then every test
# make test-s3   boards in buckets against four S3 servers (S3_SERVERS=moto,rclone,nanio,localbucket)
# make test-scale  a board of 100,000 commits and 10,000 pins, written commit by commit (half an hour)
# make bench-s3  requests and bytes on boards in buckets, beside pins for Python over s3fs
# make check     lint, then test
# make lint      the formatter's rules and all warnings, which are errors
# make format    rewrite the sources as the formatter wants them
# make bench     micro benchmarks, the reach, other tools, memory (BENCH_SIZE=256MiB, REACH_SIZE=512MB)
# make series    bytes stored by this tool and others over many kinds of data (SERIES_SIZE=64MiB)
#                STUDY_OPTIONS="--update --series csv,feather" measures those again and keeps the rest
# make grid      the same for this tool alone, by chunk size, level and closure (GRID_SIZE=32MiB)
# make study     both
# make large     a 1 GB file edited and a 20 GB stream: bytes stored, peak memory (LARGE_GIB=20)
# make instructions  count instructions under callgrind against committed thresholds; installs valgrind
# make scale     the index of 16 million chunks, small pins one after another, a list of 10,000 pins
# make vectors   make the golden vectors again; fails if they differ from the committed ones
# make mutants   switch each check off (fsyncs, digests, limits, rules of the protocol) and print the
#                test that notices; fails if none does
# make api-changes  what is public in the libraries and was not kept since SINCE=a tag or commit
# make docs      the documentation of every library as pages, in .build/docs
# make install   the command, libpins, pins.h and pins.pc (PREFIX=/usr/local, DESTDIR=)
# make wheel     the Python package with libpins inside, in .build/wheels
# make wheel-manylinux  the same with every library inside, for any Linux that is new enough
# make test-c    the C library: plainly, sanitized, linked statically, under valgrind
# make test-python  the Python package with pandas, pyarrow, DuckDB and pins for Python
# make test-ranges  pandas reads a part of a 1 GB pin; the bytes that are fetched are counted
# make test-r    R reads and writes our plain boards, and Examples/R; installs R (about 100 MB)
# make test-examples  a backend and a coder as others write them, in Examples
# make fuzz      fuzz the decoders (SECONDS=60, over all of them)
# make test-connect  boards on Posit Connect against the stand-in of Tests/ConnectServer: its own
#                tests, those of pins for Python, ours, and the page in Chromium where there is one
# make torture   power cuts, races and processes that are killed (SECONDS=60 SEED=a number)
# make sanitize  unit tests under the address and the thread sanitizer
# make clean     remove everything that was built
# make help      this list

SWIFT ?= swift
BENCH_SIZE ?= 256MiB
REACH_SIZE ?= 512MB
SERIES_SIZE ?= 64MiB
GRID_SIZE ?= 32MiB
STUDY_OPTIONS ?=
LARGE_GIB ?= 20
SECONDS ?= 60
SEED ?=

# A backtracer that waits for a terminal would hang a test of a crash.
export SWIFT_BACKTRACE = enable=no
# The Python that has the module zstandard, for the second decoder; see Scripts/python.sh.
export PINS_PYTHON = $(shell Scripts/python.sh 2>/dev/null)
# Homebrew's libcsv has no pkg-config file that would say where it is.
ifeq ($(shell uname),Darwin)
export CPATH = $(shell brew --prefix)/include
export LIBRARY_PATH = $(shell brew --prefix)/lib
endif

FORMATTED = Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources \
  $(addprefix Examples/SQLiteBackend/,Package.swift Sources Tests)

.PHONY: help docs setup build run test test-s3 check lint format bench large instructions vectors fuzz torture sanitize clean scale series grid study

help:
	@sed -n 's/^# \(make .*\|  .*\)/\1/p' Makefile

setup:
	@Scripts/setup.sh

build: setup
	$(SWIFT) build

run: setup
	$(SWIFT) build -c release --product pins
	Scripts/run-demo.sh

# The last line of the log is the test runner's own.
test: setup
	@Scripts/s3-setup.sh >/dev/null || true
	$(SWIFT) build --build-tests
	Scripts/test-bindings.sh
	$(SWIFT) test --skip-build --disable-xctest

PREFIX ?= /usr/local
RANGE_MB ?= 1000

.PHONY: install wheel wheel-manylinux test-c test-python test-r test-ranges test-examples

install: setup
	Scripts/install.sh $(PREFIX)

wheel: setup
	Scripts/libpins.sh release .build/libpins-release --shared-only
	Bindings/python/wheel.sh .build/libpins-release .build/wheels
	Bindings/python/installed.sh .build/wheels

wheel-manylinux: wheel
	Bindings/python/manylinux.sh .build/wheels .build/wheels-manylinux

test-c:
	@Scripts/setup.sh valgrind
	Scripts/libpins.sh debug .build/libpins-debug
	for mode in plain asan static valgrind; do \
	  Tests/CLibrary/run.sh .build/libpins-debug $$mode || exit 1; done
	CONFIGURATION=debug Tests/CLibrary/installed.sh

test-python: setup
	$(SWIFT) build --product pins
	Scripts/libpins.sh debug .build/libpins-debug --shared-only
	PINS_COMMAND=$$($(SWIFT) build --show-bin-path)/pins \
	  Bindings/python/run-tests.sh .build/libpins-debug
	Bindings/python/installed.sh .build/python-tests/wheels

test-r:
	@Scripts/r-setup.sh
	$(SWIFT) build --product pins
	Scripts/libpins.sh debug .build/libpins-debug --shared-only
	python3 -B Tests/R/run.py $$($(SWIFT) build --show-bin-path)/pins .build/libpins-debug

test-ranges: setup
	Scripts/libpins.sh release .build/libpins-release --shared-only
	PINSFS_RANGE_MB=$(RANGE_MB) Bindings/python/run-tests.sh .build/libpins-release -s -k fetches

test-examples: setup
	$(SWIFT) test --package-path Examples/SQLiteBackend --disable-xctest

S3_SERVERS ?= moto,rclone,nanio,localbucket

test-s3: setup
	Scripts/s3-setup.sh
	$(SWIFT) build --build-tests
	PINS_S3_SERVERS=$(S3_SERVERS) $(SWIFT) test --skip-build --disable-xctest --filter PinsS3Tests

.PHONY: test-scale bench-s3
test-scale: setup
	@Scripts/s3-setup.sh >/dev/null || true
	$(SWIFT) build --build-tests
	PINS_SCALE=long $(SWIFT) test --skip-build --disable-xctest --filter ScaleTests

bench-s3: setup
	SWIFT="$(SWIFT)" Benchmarks/s3-requests.sh

check: lint test

API_PRODUCTS = PinEngine Pins PinsCoding PinsWeb PinsS3 PinsConnect PinTesting

.PHONY: api-changes
api-changes: setup
	@test -n "$(SINCE)" || { echo "name a tag or commit: make api-changes SINCE=v0.1.0" >&2; exit 64; }
	$(SWIFT) package diagnose-api-breaking-changes $(SINCE) --products $(API_PRODUCTS)

docs: setup
	Scripts/docs.sh

lint:
	$(SWIFT) format lint --strict --parallel --recursive $(FORMATTED)
	$(SWIFT) build

format:
	$(SWIFT) format --in-place --parallel --recursive $(FORMATTED)
	python3 Scripts/wrap-comments.py $$(git ls-files 'Sources/*.swift' 'Tests/*.swift')

bench: setup
	$(SWIFT) build -c release --product pins
	$(SWIFT) build -c release --package-path Benchmarks
	Benchmarks/hf-xet/setup.sh
	Benchmarks/.build/release/pins-micro --results Benchmarks/Results
	Benchmarks/.build/release/pins-reach --size $(REACH_SIZE) --results Benchmarks/Results
	Benchmarks/.build/release/pins-compare --size $(BENCH_SIZE) --results Benchmarks/Results
	Benchmarks/.build/release/pins-memory --results Benchmarks/Results

# pyarrow and hf-xet are no part of the project's own set-up: they serve the study alone.
STUDY_VENV = .build/study-venv
STUDY = Benchmarks/.build/release/pins-series --python $(STUDY_VENV)/bin/python \
  --results Benchmarks/Results

$(STUDY_VENV)/done: Benchmarks/requirements.txt
	python3 -m venv $(STUDY_VENV)
	$(STUDY_VENV)/bin/python -m pip install --quiet --requirement $<
	touch $@

.PHONY: study-programs
study-programs: setup $(STUDY_VENV)/done
	$(SWIFT) build -c release --product pins
	$(SWIFT) build -c release --package-path Benchmarks --product pins-series

series: study-programs
	$(STUDY) --size $(SERIES_SIZE) $(STUDY_OPTIONS)

grid: study-programs
	$(STUDY) --grid --size $(GRID_SIZE) --versions 4 --releases 4 $(STUDY_OPTIONS)

study: series grid

large: setup
	$(SWIFT) build -c release --product pins
	Scripts/large-file.sh $(LARGE_GIB)

instructions:
	@Scripts/setup.sh valgrind
	Benchmarks/instructions.sh

scale: setup
	$(SWIFT) build -c release --product pins
	$(SWIFT) build -c release --package-path Benchmarks --product pins-scale
	Benchmarks/.build/release/pins-scale index
	Benchmarks/.build/release/pins-scale small-pins --count 10000
	Benchmarks/.build/release/pins-scale list
	Benchmarks/.build/release/pins-scale small-pins --plain --count 1000
	Benchmarks/.build/release/pins-scale list --plain --count 1000

vectors: setup
	PINS_WRITE_VECTORS=1 $(SWIFT) test --disable-xctest --filter VectorGeneration
	@test -z "$$(git status --porcelain Tests/Vectors)" || \
	  { git --no-pager diff --stat Tests/Vectors; git status --short Tests/Vectors; \
	    echo "the vectors have changed: that is a change of the format"; exit 1; }

.PHONY: mutants
mutants: setup
	$(SWIFT) build --build-tests
	Scripts/mutants.sh

fuzz: setup
	Tests/Fuzz/run $(SECONDS)

.PHONY: test-connect
test-connect: setup
	cd Tests/ConnectServer && python3 -B -m unittest
	Tests/ConnectServer/run-pins-suite.sh
	$(SWIFT) test --disable-xctest --filter 'PinsConnectTests|ConnectTests'
	Tests/ConnectServer/check-page.sh .build/debug/pins

torture: setup
	$(SWIFT) build --build-tests
	$(SWIFT) build -c release --product pins-torture
	Scripts/torture.sh $(SECONDS) $(SEED)

sanitize: setup
	Tests/Sanitize/run address
	Tests/Sanitize/run thread

clean:
	rm -rf .build .build-* Benchmarks/.build Demo
