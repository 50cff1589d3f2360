#!/bin/sh
# build.sh OUTDIR KIND: builds a small Debian guest from Debian packages: OUTDIR/KIND.raw and OUTDIR/KIND.ova.
#
#   mini   Debian's cloud kernel and a busybox initramfs on a FAT disk; 48 MiB; logs in about 3 s under TCG
#   sysv   a whole Debian 12 (apt, dpkg, sysvinit, dropbear) on ext4, root by UUID; 560 MiB
#   uefi   the mini guest on a GPT disk with an EFI system partition and GRUB; 80 MiB
#
# Every guest logs to ttyS0, takes an address by DHCP, switches off at the power button, and applies user data
# (files/user-data.sh). A result is kept until a file of this folder or the kernel package changes.
# Needs the packages marked `test` in packages.txt and a loaded package list (apt-get update); sysv needs root.
# Everything temporary lives in one directory under OUTDIR, which goes also when the build fails; the one mount
# (sysv) is made in a mount namespace of its own, so it ends with the process that made it.
set -eu
[ $# -eq 2 ] || { echo "usage: $0 OUTDIR mini|sysv|uefi" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
kind=$2
here=$(cd "$(dirname "$0")" && pwd)
case $kind in mini | sysv | uefi) ;; *) echo "$0: no such guest: $kind" >&2; exit 2 ;; esac
PATH=$PATH:/usr/sbin:/sbin
export PATH

# Only one build of a guest at a time; the second finds the first one's result.
exec 9>"$out/.$kind.lock"
flock 9

. "$here/packages.sh"
inputs=$(cd "$here" && find . -type f ! -name '*_test.py' ! -name '*.md' | LC_ALL=C sort | xargs sha256sum | sha256sum |
    cut -d' ' -f1)
built=$(cat "$out/$kind.stamp" 2>/dev/null || true)
[ -f "$out/$kind.ova" ] && [ -f "$out/$kind.raw" ] || built=
# Without package lists (an offline machine) any kernel will do, if the scripts have not changed since.
kernel_package=$(newest_kernel_package) || {
    [ "${built%% *}" = "$inputs" ] || exit 1
    kernel_package=${built#* }
}
stamp="$inputs $kernel_package"
if [ "$built" = "$stamp" ]; then
    echo "$out/$kind.ova is up to date"
    exit 0
fi

rm -rf "$out/.$kind".??????  # what a killed build left; the lock is ours
work=$(mktemp -d "$out/.$kind.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
rm -f "$out/$kind.stamp"

case $kind in
mini | uefi)
    unpack_kernel "$kernel_package" "$work/kernel"
    "$here/make_initramfs.sh" "$work/kernel" stay "$work/initrd"
    vmlinuz=$(echo "$work"/kernel/boot/vmlinuz-*)
    if [ "$kind" = mini ]; then
        "$here/make_fat_disk.sh" bios "$vmlinuz" "$work/initrd" "$work/disk.raw"
        firmware=bios
    else
        "$here/make_fat_disk.sh" uefi "$vmlinuz" "$work/initrd" "$work/disk.raw"
        firmware=efi
    fi ;;
sysv)
    [ "$(id -u)" = 0 ] || { echo "$0: sysv needs root (it keeps file owners and mounts the new disk)" >&2; exit 1; }
    debian_root "$work/root"
    "$here/tune_sysv.sh" "$work/root"
    "$here/make_ext4_disk.sh" "$work/root" 560 "$work/disk.raw"
    firmware=bios ;;
esac
"$here/make_ova.py" --name "$kind" --firmware "$firmware" "$work/guest.ova" "$work/disk.raw"
mv "$work/disk.raw" "$out/$kind.raw"
mv "$work/guest.ova" "$out/$kind.ova"
echo "$stamp" >"$out/$kind.stamp"
echo "$out/$kind.ova is built"
