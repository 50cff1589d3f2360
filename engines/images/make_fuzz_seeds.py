#!/usr/bin/env python3
"""Makes the seeds of this folder's fuzz targets, each of a few KiB. Usage: make_fuzz_seeds.py tests/fuzz/corpus

Needs qemu-img and mke2fs. The seeds are committed; this says how they came to be.
"""
import hashlib
import io
import os
import struct
import subprocess
import sys
import tarfile
import tempfile
import zlib

OVF = """<?xml version="1.0"?><Envelope xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="r" xmlns:vmw="v">
<References><File ovf:href="d.vmdk" ovf:id="f"/></References>
<DiskSection><Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="1" ovf:capacityAllocationUnits="byte * 2^20"/></DiskSection>
<VirtualSystem ovf:id="vm"><Name>vm</Name><OperatingSystemSection ovf:id="96" vmw:osType="debian12_64Guest"/>
<VirtualHardwareSection><Item><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceType>6</rasd:ResourceType></Item>
<Item><rasd:ResourceType>17</rasd:ResourceType><rasd:Parent>3</rasd:Parent><rasd:HostResource>ovf:/disk/d</rasd:HostResource>
</Item><vmw:Config vmw:key="firmware" vmw:value="efi"/></VirtualHardwareSection></VirtualSystem></Envelope>
"""


