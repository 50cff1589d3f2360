# What build.sh takes from Debian: to be sourced. The archive is the one that this machine's apt uses for Debian,
# so a mirror or a proxy that is set there is used here.

suite=bookworm

# The Debian entries of this machine's sources, one line each; third-party sources stay out of a guest.
debian_sources() {
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' 'Origin: Debian' | grep " $suite" | sort -u
}

# The package that linux-image-cloud-amd64 stands for today.
newest_kernel_package() {
    name=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -n 1)
    [ -n "$name" ] || { echo "no linux-image-cloud-amd64 in the package lists: run apt-get update" >&2; return 1; }
    echo "$name"
}

# unpack_kernel PACKAGE DIR: its files, without installing it; module dependencies made.
unpack_kernel() {
    mkdir -p "$2"
    # apt's download user may not write below a private directory; as ourselves it can.
    (cd "$2" && apt-get -qq -o APT::Sandbox::User=root download "$1")
    dpkg-deb -x "$2"/*.deb "$2"
    rm "$2"/*.deb
    depmod -b "$2" "$(kernel_version "$2")"
}

# kernel_version ROOT: the release of the kernel that lies in ROOT/boot.
kernel_version() { (cd "$1/boot" && echo vmlinuz-*) | sed 's/^vmlinuz-//'; }

# debian_root DIR: a Debian with a kernel and sysvinit, as its packages install it, without manuals and translations.
# The hook for the stock initramfs is stubbed while packages are configured: make_initramfs.sh makes a smaller one.
debian_root() {
    list=$1.list
    debian_sources >"$list"
    [ -s "$list" ] || { echo "this machine's apt has no Debian $suite archive" >&2; return 1; }
    mmdebstrap --quiet --variant=minbase --mode=root --format=directory \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        --dpkgopt=force-confold --dpkgopt=force-unsafe-io \
        --aptopt='APT::Install-Recommends "false"' \
        --essential-hook='mkdir -p "$1/etc/kernel/postinst.d"' \
        --essential-hook='printf "#!/bin/sh\n" >"$1/etc/kernel/postinst.d/initramfs-tools"' \
        --essential-hook='chmod 755 "$1/etc/kernel/postinst.d/initramfs-tools"' \
        --customize-hook='cd "$1/etc/kernel/postinst.d" && mv initramfs-tools.dpkg-dist initramfs-tools' \
        --include=sysvinit-core,kmod,linux-image-cloud-amd64,initramfs-tools,busybox-static,iproute2,e2fsprogs,dropbear-bin \
        "$suite" "$1" "$list"
    rm "$list"
}
