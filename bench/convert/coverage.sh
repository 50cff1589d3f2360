#!/bin/sh
# What the converter reaches on the corpus of real schemas beside ora2pg, by the measuring harness that is not a part of
# this repository. Usage: bench/convert/coverage.sh LANDFALL HARNESS_DIR   (make measure-convert does it)
set -eu
landfall=$(realpath "$1")
harness=$(realpath "$2")
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d /var/tmp/landfall-coverage-XXXXXX)
chmod 755 "$work"
export SCT_PG="$work/pg" SCT_RUN="$work/run"
stop() {
    sh "$harness/pg.sh" stop > "$work/stop.log" 2>&1 || cat "$work/stop.log"
    rm -rf "$work"
}
trap stop EXIT
sh "$harness/pg.sh" start > "$work/start.log" 2>&1 || { cat "$work/start.log"; exit 1; }
measure() {
    /usr/bin/python3 "$harness/measure.py" --dsn "host=$SCT_RUN port=54329 user=postgres" --work "$work/files" \
        --timeout 3600 --label "$1" --converter "$2" | sed -n '/^## SCORED/,$p'
}
echo "landfall"
measure landfall "$landfall convert --layout objects --in {in} --out {out}"
if command -v ora2pg > "$work/which"; then
    echo "ora2pg $(ora2pg --version | sed 's/.*v//')"
    measure ora2pg "/usr/bin/python3 $here/peer.py $harness/orasplit.py {in} {out}"
fi
