#include <gtest/gtest.h>

#include "engines/images/ova.hpp"
#include "engines/images/ovf_parts.hpp"

namespace landfall::images {
namespace {

Result<OvfMachine> parsed(std::string_view xml) { return parse_ovf("app.ovf", xml); }

std::string refused(std::string_view xml) {
    const auto machine = parsed(xml);
    if (machine.ok()) {
        ADD_FAILURE() << "was not refused";
        return {};
    }
    EXPECT_EQ(machine.error().code(), Errc::invalid);
    return machine.error().message();
}

bool says(const std::string& message, std::string_view part) {
    return message.find(part) != std::string::npos;
}

constexpr std::string_view kVmware = R"(<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
 xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
 xmlns:vmw="http://www.vmware.com/schema/ovf">
 <References>
  <File ovf:href="b.vmdk" ovf:id="fb" ovf:size="11"/><File ovf:href="a.vmdk" ovf:id="fa" ovf:size="12"/>
  <File ovf:href="tools.iso" ovf:id="iso" ovf:size="13"/>
 </References>
 <DiskSection><Info>disks</Info>
  <Disk ovf:capacity="40" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="db" ovf:fileRef="fb"
   ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
  <Disk ovf:capacity="16" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="da" ovf:fileRef="fa"/>
  <Disk ovf:capacity="1024" ovf:capacityAllocationUnits="byte*2^20" ovf:diskId="blank"/>
 </DiskSection>
 <VirtualSystem ovf:id="vm"><Name>web server</Name>
  <OperatingSystemSection ovf:id="96" vmw:osType="debian12_64Guest"/>
  <VirtualHardwareSection>
   <Item><rasd:AllocationUnits>hertz * 10^6</rasd:AllocationUnits><rasd:InstanceID>1</rasd:InstanceID>
    <rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>4</rasd:VirtualQuantity></Item>
   <Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:InstanceID>2</rasd:InstanceID>
    <rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>4096</rasd:VirtualQuantity></Item>
   <Item><rasd:Address>0</rasd:Address><rasd:InstanceID>3</rasd:InstanceID>
    <rasd:ResourceType>6</rasd:ResourceType></Item>
   <Item><rasd:Address>0</rasd:Address><rasd:InstanceID>4</rasd:InstanceID>
    <rasd:ResourceType>5</rasd:ResourceType></Item>
   <Item><rasd:AddressOnParent>1</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/db</rasd:HostResource>
    <rasd:InstanceID>8</rasd:InstanceID><rasd:Parent>3</rasd:Parent>
    <rasd:ResourceType>17</rasd:ResourceType></Item>
   <Item><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/da</rasd:HostResource>
    <rasd:InstanceID>9</rasd:InstanceID><rasd:Parent>3</rasd:Parent>
    <rasd:ResourceType>17</rasd:ResourceType></Item>
   <Item><rasd:InstanceID>10</rasd:InstanceID><rasd:ResourceType>10</rasd:ResourceType></Item>
   <Item><rasd:HostResource>ovf:/file/iso</rasd:HostResource><rasd:ResourceType>15</rasd:ResourceType>
    </Item>
   <vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="efi"/>
  </VirtualHardwareSection>
 </VirtualSystem>
</Envelope>)";

TEST(Ovf, what_vmware_writes_is_understood) {
    const auto machine = parsed(kVmware);
    ASSERT_TRUE(machine.ok()) << machine.error().message();
    EXPECT_EQ(machine->name, "web server");
    EXPECT_EQ(machine->os_type, "debian12_64Guest");
    EXPECT_EQ(machine->os_id, 96u);
    EXPECT_EQ(machine->cpus, 4u);
    EXPECT_EQ(machine->memory, 4_GiB);
    EXPECT_EQ(machine->firmware, Firmware::efi);
    EXPECT_EQ(machine->nics, 1u);
    ASSERT_EQ(machine->disks.size(), 3u);
    EXPECT_EQ(machine->disks[0].id, "da") << "in the order of controller and address, not of the file";
    EXPECT_EQ(machine->disks[0].format, Format::vmdk) << "by the file's extension";
    EXPECT_EQ(machine->disks[0].controller, "scsi");
    EXPECT_EQ(machine->disks[0].file_size, Bytes{12});
    EXPECT_EQ(machine->disks[1].id, "db");
    EXPECT_EQ(machine->disks[1].capacity, 40_GiB);
    EXPECT_EQ(machine->disks[2].file, "");
    EXPECT_EQ(machine->disks[2].capacity, 1_GiB);
}

TEST(Ovf, what_virtualbox_writes_is_understood) {
    const auto machine = parsed(R"(<?xml version="1.0"?>
<Envelope ovf:version="2.0" xmlns="http://schemas.dmtf.org/ovf/envelope/2"
 xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/2"
 xmlns:rasd="r" xmlns:sasd="s" xmlns:epasd="e" xmlns:vbox="http://www.virtualbox.org/ovf/machine">
 <References><File ovf:id="file1" ovf:href="box-disk001.vdi"/></References>
 <DiskSection>
    <Disk ovf:capacity="8589934592" ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:format="" vbox:uuid="u"/>
    </DiskSection>
 <VirtualSystem ovf:id="box">
  <OperatingSystemSection ovf:id="94"><Description>Ubuntu_64</Description>
    <vbox:OSType ovf:required="false">Ubuntu_64</vbox:OSType></OperatingSystemSection>
  <VirtualHardwareSection>
   <Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType>
    <rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>
   <Item><rasd:AllocationUnits>MegaBytes</rasd:AllocationUnits><rasd:ResourceType>4</rasd:ResourceType>
    <rasd:VirtualQuantity>2048</rasd:VirtualQuantity></Item>
   <Item><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceSubType>AHCI</rasd:ResourceSubType>
    <rasd:ResourceType>20</rasd:ResourceType></Item>
   <StorageItem><sasd:AddressOnParent>0</sasd:AddressOnParent>
    <sasd:HostResource>/disk/vmdisk1</sasd:HostResource>
    <sasd:Parent>3</sasd:Parent><sasd:ResourceType>17</sasd:ResourceType></StorageItem>
   <EthernetPortItem><epasd:ResourceType>10</epasd:ResourceType></EthernetPortItem>
  </VirtualHardwareSection>
  <vbox:Machine><Hardware><Firmware type="EFI"/></Hardware></vbox:Machine>
 </VirtualSystem></Envelope>)");
    ASSERT_TRUE(machine.ok()) << machine.error().message();
    EXPECT_EQ(machine->name, "box");
    EXPECT_EQ(machine->os_type, "Ubuntu_64");
    EXPECT_EQ(machine->cpus, 2u);
    EXPECT_EQ(machine->memory, 2_GiB);
    EXPECT_EQ(machine->firmware, Firmware::efi);
    EXPECT_EQ(machine->nics, 1u);
    ASSERT_EQ(machine->disks.size(), 1u);
    EXPECT_EQ(machine->disks[0].controller, "sata");
    EXPECT_EQ(machine->disks[0].format, Format::vdi);
    EXPECT_EQ(machine->disks[0].capacity, 8_GiB);
}

TEST(Ovf, version_0_9_names_its_sections_by_type) {
    const auto machine =
        parsed(R"(<ovf:Envelope xmlns:ovf="http://www.vmware.com/schema/ovf/1/envelope" xmlns:xsi="x">
 <References><File ovf:id="f" ovf:href="d.vmdk"/></References>
 <Section xsi:type="ovf:DiskSection_Type"><Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="512"/>
    </Section>
 <Content ovf:id="old" xsi:type="ovf:VirtualSystem_Type">
  <Section xsi:type="ovf:OperatingSystemSection_Type" ovf:id="36"><Description>Linux</Description></Section>
  <Section xsi:type="ovf:VirtualHardwareSection_Type">
   <Item><InstanceId>7</InstanceId><ResourceType>4</ResourceType><VirtualQuantity>256</VirtualQuantity>
    <AllocationUnits>MegaBytes</AllocationUnits></Item>
   <Item><ResourceType>17</ResourceType><HostResource>disk/d</HostResource></Item>
  </Section></Content></ovf:Envelope>)");
    ASSERT_TRUE(machine.ok()) << machine.error().message();
    EXPECT_EQ(machine->name, "old");
    EXPECT_EQ(machine->memory, 256_MiB);
    ASSERT_EQ(machine->disks.size(), 1u);
    EXPECT_EQ(machine->disks[0].file, "d.vmdk");
}

std::string envelope(std::string_view inside) {
    return "<Envelope>" + std::string{inside} + "<VirtualSystem id=\"v\"/></Envelope>";
}

TEST(Ovf, what_could_reach_outside_or_explode_is_refused) {
    EXPECT_TRUE(
        says(refused("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><Envelope>&a;</Envelope>"),
             "a DOCTYPE is refused"));
    EXPECT_TRUE(
        says(refused("<!DOCTYPE lolz [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><Envelope/>"),
             "a DOCTYPE is refused"));
    for (const std::string href :
         {"/etc/passwd", "../x.vmdk", "http://host/x.vmdk", "file:///x", "a/b", "..", "a\\b", ""}) {
        EXPECT_TRUE(says(refused(envelope("<References><File id=\"f\" href=\"" + href + "\"/></References>")),
                         "is not a plain file name"))
            << href;
    }
}

TEST(Ovf, what_would_be_read_wrongly_is_refused) {
    const auto of = [](std::string_view inside) { return refused(envelope(inside)); };
    EXPECT_TRUE(says(of("<References><File id=\"f\" href=\"a\" compression=\"gzip\"/></References>"),
                     "compressed (gzip)"));
    EXPECT_TRUE(
        says(of("<References><File id=\"f\" href=\"a\" chunkSize=\"9\"/></References>"), "in chunks"));
    EXPECT_TRUE(says(of("<References><File id=\"f\" href=\"a\"/><File id=\"f\" href=\"b\"/></References>"),
                     "two files have"));
    EXPECT_TRUE(says(of("<DiskSection><Disk diskId=\"d\" parentRef=\"p\" capacity=\"1\"/></DiskSection>"),
                     "parentRef"));
    EXPECT_TRUE(says(of("<DiskSection><Disk diskId=\"d\" fileRef=\"x\" capacity=\"1\"/></DiskSection>"),
                     "which no reference has"));
    EXPECT_TRUE(says(of("<DiskSection><Disk diskId=\"d\"/></DiskSection>"), "no capacity that can be read"));
    EXPECT_TRUE(says(of("<DiskSection><Disk diskId=\"d\" capacity=\"99999999999\" "
                        "capacityAllocationUnits=\"byte * 2^40\"/></DiskSection>"),
                     "no capacity that can be read"));
    EXPECT_TRUE(says(of("<References><File id=\"f\" href=\"a.xyz\"/></References>"
                        "<DiskSection><Disk diskId=\"d\" fileRef=\"f\" capacity=\"1\"/></DiskSection>"),
                     "(a.xyz) is not known"));
    EXPECT_TRUE(says(of("<VirtualSystem id=\"w\"/>"), "several virtual machines"));
    EXPECT_TRUE(says(refused("<Envelope/>"), "no VirtualSystem"));
    EXPECT_TRUE(says(refused("<Other/>"), "not an OVF Envelope"));
    EXPECT_TRUE(says(refused("<Envelope><VirtualSystem>"), "not well-formed XML at offset"));
    EXPECT_TRUE(says(refused(""), "not well-formed XML"));
}

TEST(Ovf, amounts_are_read_in_every_unit_of_the_field) {
    EXPECT_EQ(ovf_amount("3", "byte * 2^30", 1), 3ull << 30);
    EXPECT_EQ(ovf_amount("3", "byte*10^6", 1), 3'000'000u);
    EXPECT_EQ(ovf_amount("3", "GB", 1), 3ull << 30);
    EXPECT_EQ(ovf_amount("3", "GiB", 1), 3ull << 30);
    EXPECT_EQ(ovf_amount("3", "GigaBytes", 1), 3ull << 30);
    EXPECT_EQ(ovf_amount(" 3 ", "", 1 << 20), 3u << 20);
    EXPECT_EQ(ovf_amount("3", "bytes", 7), 3u);
    EXPECT_EQ(ovf_amount("3", "furlongs", 1), std::nullopt);
    EXPECT_EQ(ovf_amount("${size}", "", 1), std::nullopt);
    EXPECT_EQ(ovf_amount("-3", "", 1), std::nullopt);
    EXPECT_EQ(ovf_amount("3", "byte * 2^63", 1), std::nullopt);
}

TEST(Ovf, formats_are_told_by_url_and_then_by_extension) {
    EXPECT_EQ(
        ovf_disk_format("http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized", "x"),
        Format::vmdk);
    EXPECT_EQ(ovf_disk_format("http://technet.microsoft.com/en-us/virtualserver/bb676673.aspx", "x"),
              Format::vhd);
    EXPECT_EQ(ovf_disk_format("http://www.gnome.org/~markmc/qcow-image-format.html", "x.img"), Format::qcow2);
    EXPECT_EQ(ovf_disk_format("", "x.VHDX"), Format::vhdx);
    EXPECT_EQ(ovf_disk_format("", "x.img"), Format::raw);
    EXPECT_EQ(ovf_disk_format("", "x"), std::nullopt);
}

}  // namespace
}  // namespace landfall::images
