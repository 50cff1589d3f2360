#!/bin/sh
# Databases that move, beside PostgreSQL's own tools, its own replication and pgloader. Usage: bench/dbmove/run.sh LANDFALL
set -eu
here=$(dirname "$0")
/usr/bin/python3 "$here/load.py" "$1" 3 20
/usr/bin/python3 "$here/load_mariadb.py" "$1" 3 2000000
/usr/bin/python3 "$here/changes.py" "$1" 3 60000 5000000
