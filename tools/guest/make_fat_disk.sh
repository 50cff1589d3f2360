#!/bin/sh
# make_fat_disk.sh bios|uefi VMLINUZ INITRD OUT: a raw disk with one FAT partition that starts this kernel:
# MBR and SYSLINUX, or GPT, an EFI system partition and GRUB. Made with mtools: no root, no mount, no loop device.
set -eu
firmware=$1
vmlinuz=$2
initrd=$3
out=$4
append="console=tty0 console=ttyS0,115200n8 mitigations=off random.trust_cpu=on"
work=$(mktemp -d "$(dirname "$out")/fat.XXXXXX")
trap 'rm -rf "$work"' EXIT
# The file system is made beside the disk and copied into the partition at 1 MiB.
case $firmware in
bios)
    mib=48
    truncate -s "$((mib - 1))M" "$work/fat"
    mkfs.vfat -F 16 -h 2048 -n MINI "$work/fat" >/dev/null
    cat >"$work/syslinux.cfg" <<CONF
DEFAULT mini
PROMPT 0
TIMEOUT 1
LABEL mini
 LINUX vmlinuz
 INITRD initrd
 APPEND $append
CONF
    mcopy -i "$work/fat" "$work/syslinux.cfg" "$initrd" ::
    mcopy -i "$work/fat" "$vmlinuz" ::vmlinuz
    syslinux --install "$work/fat"
    truncate -s "${mib}M" "$out"
    printf 'label: dos\nstart=2048, type=e, bootable\n' | sfdisk -q "$out"
    dd if=/usr/lib/syslinux/mbr/mbr.bin of="$out" bs=440 count=1 conv=notrunc status=none ;;
uefi)
    mib=80
    truncate -s "$((mib - 2))M" "$work/fat"
    mkfs.vfat -F 32 -h 2048 -n ESP "$work/fat" >/dev/null
    cat >"$work/grub.cfg" <<CONF
search --no-floppy --label ESP --set=root
linux /vmlinuz $append
initrd /initrd
boot
CONF
    grub-mkimage -O x86_64-efi -c "$work/grub.cfg" -p /EFI/BOOT -o "$work/BOOTX64.EFI" \
        part_gpt fat search search_label normal linux boot echo
    mmd -i "$work/fat" ::EFI ::EFI/BOOT
    mcopy -i "$work/fat" "$work/BOOTX64.EFI" ::EFI/BOOT/
    mcopy -i "$work/fat" "$vmlinuz" ::vmlinuz
    mcopy -i "$work/fat" "$initrd" ::initrd
    truncate -s "${mib}M" "$out"
    printf 'label: gpt\nstart=2048, size=%s, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B\n' "$(((mib - 2) * 2048))" |
        sfdisk -q "$out" ;;
esac
dd if="$work/fat" of="$out" bs=1M seek=1 conv=notrunc,sparse status=none
