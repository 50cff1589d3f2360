#!/bin/sh
# make_ext4_disk.sh ROOT MIB OUT: a raw MBR disk with one ext4 partition filled from the directory ROOT, its root
# found by UUID, started by extlinux (GRUB reads the same kernel 3 s slower through the BIOS under TCG). Root only.
# 4 KiB blocks whatever the size: extlinux 6.03 hangs without a word on ext4 with 1 KiB blocks.
set -eu
root=$1
mib=$2
out=$3
here=$(cd "$(dirname "$0")" && pwd)
. "$here/packages.sh"
version=$(kernel_version "$root")
uuid=$(cat /proc/sys/kernel/random/uuid)
echo "UUID=$uuid / ext4 errors=remount-ro 0 1" >"$root/etc/fstab"
mkdir -p "$root/boot/extlinux"
cat >"$root/boot/extlinux/extlinux.conf" <<CONF
DEFAULT debian
PROMPT 0
TIMEOUT 1
LABEL debian
 LINUX /boot/vmlinuz-$version
 INITRD /boot/initrd.img-$version
 APPEND root=UUID=$uuid ro console=tty0 console=ttyS0,115200n8 mitigations=off random.trust_cpu=on
CONF
truncate -s "${mib}M" "$out"
printf 'label: dos\nstart=2048, type=83, bootable\n' | sfdisk -q "$out"
truncate -s "$((mib - 1))M" "$out.part"
mke2fs -q -t ext4 -b 4096 -O ^64bit,^metadata_csum -U "$uuid" -L rootfs -d "$root" \
    -E lazy_itable_init=1,root_owner=0:0 "$out.part"
mkdir "$out.mnt"
# The mount lives in a namespace of its own and the loop device detaches with it: nothing is left behind, even by kill -9.
unshare -m sh -eu -c '
    mount -o loop "$1" "$2"
    extlinux --install "$2/boot/extlinux" >"$1.log" 2>&1 || { cat "$1.log" >&2; exit 1; }
    umount "$2"' sh "$out.part" "$out.mnt"
rmdir "$out.mnt"
dd if="$out.part" of="$out" bs=1M seek=1 conv=notrunc,sparse status=none
dd if=/usr/lib/syslinux/mbr/mbr.bin of="$out" bs=440 count=1 conv=notrunc status=none
rm -f "$out.part" "$out.part.log"
