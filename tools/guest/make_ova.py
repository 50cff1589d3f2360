#!/usr/bin/env python3
"""make_ova.py [options] OUT.ova DISK.raw [DISK.raw …]: raw disks -> streamOptimized VMDKs, an OVF 1.0 and a manifest in a
ustar file, in the order that the OVF specification asks for: descriptor, manifest, disks.

Options that make a well-formed file:   --name --hash --memory --vcpus --firmware
Options that break it, for tests:       --break wrong-digest | missing-digest | missing-disk | truncated-disk | disk-first |
                                        absolute-name | parent-name | symlink-disk | two-descriptors | doctype | no-descriptor
                                        wrong-descriptor-digest | duplicate-disk | hardlink-disk | host-extent |
                                        lying-member
"""
import argparse
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from xml.sax.saxutils import escape

BREAKS = ["wrong-digest", "missing-digest", "missing-disk", "truncated-disk", "disk-first", "absolute-name", "parent-name",
          "symlink-disk", "two-descriptors", "doctype", "no-descriptor", "wrong-descriptor-digest", "duplicate-disk", "hardlink-disk",
          "host-extent", "lying-member"]
FORMAT = "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"
DESCRIPTOR = """<?xml version="1.0" encoding="UTF-8"?>
{doctype}<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1"
 xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
 xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
 xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData"
 xmlns:vmw="http://www.vmware.com/schema/ovf">
 <References>
{files} </References>
 <DiskSection>
  <Info>Virtual disks</Info>
{disks} </DiskSection>
 <NetworkSection>
  <Info>Networks</Info>
  <Network ovf:name="VM Network"><Description>VM Network</Description></Network>
 </NetworkSection>
 <VirtualSystem ovf:id="{name}">
  <Info>A virtual machine</Info>
  <Name>{name}</Name>
  <OperatingSystemSection ovf:id="96" vmw:osType="debian12_64Guest"><Info>Guest OS</Info></OperatingSystemSection>
  <VirtualHardwareSection>
   <Info>Hardware</Info>
   <System>
    <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
    <vssd:InstanceID>0</vssd:InstanceID>
    <vssd:VirtualSystemIdentifier>{name}</vssd:VirtualSystemIdentifier>
    <vssd:VirtualSystemType>vmx-13</vssd:VirtualSystemType>
   </System>
{items}{config}  </VirtualHardwareSection>
 </VirtualSystem>
</Envelope>
"""


def item(**members):
    """One hardware item; OVF wants the members in alphabetical order."""
    inside = "".join(f"<rasd:{k}>{escape(str(v))}</rasd:{k}>" for k, v in sorted(members.items()))
    return f"   <Item>{inside}</Item>\n"


def descriptor(options, disks):
    files, sections, items = "", "", ""
    items += item(AllocationUnits="hertz * 10^6", ElementName=f"{options.vcpus} virtual CPU(s)", InstanceID=1, ResourceType=3,
                  VirtualQuantity=options.vcpus)
    items += item(AllocationUnits="byte * 2^20", ElementName=f"{options.memory}MB of memory", InstanceID=2, ResourceType=4,
                  VirtualQuantity=options.memory)
    items += item(Address=0, ElementName="SCSI Controller 0", InstanceID=3, ResourceSubType="lsilogic", ResourceType=6)
    for number, disk in enumerate(disks, 1):
        files += f'  <File ovf:href="{disk["href"]}" ovf:id="file{number}" ovf:size="{disk["size"]}"/>\n'
        sections += (f'  <Disk ovf:capacity="{disk["capacity"]}" ovf:capacityAllocationUnits="byte"'
                     f' ovf:diskId="vmdisk{number}" ovf:fileRef="file{number}" ovf:format="{FORMAT}"/>\n')
        items += item(AddressOnParent=number - 1, ElementName=f"Hard Disk {number}",
                      HostResource=f"ovf:/disk/vmdisk{number}", InstanceID=9 + number, Parent=3, ResourceType=17)
    items += item(AutomaticAllocation="true", Connection="VM Network", ElementName="Ethernet 1", InstanceID=30,
                  ResourceSubType="VmxNet3", ResourceType=10)
    config = ""
    if options.firmware == "efi":
        config = '   <vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="efi"/>\n'
    doctype = '<!DOCTYPE Envelope [<!ENTITY a SYSTEM "file:///etc/hostname">]>\n' if options.broken == "doctype" else ""
    return DESCRIPTOR.format(doctype=doctype, files=files, disks=sections, items=items, config=config,
                             name=escape(options.name)).encode()


