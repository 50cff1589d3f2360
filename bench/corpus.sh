#!/bin/sh
# corpus.sh WORK: a disk of real file-system content, made once: WORK/content.raw (2 GiB of /usr in ext4 and 1 GiB free)
# and WORK/content.vmdk (the same as streamOptimized).
set -eu
work=$1
[ -f "$work/content.vmdk" ] && [ -f "$work/content.raw" ] && exit 0
root=$(mktemp -d "$work/root.XXXXXX")
trap 'rm -rf "$root"' EXIT
trap 'exit 1' HUP INT TERM
left=$((2 * 1024 * 1024))
for folder in /usr/lib/x86_64-linux-gnu /usr/lib/gcc /usr/lib/llvm-14 /usr/bin /usr/share /usr/include /usr/sbin; do
    [ -d "$folder" ] && [ $left -gt 0 ] || continue
    size=$(du -sk "$folder" | cut -f1)
    [ "$size" -le $left ] || continue
    mkdir -p "$root$folder"
    cp -a "$folder/." "$root$folder"
    left=$((left - size))
done
rm -f "$work/content.raw"
truncate -s 3G "$work/content.raw"
mke2fs -q -t ext4 -b 4096 -d "$root" -E lazy_itable_init=1 "$work/content.raw"
qemu-img convert -f raw -O vmdk -o subformat=streamOptimized "$work/content.raw" "$work/content.vmdk.part"
mv "$work/content.vmdk.part" "$work/content.vmdk"
