#!/bin/sh
# The part of cloud-init that a test guest needs: user data and an SSH key, from a NoCloud seed (a file system
# labelled cidata) or from the metadata service. User data is run once an instance if it is a script.
export PATH=/sbin:/usr/sbin:/bin:/usr/bin
service=http://169.254.169.254/latest
bb=/bin/busybox
seed=/run/seed
# Debian 12's static busybox crashes on wget -T, so the clock is outside.
fetch() { $bb timeout 3 $bb wget -q -O "$2" "$service/$1" 2>/dev/null; }
mkdir -p "$seed"

device=$($bb findfs LABEL=cidata 2>/dev/null || $bb findfs LABEL=CIDATA 2>/dev/null)
if [ -n "$device" ] && { mount -t vfat -o ro "$device" /mnt || mount -t iso9660 -o ro "$device" /mnt; } 2>/dev/null; then
    cp /mnt/user-data /mnt/meta-data "$seed/" 2>/dev/null
    umount /mnt
    source=seed
elif fetch meta-data/instance-id "$seed/instance-id"; then
    fetch user-data "$seed/user-data" || : >"$seed/user-data"
    fetch meta-data/public-keys/0/openssh-key "$seed/key" || : >"$seed/key"
    { echo "instance-id: $(cat "$seed/instance-id")"; echo "public-keys:"; sed 's/^/- /' "$seed/key"; } >"$seed/meta-data"
    source=service
else
    exit 0
fi
id=$(sed -n 's/^instance-id: *//p' "$seed/meta-data" | tr -d '"')
echo "USER-DATA from the $source, instance $id" >/dev/console

if [ -d /root ]; then
    mkdir -p /root/.ssh
    chmod 700 /root/.ssh
    sed -n 's/^[- "]*\(ssh-[^"]*\|ecdsa-[^"]*\).*/\1/p' "$seed/meta-data" >/root/.ssh/authorized_keys
fi
done=/var/lib/landfall-instance
[ "$(cat "$done" 2>/dev/null)" != "$id" ] || exit 0
if [ "$(head -c 2 "$seed/user-data" 2>/dev/null)" = "#!" ]; then
    chmod 700 "$seed/user-data"
    "$seed/user-data" >/dev/console 2>&1
fi
mkdir -p /var/lib
echo "$id" >"$done"
