#include <gtest/gtest.h>

#include <cstdio>

#include "engines/images/archives_testing.hpp"
#include "engines/images/ova.hpp"

namespace landfall::images {

TarBuilder& TarBuilder::header(std::string_view name, std::string_view size_field, char type) {
    ByteVector h(512);
    const auto put = [&](std::size_t at, std::string_view text) {
        std::ranges::copy(bytes_of(text), h.begin() + static_cast<std::ptrdiff_t>(at));
    };
    put(0, name.substr(0, 100));
    put(100, "0000644");
    put(124, size_field);
    h[156] = static_cast<std::byte>(type);
    put(257, std::string_view{"ustar\0", 6});
    put(263, "00");
    put(148, "        ");
    unsigned sum = 0;
    for (const std::byte b : h) sum += std::to_integer<unsigned>(b);
    char text[8];
    std::snprintf(text, sizeof text, "%06o", sum);
    put(148, std::string_view{text, 7});
    return raw(h);
}

TarBuilder& TarBuilder::raw(ByteSpan bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
}

TarBuilder& TarBuilder::file(std::string_view name, ByteSpan bytes, char type) {
    char size[12];
    std::snprintf(size, sizeof size, "%011zo", bytes.size());
    header(name, {size, 11}, type);
    raw(bytes);
    bytes_.resize((bytes_.size() + 511) / 512 * 512);
    return *this;
}

ByteVector TarBuilder::finished() const {
    ByteVector whole = bytes_;
    whole.resize(whole.size() + 1024);
    return whole;
}

std::string simple_ovf(std::string_view file, std::size_t size, std::size_t capacity) {
    std::string text =
        "<?xml version=\"1.0\"?><Envelope xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1\">";
    text += "<References><File ovf:href=\"" + std::string{file} + "\" ovf:id=\"f1\" ovf:size=\"" +
            std::to_string(size) + "\"/></References>";
    text += "<DiskSection><Disk ovf:diskId=\"d1\" ovf:fileRef=\"f1\" ovf:capacity=\"" +
            std::to_string(capacity) + "\"/></DiskSection><VirtualSystem ovf:id=\"vm\"/></Envelope>";
    return text;
}

std::string manifest_line(std::string_view name, ByteSpan bytes, DigestAlgorithm algorithm) {
    ManifestHasher hasher{algorithm};
    hasher.add(bytes);
    return std::string{name_of(algorithm)} + "(" + std::string{name} + ")= " + hasher.finish_hex() + "\n";
}

namespace {

bool says(const std::string& message, std::string_view part) {
    return message.find(part) != std::string::npos;
}

std::string refusal_of(const ByteVector& archive) {
    const MemorySource source{"app.ova", archive};
    const auto ova = Ova::open(source, {});
    if (ova.ok()) {
        ADD_FAILURE() << "was not refused";
        return {};
    }
    EXPECT_EQ(ova.error().code(), Errc::invalid);
    return ova.error().message();
}

struct Appliance {
    ByteVector raw = patterned_disk((6 << 20) + 1024, 21);
    ByteVector vmdk;
    std::string ovf;

