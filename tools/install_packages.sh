#!/bin/sh
# Installs the Debian packages of packages.txt that are not there yet. Needs root or sudo only when one is missing.
# Usage: tools/install_packages.sh [PART …]   PART = build | run | test | bench; without one, build run test.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- build run test

wanted=$(awk -v parts="$*" 'BEGIN { n = split(parts, p, " "); for (i = 1; i <= n; i++) want[p[i]] = 1 }
    !/^#/ && NF == 2 && want[$2] { print $1 }' packages.txt)
# The JavaScript clients need Node.js; a machine that has its own keeps it.
case " $* " in *" test "*) command -v npm >/dev/null 2>&1 || wanted="$wanted nodejs npm" ;; esac

missing=
for package in $wanted; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "need root or sudo to install:$missing" >&2; exit 1; }
    as_root=sudo
fi
echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of words on purpose
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
