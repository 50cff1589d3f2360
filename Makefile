# The short commands. `./demo` and `./test` need no make; everything here stands on CMake's presets.
JOBS ?= $(shell nproc)

.PHONY: build run test bench measure-convert measure-functions measure-structure bench-dbmove fuzz asan tsan clean

build:
	@cmake --preset release -Wno-dev >/dev/null
	@cmake --build build/release -j $(JOBS)

run: build
	build/release/bin/landfall server --data $${LANDFALL_DATA:-build/data} --listen 127.0.0.1:4566

test:
	./test

bench:
	tools/install_packages.sh build run test bench
	@cmake --preset release -Wno-dev -DLANDFALL_BENCH=ON >/dev/null
	@cmake --build build/release -j $(JOBS)
	bench/run.sh build/release

# What of real schemas converts, beside ora2pg: the corpus and its harness (HARNESS) are not a part of the repository.
HARNESS ?= ../shared/convert
measure-convert: build
	bench/convert/coverage.sh build/release/bin/landfall $(HARNESS)

# Oracle's functions, a value each, beside what Oracle gives.
measure-functions: build
	/usr/bin/python3 bench/convert/functions.py build/release/bin/landfall $(HARNESS)

# Converted schemas beside those that their projects wrote for PostgreSQL by hand: nothing may be lost.
measure-structure: build
	/usr/bin/python3 bench/convert/structure.py build/release/bin/landfall $(HARNESS)

# Databases that move, beside PostgreSQL's own tools: the last part of `make bench`.
bench-dbmove: build
	tools/install_packages.sh build run bench
	bench/dbmove/run.sh build/release/bin/landfall

fuzz:
	@cmake --preset fuzz -Wno-dev >/dev/null
	@cmake --build build/fuzz -j $(JOBS) --target fuzzers

asan:
	@cmake --preset dev -Wno-dev >/dev/null
	@cmake --build build/dev -j $(JOBS)
	ctest --test-dir build/dev -L unit --output-on-failure

tsan:
	@cmake --preset tsan -Wno-dev >/dev/null
	@cmake --build build/tsan -j $(JOBS)
	ctest --test-dir build/tsan -L unit --output-on-failure

clean:
	rm -rf build
