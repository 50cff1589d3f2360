#!/bin/sh
# Prints the figures of the README beside their peers. Usage: bench/run.sh BUILD_DIR   (make bench does it)
# Everything temporary is under BUILD_DIR/bench-work; corpora are kept there between runs.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$build/bench-work
mkdir -p "$work"

echo "machine: $(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(awk '/MemTotal/ {printf "%.0f GiB", $2/1048576}' /proc/meminfo), $(uname -sr), $(df --output=fstype "$work" | tail -n 1)"
echo "load before: $(cut -d' ' -f1-3 /proc/loadavg)"
"$here/corpus.sh" "$work"
python3 "$here/server.py" "$build" "$work"

# The parts by themselves: CPU per request; the block store beside restic and borg; decoding beside qemu-img;
# policies, signatures, the wire, the store of state, collections.
"$build/bench/http_load_bench"
"$build/bench/peers_bench" --image "$work/content.raw" --rounds 3
"$build/bench/images_import_bench" --folder "$work" --rounds 3
for part in policy verify wire store collect; do
    "$build/bench/${part}_bench"
done

# Queues beside RabbitMQ, Redis and PostgreSQL; the engine beside the disk's own limit.
python3 "$here/messages.py" "$build" "$work"
"$build/bench/broker_bench" "$work" 5 1000000

# Conversion of schemas: lines a second, and how that grows with the size of a file.
python3 "$here/convert/speed.py" "$build/bin/landfall" 5

# Databases that move: beside pipes of COPY, pg_dump, pgcopydb, and logical replication.
"$here/dbmove/run.sh" "$build/bin/landfall"