def stream_vmdk(footer):
    """Two grains of 4 KiB, as tight as the format allows."""
    text = b'# Disk DescriptorFile\nversion=1\nparentCID=ffffffff\ncreateType="streamOptimized"\nRW 64 SPARSE "d.vmdk"\n'
    grains = []
    at = 8
    for lba in (0, 16):
        packed = zlib.compress(bytes(range(256)) * 16)
        grain = struct.pack("<QI", lba, len(packed)) + packed
        grain += bytes(-len(grain) % 512)
        grains.append((lba // 8, at, grain))
        at += len(grain) // 512
    directory = at if footer else 3

    def header(gd):
        return struct.pack("<4sIIQQQQIQQQB4sH", b"KDMV", 3, 0x30001, 64, 8, 1, 1, 512, 0, gd, 8, 0, b"\n \r\n", 1).ljust(512, b"\0")
    table = [0] * 512
    for index, sector, _ in grains:
        table[index] = sector
    out = header(2 ** 64 - 1 if footer else directory) + text.ljust(512, b"\0") + bytes(512)
    out += struct.pack("<I", 4).ljust(512, b"\0") + struct.pack("<512I", *table) + b"".join(g for _, _, g in grains)
    if footer:
        out += struct.pack("<I", 4).ljust(512, b"\0")
        out += struct.pack("<QII", 1, 0, 3).ljust(512, b"\0") + header(directory) + bytes(512)
    return out


def converted(folder, fmt, options, size, compress=False):
    raw, made = os.path.join(folder, "raw"), os.path.join(folder, "made")
    with open(raw, "wb") as f:
        f.write((b"seed" * 128 + bytes(512)) * (size // 1024) if fmt == "qcow2" else bytes(size))
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", fmt] + (["-c"] if compress else []) +
                   (["-o", options] if options else []) + [raw, made], check=True)
    with open(made, "rb") as f:
        return f.read()


def vhdx_patches(folder):
    """Header, region table, log, metadata, block table: what vhdx_fuzz lays over its skeleton."""
    file = converted(folder, "vhdx", "block_size=1M", 4 << 20)
    header = bytearray(file[65536:65536 + 128])
    struct.pack_into("<Q", header, 72, 1 << 20)
    regions = bytearray(file[192 << 10:(192 << 10) + 256])
    at = {}
    for i in range(2):
        guid, where = struct.unpack_from("<I", regions, 16 + 32 * i)[0], struct.unpack_from("<Q", regions, 32 + 32 * i)[0]
        at[guid] = where
        struct.pack_into("<QI", regions, 32 + 32 * i, (3 if guid == 0x2dc27766 else 2) << 20, 1 << 20)
    metadata = bytearray(file[at[0x8b7ca206]:at[0x8b7ca206] + 512])
    for i in range(5):
        entry = 32 + 32 * i
        where, length = struct.unpack_from("<II", metadata, entry + 16)
        struct.pack_into("<I", metadata, entry + 16, 512 + 64 * i)
        metadata = metadata.ljust(512 + 64 * i, b"\0")
        metadata[512 + 64 * i:] = file[at[0x8b7ca206] + where:at[0x8b7ca206] + where + length]
    bat = struct.pack("<4Q", 6 | 3 << 20, 0, 2, 3)
    entry = struct.pack("<4sIIIQII16sQQ", b"loge", 0, 8192, 0, 1, 1, 0, b"log guid seed..!", 4 << 20, 4 << 20)
    entry += struct.pack("<4sIQQQ", b"desc", 0, 2, 3 << 20, 1)
    entry = entry.ljust(4096, b"\0") + b"data" + bytes(4 + 4084) + struct.pack("<I", 1)
    logged = bytearray(header)
    logged[48:64] = b"log guid seed..!"
    struct.pack_into("<I", logged, 68, 64 << 10)
    tail = bytes(metadata.ljust(1024, b"\0")) + bat
    return {"clean": bytes(header) + regions + bytes(8192) + tail, "logged": bytes(logged) + regions + entry + tail}


def ova(vmdk):
    buffer = io.BytesIO()
    manifest = "".join(f"SHA256({n})= {hashlib.sha256(b).hexdigest()}\n" for n, b in (("a.ovf", OVF.encode()), ("d.vmdk", vmdk)))
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in (("a.ovf", OVF.encode()), ("a.mf", manifest.encode()), ("d.vmdk", vmdk)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()[:-8192] if buffer.getvalue().endswith(bytes(9216)) else buffer.getvalue()


def small_ext(folder):
    root = os.path.join(folder, "root", "etc")
    os.makedirs(root)
    with open(os.path.join(root, "os-release"), "w", encoding="ascii") as f:
        f.write("PRETTY_NAME=seed\n")
    image = os.path.join(folder, "ext")
    with open(image, "wb") as f:
        f.truncate(64 * 1024)
    subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-O", "^has_journal,^resize_inode", "-N", "16", "-b", "1024", "-d",
                    os.path.dirname(root), image, "64"], check=True)
    with open(image, "rb") as f:
        return f.read().rstrip(b"\0")


def main():
    corpus = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        seeds = {
            "qcow2_fuzz": {"plain": converted(folder, "qcow2", "cluster_size=512", 4096),
                           "deflate": converted(folder, "qcow2", "cluster_size=512,compat=0.10", 4096, True),
                           "zstd": converted(folder, "qcow2", "cluster_size=1k,compression_type=zstd", 4096, True)},
            "vhd_fuzz": {"dynamic": converted(folder, "vpc", "subformat=dynamic", 1 << 20),
                         "fixed": converted(folder, "vpc", "subformat=fixed,force_size=on", 2048)},
            "vdi_fuzz": {"dynamic": converted(folder, "vdi", "", 1 << 20)},
            "vmdk_fuzz": {"front": stream_vmdk(False), "footer": stream_vmdk(True),
                          "flat": b'# Disk DescriptorFile\nparentCID=ffffffff\nRW 1 FLAT "x" 0\nRW 9 ZERO\n'.ljust(1024, b"#")},
            "vhdx_fuzz": vhdx_patches(folder),
            "ova_fuzz": {"whole": ova(stream_vmdk(True))},
            "ovf_fuzz": {"whole": OVF.encode()},
            "manifest_fuzz": {"manifest": b"SHA1(a.ovf)= " + b"0" * 40 + b"\nSHA256 (b)=" + b"f" * 64 + b"\r\n",
                              "descriptor": b'# Disk DescriptorFile\nCID=1\nRW 1 SPARSE "a"\nRW 2 VMFS "b"\n'},
            "inspect_fuzz": {"ext4": small_ext(folder)},
        }
    for target, files in seeds.items():
        os.makedirs(os.path.join(corpus, target), exist_ok=True)
        for name, content in files.items():
            with open(os.path.join(corpus, target, "images_" + name), "wb") as f:
                f.write(content)
            print(f"{target:14} {name:10} {len(content):7}")


if __name__ == "__main__":
    main()
