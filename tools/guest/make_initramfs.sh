#!/bin/sh
# make_initramfs.sh ROOT MODE OUT: a small initramfs for the kernel in ROOT: static busybox and the modules of the
# usual virtual disks and network cards. The stock one costs four seconds of CPU more at every boot under TCG.
#   MODE stay: the initramfs is the whole guest     MODE root: it mounts root= from the kernel's command line
set -eu
root=$(cd "$1" && pwd)
mode=$2
out=$3
here=$(cd "$(dirname "$0")" && pwd)
. "$here/packages.sh"
version=$(kernel_version "$root")
tree=$(mktemp -d "$(dirname "$out")/initramfs.XXXXXX")
trap 'rm -rf "$tree"' EXIT

mkdir -p "$tree/bin" "$tree/dev" "$tree/proc" "$tree/sys" "$tree/run" "$tree/root" "$tree/mnt" "$tree/tmp" "$tree/etc" \
    "$tree/lib/modules" "$tree/var/log" "$tree/var/run"
busybox=/bin/busybox
[ ! -x "$root/bin/busybox" ] || busybox=$root/bin/busybox
cp "$busybox" "$tree/bin/busybox"
for applet in $("$busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"
done

modules="virtio_pci virtio_blk virtio_scsi virtio_net nvme ata_piix ahci sd_mod sr_mod ext4 crc32c_generic e1000 vmxnet3"
modules="$modules button evdev pvpanic-mmio pvpanic-pci"
[ "$mode" != stay ] || modules="$modules vfat nls_ascii nls_cp437 isofs af_packet"
for module in $modules; do
    # A kernel has some of these built in and lacks others (the cloud kernel has no ahci): what is there is taken.
    modprobe -d "$root" -S "$version" --show-depends "$module" 2>/dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | awk '!seen[$0]++' >"$tree/paths"
while read -r path; do
    cp "$path" "$tree/lib/modules/"
    basename "$path" >>"$tree/lib/modules/order"
done <"$tree/paths"
rm "$tree/paths"

cp "$here/files/init.$mode" "$tree/init"
chmod 755 "$tree/init"
if [ "$mode" = stay ]; then
    cp "$here/files/user-data.sh" "$here/files/udhcpc.script" "$tree/etc/"
    chmod 755 "$tree/etc/user-data.sh" "$tree/etc/udhcpc.script"
    mkdir -p "$tree/etc/acpi/PWRF"
    printf '#!/bin/sh\necho "power button" >/dev/console\nsync\npoweroff -f\n' >"$tree/etc/acpi/PWRF/00000080"
    chmod 755 "$tree/etc/acpi/PWRF/00000080"
fi
(cd "$tree" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 --reproducible | lz4 -l -9 -q) >"$out"
