"""Disk images that attack whoever reads them, each small: `kinds(folder)` writes them and yields
(name, format, words that the refusal must have). What needs a valid image to spoil is made by qemu-img.
"""
import os
import struct
import subprocess
import zlib

SIZE = 1 << 20
SECTOR = 512
HOST_FILE = "/etc/hostname"


def sample(folder):
    """A raw disk of a megabyte, half of it not zero."""
    path = os.path.join(folder, "sample.raw")
    if not os.path.exists(path):
        with open(path, "wb") as f:
            f.write(os.urandom(SIZE // 2))
            f.seek(SIZE - SECTOR)
            f.write(b"end".ljust(SECTOR, b"."))
    return path


def _converted(folder, name, form, *options):
    path = os.path.join(folder, name)
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", form, *options, sample(folder), path], check=True)
    with open(path, "rb") as f:
        return bytearray(f.read())


def _be(image, at, form, value):
    struct.pack_into(">" + form, image, at, value)
    return image


def _qcow2(folder):
    return _converted(folder, "base.qcow2", "qcow2", "-o", "compat=1.1")


def _with_backing(image, name):
    _be(image, 8, "Q", 512)
    _be(image, 16, "I", len(name))
    image[512:512 + len(name)] = name.encode()
    return image


def _tables(image):
    """Where the L1 table and its first L2 table are."""
    l1 = struct.unpack_from(">Q", image, 40)[0]
    return l1, struct.unpack_from(">Q", image, l1)[0] & 0x00fffffffffffe00


def _vmdk_text(extents, more=""):
    return (f"# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\n"
            f'createType="monolithicFlat"\n{more}\n{extents}\nddb.adapterType = "lsilogic"\n').encode()


def _sparse_vmdk(inflated):
    """A streamOptimized disk of one grain, whose stream inflates to `inflated` bytes instead of 64 KiB."""
    grain = zlib.compress(bytes(inflated), 9)
    text = ('# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType="streamOptimized"\n'
            'RW 128 SPARSE "x.vmdk"\n').encode()
    header = struct.pack("<4sIIQQQQIQQQB4sH", b"KDMV", 3, 0x30001, 128, 128, 1, 10, 512, 0, 20, 128, 0, b"\n \r\n", 1)
    image = bytearray(128 * SECTOR)
    image[:len(header)] = header
    image[SECTOR:SECTOR + len(text)] = text
    struct.pack_into("<I", image, 20 * SECTOR, 21)      # grain directory
    struct.pack_into("<I", image, 21 * SECTOR, 128)     # grain table
    image += struct.pack("<QI", 0, len(grain)) + grain
    image += bytes(-len(image) % SECTOR) + bytes(SECTOR)
    return image


def _qcow2_bomb(folder):
    """A compressed cluster whose stream inflates to 64 MiB instead of 64 KiB."""
    image = _converted(folder, "bomb.qcow2", "qcow2", "-c")
    _, l2 = _tables(image)
    slot = l2
    while not struct.unpack_from(">Q", image, slot)[0] >> 62 & 1:
        slot += 8
    engine = zlib.compressobj(9, zlib.DEFLATED, -12)
    stream = engine.compress(bytes(64 << 20)) + engine.flush()
    at = len(image)
    sectors = (at % SECTOR + len(stream) + SECTOR - 1) // SECTOR - 1
    image += stream + bytes(-(at + len(stream)) % SECTOR)
    # 64 KiB clusters: 54 bits of offset, then the count of further sectors.
    return _be(image, slot, "Q", 1 << 62 | min(sectors, 255) << 54 | at)


def _aliased(folder):
    """Every cluster of a disk is the same one: 0.5 MB that would become 256 MiB, and could as well become terabytes."""
    path = os.path.join(folder, "alias.qcow2")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "256M"], check=True)
    with open(path, "rb") as f:
        image = bytearray(f.read())
    l1 = struct.unpack_from(">Q", image, 40)[0]
    image += bytes(-len(image) % 65536)
    l2 = len(image)
    image += struct.pack(">Q", 1 << 63 | l2 + 65536) * 4096 + bytes(65536 - 8 * 4096) + os.urandom(65536)
    return _be(image, l1, "Q", 1 << 63 | l2)


def _images(folder):
    q = lambda: _qcow2(folder)  # noqa: E731
    l1, l2 = _tables(q())
    yield "backing-host-file", "QCOW2", _with_backing(q(), HOST_FILE), ["offset 8", HOST_FILE]
    yield "backing-json", "QCOW2", _with_backing(q(), 'json:{"file.filename":"%s"}' % HOST_FILE), ["offset 8", "json:"]
    yield "backing-network", "QCOW2", _with_backing(q(), "nbd://127.0.0.1:9/x"), ["offset 8", "nbd:"]
    yield "data-file", "QCOW2", _be(q(), 72, "Q", 4), ["offset 72", "external data file"]
    yield "lying-size", "QCOW2", _be(q(), 24, "Q", 1 << 60), ["offset 24"]
    yield "lying-l1", "QCOW2", _be(q(), 36, "I", 1 << 30), ["offset"]
    yield "l1-cycle", "QCOW2", _be(q(), l1, "Q", 1 << 63 | l1), ["offset", "the L1 table itself"]
    yield "l2-cycle", "QCOW2", _be(q(), l2, "Q", 1 << 63 | l2), ["offset", "own tables"]
    yield "aliased-clusters", "QCOW2", _aliased(folder), ["clusters overlap"]
    yield "qcow2-bomb", "QCOW2", _qcow2_bomb(folder), ["offset"]
    yield "vmdk-bomb", "VMDK", _sparse_vmdk(256 << 20), ["offset"]
    yield "vmdk-host-extent", "VMDK", _vmdk_text(f'RW 8 FLAT "{HOST_FILE}" 0'), [HOST_FILE]
    yield "vmdk-other-object", "VMDK", _vmdk_text('RW 8 FLAT "secret.raw" 0'), ["secret.raw"]
    yield "vmdk-device", "VMDK", _vmdk_text('RW 8 VMFSRDM "/dev/sda"'), ["VMFSRDM"]
    yield "vmdk-parent", "VMDK", _vmdk_text('RW 8 FLAT "x" 0', f'parentFileNameHint="{HOST_FILE}"'), ["parent"]
    vmdk = _converted(folder, "base.vmdk", "vmdk", "-o", "subformat=streamOptimized")
    yield "vmdk-truncated", "VMDK", vmdk[:len(vmdk) // 2], ["offset"]
    for kind in ("dynamic", "fixed"):
        vhd = _converted(folder, f"{kind}.vhd", "vpc", "-o", f"subformat={kind},force_size=on")
        yield f"vhd-{kind}-truncated", "VHD", vhd[:len(vhd) // 2], ["footer"]
        yield f"vhd-{kind}-without-data", "VHD", vhd[-512:], ["offset"]
    vhdx = _converted(folder, "base.vhdx", "vhdx")
    yield "vhdx-truncated", "VHDX", vhdx[:1 << 20], ["offset"]
    yield "vdi-truncated", "VDI", _converted(folder, "base.vdi", "vdi")[:1 << 19], ["offset"]


def kinds(folder):
    for kind, form, image, words in _images(folder):
        name = f"{kind}.{form.lower()}"
        with open(os.path.join(folder, name), "wb") as f:
            f.write(image)
        yield name, form, words