    Appliance() {
        const TempFolder folder;
        vmdk = read_file(made_by_qemu(folder, raw, "vmdk", "subformat=streamOptimized"));
        ovf = simple_ovf("disk1.vmdk", vmdk.size(), raw.size());
    }
    [[nodiscard]] std::string manifest(DigestAlgorithm algorithm = DigestAlgorithm::sha256) const {
        return manifest_line("app.ovf", bytes_of(ovf), algorithm) +
               manifest_line("disk1.vmdk", vmdk, algorithm);
    }
    [[nodiscard]] ByteVector archive(std::string_view manifest_text) const {
        TarBuilder tar;
        tar.file("app.ovf", ovf);
        if (!manifest_text.empty()) tar.file("app.mf", manifest_text);
        return tar.file("app.cert", "not checked").file("disk1.vmdk", vmdk).finished();
    }
};

/// The first disk, verified as it is imported.
Result<ByteVector> imported(const ByteVector& archive) {
    const MemorySource source{"app.ova", archive};
    const auto ova = TRY(Ova::open(source, {}));
    const auto image = TRY(ova->open_disk(0));
    MemorySink sink;
    ImportOptions options{.threads = 3};
    options.digests = TRY(ova->digests_of(*image));
    TRY(import_disk(*image, sink, options));
    TRY(ova->verify_other_files(options.digests));
    return sink.disk(image->virtual_size());
}

TEST(Ova, a_disk_is_read_in_place_and_verified_on_the_way) {
    const Appliance app;
    for (const auto algorithm : {DigestAlgorithm::sha1, DigestAlgorithm::sha256, DigestAlgorithm::sha512}) {
        const auto ours = imported(app.archive(app.manifest(algorithm)));
        ASSERT_TRUE(ours.ok()) << ours.error().message();
        EXPECT_TRUE(same_bytes(*ours, app.raw));
    }
    const auto without = imported(app.archive(""));
    ASSERT_TRUE(without.ok());
    EXPECT_TRUE(same_bytes(*without, app.raw));
}

TEST(Ova, manifests_as_they_are_written_in_the_field_are_understood) {
    const Appliance app;
    std::string text;
    for (const char c : app.manifest()) {
        if (c == '(') text += ' ';
        if (c == '=') text += ' ';
        if (c == '\n') text += '\r';
        text += c >= 'a' && c <= 'f' && !text.empty() && text.find('=') != std::string::npos ? c : c;
    }
    const auto ours = imported(app.archive(text + "\r\n"));
    ASSERT_TRUE(ours.ok()) << ours.error().message();
}

TEST(Ova, a_changed_disk_fails_its_import) {
    const Appliance app;
    ByteVector archive = app.archive(app.manifest());
    // The last bytes of the last member belong to no grain: only the digest can tell.
    archive[archive.size() - 1024 - 1] ^= std::byte{1};
    const auto ours = imported(archive);
    ASSERT_TRUE(ours.is(Errc::invalid));
    EXPECT_TRUE(says(ours.error().message(), "disk1.vmdk in app.ova: its SHA256 is "))
        << ours.error().message();
    EXPECT_TRUE(says(ours.error().message(), "the manifest says "));
}

TEST(Ova, a_manifest_that_does_not_cover_everything_is_refused) {
    const Appliance app;
    const std::string ovf_line = manifest_line("app.ovf", bytes_of(app.ovf));
    EXPECT_TRUE(says(refusal_of(app.archive(ovf_line)), "does not list the disk disk1.vmdk"));
    EXPECT_TRUE(
        says(refusal_of(app.archive(manifest_line("disk1.vmdk", app.vmdk))), "does not list app.ovf"));
    EXPECT_TRUE(says(refusal_of(app.archive(manifest_line("app.ovf", {}))), "the manifest says e3b0c442"));
    EXPECT_TRUE(
        says(refusal_of(app.archive("MD5(app.ovf)= 00\n")), "algorithm of a manifest line is not known"));
    EXPECT_TRUE(says(refusal_of(app.archive("SHA256(app.ovf)= 00\n")), "not of its algorithm's length"));
    EXPECT_TRUE(says(refusal_of(app.archive(ovf_line + ovf_line)), "lists a file twice"));
    EXPECT_TRUE(says(refusal_of(app.archive("nonsense\n")), "app.mf in app.ova: offset 0: a manifest line"));
}

TEST(Ova, files_that_no_disk_uses_are_verified_as_well) {
    const Appliance app;
    TarBuilder tar;
    tar.file("app.ovf", app.ovf)
        .file("app.mf", app.manifest() + manifest_line("app.nvram", bytes_of("right")));
    tar.file("disk1.vmdk", app.vmdk).file("app.nvram", "wrong");
    const auto ours = imported(tar.finished());
    ASSERT_TRUE(ours.is(Errc::invalid));
    EXPECT_TRUE(says(ours.error().message(), "app.nvram in app.ova: its SHA256"));
}

TEST(Ova, a_missing_file_that_no_disk_needs_is_a_warning) {
    const Appliance app;
    const ByteVector archive = app.archive(app.manifest() + manifest_line("tools.iso", {}));
    const MemorySource source{"app.ova", archive};
    const auto ova = Ova::open(source, {});
    ASSERT_TRUE(ova.ok()) << ova.error().message();
    ASSERT_EQ((*ova)->warnings().size(), 1u);
    EXPECT_TRUE(says((*ova)->warnings()[0], "tools.iso"));
    EXPECT_TRUE(imported(archive).ok());
}

TEST(Ova, a_referenced_disk_must_be_there_and_of_its_size) {
    EXPECT_TRUE(says(refusal_of(TarBuilder{}.file("a.ovf", simple_ovf("d.vmdk", 3, 3)).finished()),
                     "needs d.vmdk, which is not in the archive"));
    EXPECT_TRUE(says(
        refusal_of(TarBuilder{}.file("a.ovf", simple_ovf("d.vmdk", 3, 3)).file("d.vmdk", "four").finished()),
        "says that d.vmdk has 3 bytes, it has 4"));
}

TEST(Ova, a_flat_disk_finds_its_extent_in_the_archive_only) {
    const ByteVector raw = patterned_disk(1 << 20, 4);
    const std::string good = "# Disk DescriptorFile\nparentCID=ffffffff\nRW 2048 FLAT \"disk-flat.vmdk\" 0\n";
    const std::string bad = "# Disk DescriptorFile\nparentCID=ffffffff\nRW 2 FLAT \"/etc/passwd\" 0\n";
    const auto archive = [&](const std::string& descriptor) {
        const std::string ovf = simple_ovf("disk.vmdk", descriptor.size(), raw.size());
        return TarBuilder{}
            .file("a.ovf", ovf)
            .file("a.mf", manifest_line("a.ovf", bytes_of(ovf)) +
                              manifest_line("disk.vmdk", bytes_of(descriptor)) +
                              manifest_line("disk-flat.vmdk", raw))
            .file("disk.vmdk", descriptor)
            .file("disk-flat.vmdk", raw)
            .finished();
    };
    const auto ours = imported(archive(good));
    ASSERT_TRUE(ours.ok()) << ours.error().message();
    EXPECT_TRUE(same_bytes(*ours, raw));
    const auto refused = imported(archive(bad));
    ASSERT_TRUE(refused.is(Errc::invalid));
    EXPECT_TRUE(
        says(refused.error().message(), "disk.vmdk in app.ova: offset 41: the extent \"/etc/passwd\""))
        << refused.error().message();
}

TEST(Tar, only_plain_regular_members_are_taken) {
    const auto refused = [](const TarBuilder& tar) { return refusal_of(tar.finished()); };
    for (const char* name : {"/abs", "../up", "a/b", "..", "a\\b", "./../x", ""}) {
        EXPECT_TRUE(
            says(refused(TarBuilder{}.file(name, "x")), "app.ova: offset 0: a member's name is no plain"))
            << name;
    }
    EXPECT_TRUE(says(refused(TarBuilder{}.header("l", "0", '2')), "links are refused: l"));
    EXPECT_TRUE(says(refused(TarBuilder{}.header("l", "0", '1')), "links are refused: l"));
    EXPECT_TRUE(says(refused(TarBuilder{}.header("d", "0", '5')), "directories are refused: d"));
    EXPECT_TRUE(says(refused(TarBuilder{}.header("c", "0", '3')), "type '3' are refused: c"));
    EXPECT_TRUE(says(refused(TarBuilder{}.header("s", "0", 'S')), "type 'S' are refused"));
    EXPECT_TRUE(
        says(refused(TarBuilder{}.file("a", "1").file("./a", "2")), "offset 1024: two members are named a"));
    EXPECT_TRUE(
        says(refused(TarBuilder{}.file("a.ovf", "1").file("b.OVF", "2")), "a second .ovf file: b.OVF"));
    EXPECT_TRUE(says(refused(TarBuilder{}.file("a.mf", "1")), "the archive has no .ovf file"));
    EXPECT_TRUE(
        says(refused(TarBuilder{}.header("big", "77777777777")), "goes beyond the end of the archive"));
    EXPECT_TRUE(says(refused(TarBuilder{}.header("big", "zz")), "the size of a member cannot be read"));
    EXPECT_TRUE(says(refused(TarBuilder{}.file("p", "14 linkpath=x\n", 'x')), "the pax record"));
    EXPECT_TRUE(says(refused(TarBuilder{}.file("p", "99 path=x\n", 'x')), "a pax header cannot be read"));
    EXPECT_TRUE(says(refusal_of(TarBuilder{}.file("a.ovf", "1").unfinished()),
                     "offset 1024: the archive has no end"));
    EXPECT_TRUE(says(refusal_of(ByteVector(512, std::byte{7})), "its checksum is wrong"));
    EXPECT_TRUE(says(refusal_of({}), "offset 0: the archive has no end mark"));
}

TEST(Tar, names_and_sizes_of_pax_and_gnu_are_read) {
    const Appliance app;
    std::string base256(12, '\0');
    base256[0] = static_cast<char>(0x80);
    for (std::size_t i = 0, v = app.vmdk.size(); i < 8; ++i, v >>= 8)
        base256[11 - i] = static_cast<char>(v & 255);
    const auto padded = [&](TarBuilder& tar) {
        tar.raw(app.vmdk);
        return tar.raw(ByteVector((512 - app.vmdk.size() % 512) % 512)).finished();
    };
    TarBuilder gnu;
    gnu.file("app.ovf", app.ovf).header("disk1.vmdk", base256);
    EXPECT_TRUE(imported(padded(gnu)).ok());

    TarBuilder pax;
    const std::string size = std::to_string(app.vmdk.size());
    std::string records = "19 path=disk1.vmdk\n";
    records += std::to_string(size.size() + 9) + " size=" + size + "\n";
    pax.file("app.ovf", app.ovf).file("PaxHeader", records, 'x').header("short", "0");
    const auto by_pax = imported(padded(pax));
    EXPECT_TRUE(by_pax.ok()) << by_pax.error().message();

    TarBuilder named;
    named.file("app.ovf", app.ovf).file("././@LongLink", bytes_of(std::string_view{"disk1.vmdk\0", 11}), 'L');
    EXPECT_TRUE(imported(named.file("x", app.vmdk).finished()).ok());
}

/// A source whose first member is 9 GiB of zeros that nobody stores.
class Sparse final : public ByteSource {
public:
    explicit Sparse(ByteVector head, ByteVector tail) : head_{std::move(head)}, tail_{std::move(tail)} {}
    [[nodiscard]] std::string_view name() const override { return "app.ova"; }
    [[nodiscard]] Bytes size() const override { return Bytes{head_.size() + kHole + tail_.size()}; }
    [[nodiscard]] Result<std::size_t> read_at(ByteOffset at, MutableByteSpan out) const override {
        std::size_t n = 0;
        for (; n < out.size() && at.value + n < size().count; ++n) {
            const std::uint64_t p = at.value + n;
            const bool in_tail = p >= head_.size() + kHole;
            out[n] = p < head_.size() ? head_[p] : in_tail ? tail_[p - head_.size() - kHole] : std::byte{0};
        }
        return n;
    }
    static constexpr std::uint64_t kHole = std::uint64_t{9} << 30;

private:
    ByteVector head_, tail_;
};

TEST(Tar, a_member_behind_8_gib_is_found_without_reading_what_lies_before) {
    std::string base256{"\x80\0\0\0\0\0\0\2\x40\0\0\0", 12};  // 9 GiB
    TarBuilder head;
    head.header("big.raw", base256);
    const ByteVector tail =
        TarBuilder{}.file("a.ovf", simple_ovf("big.raw", 9663676416, 9663676416)).finished();
    const Sparse source{head.unfinished(), tail};
    const auto ova = Ova::open(source, {});
    ASSERT_TRUE(ova.ok()) << ova.error().message();
    EXPECT_EQ((*ova)->members()[0].size, 9_GiB);
    EXPECT_EQ((*ova)->machine().disks[0].format, Format::raw);
}

}  // namespace
}  // namespace landfall::images
