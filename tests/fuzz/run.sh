#!/bin/sh
# Runs every fuzz target for a while, each on its kept corpus (tests/fuzz/corpus/TARGET), one process a core.
# Usage: tests/fuzz/run.sh BUILD_DIR     LANDFALL_FUZZ_SECONDS (30) is the time of one target.
# LANDFALL_FUZZ_SEED (1) chooses the mutations: fixed in the suite, so that a change does not fail for an input that another
# change could have met; 0 takes a new one, to look for inputs that nobody has seen.
# tests/fuzz/options/TARGET, where it is: further options of libFuzzer for that target.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
[ -f "$build/fuzzers.txt" ] || { echo "no fuzz build in $build: run 'make fuzz'" >&2; exit 1; }
seconds=${LANDFALL_FUZZ_SECONDS:-30}
seed=${LANDFALL_FUZZ_SEED:-1}
export seconds seed build here
mkdir -p "$build/corpus" "$build/artifacts"

one='
target=$1
program=$(find "$build" -type f -name "$target" -perm -u+x | head -n 1)
[ -n "$program" ] || { echo "$target: not built"; exit 255; }
kept=$here/corpus/$target
[ -d "$kept" ] || kept=
options=$(cat "$here/options/$target" 2>/dev/null || true)
mkdir -p "$build/corpus/$target"
if "$program" -seed="$seed" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 $options \
    -artifact_prefix="$build/artifacts/$target-" "$build/corpus/$target" $kept >"$build/artifacts/$target.log" 2>&1; then
    printf "%-36s %s runs\n" "$target" "$(sed -n "s/^stat::number_of_executed_units: //p" "$build/artifacts/$target.log")"
else
    tail -n 60 "$build/artifacts/$target.log"
    echo "$target FAILED"
    exit 255
fi'
grep -v '^$' "$build/fuzzers.txt" | xargs -P "$(nproc)" -I{} sh -c "$one" sh {}