def digest_of(algorithm, path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def convert(options, folder):
    """The disks as VMDK files in folder, with what the descriptor says of each."""
    prefix = {"absolute-name": "/etc/", "parent-name": "../"}.get(options.broken, "")
    disks = []
    for number, raw in enumerate(options.disks, 1):
        name = f"{options.name}-disk{number}.vmdk"
        path = os.path.join(folder, name)
        subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o",
                        "subformat=streamOptimized,adapter_type=lsilogic", raw, path], check=True)
        if options.broken == "host-extent":
            with open(path, "w", encoding="ascii") as file:
                file.write('# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\n'
                           'createType="monolithicFlat"\nRW 8 FLAT "/etc/hostname" 0\n')
        disks.append({"path": path, "href": prefix + name, "size": os.path.getsize(path),
                      "capacity": os.path.getsize(raw), "digest": digest_of(options.hash, path)})
    return disks


def manifest(options, name, text, disks):
    algorithm = options.hash.upper()
    digests = {name: hashlib.new(options.hash, text).hexdigest()} | {d["href"]: d["digest"] for d in disks}
    wrong = {"wrong-digest": disks[-1]["href"], "wrong-descriptor-digest": name}.get(options.broken)
    if wrong:
        digests[wrong] = digests[wrong][::-1]
    if options.broken == "missing-digest":
        del digests[disks[-1]["href"]]
    return "".join(f"{algorithm}({n})= {d}\n" for n, d in digests.items()).encode()


class Archive:
    """A ustar file whose members have a fixed owner and time: the same disks give the same bytes."""

    def __init__(self, path):
        self.tar = tarfile.open(path, "w", format=tarfile.USTAR_FORMAT)

    @staticmethod
    def entry(name, size):
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.uid, entry.gid, entry.uname, entry.gname = size, 0o644, 64, 64, "someone", "someone"
        return entry

    def add(self, name, text):
        self.tar.addfile(self.entry(name, len(text)), io.BytesIO(text))

    def add_file(self, name, path, size):
        with open(path, "rb") as file:
            self.tar.addfile(self.entry(name, size), file)

    def add_link(self, name, target, kind):
        entry = self.entry(name, 0)
        entry.type, entry.linkname = kind, target
        self.tar.addfile(entry)

    def close(self):
        self.tar.close()


def add_disks(archive, options, disks):
    for number, disk in enumerate(disks):
        last = number == len(disks) - 1
        if last and options.broken == "missing-disk":
            continue
        link = {"symlink-disk": tarfile.SYMTYPE, "hardlink-disk": tarfile.LNKTYPE}.get(options.broken)
        if last and link:
            archive.add_link(disk["href"], "/etc/hostname", link)
            continue
        size = disk["size"] // 2 if last and options.broken == "truncated-disk" else disk["size"]
        for _ in range(2 if last and options.broken == "duplicate-disk" else 1):
            archive.add_file(disk["href"], disk["path"], size)


def write(options):
    folder = tempfile.mkdtemp(prefix=".ova.", dir=os.path.dirname(os.path.abspath(options.out)))
    try:
        disks = convert(options, folder)
        name = options.name + ".ovf"
        text = descriptor(options, disks)
        part = os.path.join(folder, "out")
        archive = Archive(part)
        if options.broken == "disk-first":
            add_disks(archive, options, disks)
        if options.broken != "no-descriptor":
            archive.add(name, text)
        if options.broken == "two-descriptors":
            archive.add("second.ovf", text)
        archive.add(options.name + ".mf", manifest(options, name, text, disks))
        if options.broken != "disk-first":
            add_disks(archive, options, disks)
        archive.close()
        if options.broken == "lying-member":  # its last member says that it goes on behind the end of the file
            os.truncate(part, os.path.getsize(part) // 2)
        os.replace(part, options.out)
    finally:
        for file in os.listdir(folder):
            os.remove(os.path.join(folder, file))
        os.rmdir(folder)


class ListBreaks(argparse.Action):
    """--list-breaks: every way to break an archive, a line each."""

    def __call__(self, parser, *_):
        print("\n".join(BREAKS))
        parser.exit()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list-breaks", action=ListBreaks, nargs=0, help="print the kinds of --break")
    parser.add_argument("out")
    parser.add_argument("disks", nargs="+")
    parser.add_argument("--name", default="guest")
    parser.add_argument("--hash", choices=["sha1", "sha256", "sha512"], default="sha256")
    parser.add_argument("--memory", type=int, default=512, help="MiB")
    parser.add_argument("--vcpus", type=int, default=1)
    parser.add_argument("--firmware", choices=["bios", "efi"], default="bios")
    parser.add_argument("--break", dest="broken", choices=BREAKS)
    write(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
