#include "engines/images/ova.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "engines/images/manifest.hpp"
#include "engines/images/tar_index.hpp"

namespace landfall::images {

struct Ova::State {
    const ByteSource& archive;
    Limits limits;
    std::vector<OvaMember> members;
    std::map<std::string, SliceSource, std::less<>> sources;
    std::optional<Manifest> manifest;
    std::string descriptor_name;
    OvfMachine machine;
    std::vector<std::string> warnings;
};

namespace {

constexpr Bytes kDescriptorMax = 2_MiB;
constexpr Bytes kManifestMax = 1_MiB;

bool has_extension(std::string_view name, std::string_view lower) {
    if (name.size() < lower.size()) return false;
    return std::ranges::equal(name.substr(name.size() - lower.size()), lower, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

/// The one member of that extension; nullptr where there is none, Errc::invalid where there are two.
Result<const OvaMember*> only_member(const ByteSource& archive, const std::vector<OvaMember>& members,
                                     std::string_view extension) {
    const OvaMember* found = nullptr;
    for (const OvaMember& member : members) {
        if (!has_extension(member.name, extension)) continue;
        if (found != nullptr) {
            return bad_input(
                archive, member.at,
                "a second " + std::string{extension} + " file: " + member.name + " beside " + found->name);
        }
        found = &member;
    }
    return found;
}

Result<std::string> whole_text(const ByteSource& source, Bytes limit) {
    if (source.size() > limit) {
        return bad_input(source, ByteOffset{0}, "it has more than " + std::to_string(limit.count) + " bytes");
    }
    std::string text(static_cast<std::size_t>(source.size().count), '\0');
    TRY(read_exactly(source, ByteOffset{0}, std::as_writable_bytes(std::span{text}), "the text"));
    return text;
}

ExpectedDigest expectation(const ByteSource& source, const ManifestLine& line) {
    return {.source = &source, .algorithm = line.algorithm, .hex = line.hex};
}

}  // namespace

Ova::Ova(std::unique_ptr<State> state) : state_{std::move(state)} {}
Ova::~Ova() = default;

Result<std::unique_ptr<Ova>> Ova::open(const ByteSource& archive, const Limits& limits) {
    std::vector<OvaMember> members = TRY(index_tar(archive));
    auto ova = std::make_unique<Ova>(
        std::make_unique<State>(State{.archive = archive, .limits = limits, .members = std::move(members)}));
    TRY(ova->read_descriptor());
    TRY(ova->check_files());
    return ova;
}

Status Ova::read_descriptor() {
    State& s = *state_;
    for (const OvaMember& m : s.members) {
        s.sources.try_emplace(m.name, m.name + " in " + std::string{s.archive.name()}, s.archive, m.at,
                              m.size);
    }
    const OvaMember* descriptor = TRY(only_member(s.archive, s.members, ".ovf"));
    if (descriptor == nullptr) return bad_input(s.archive, ByteOffset{0}, "the archive has no .ovf file");
    s.descriptor_name = descriptor->name;
    const ByteSource& source = *find(descriptor->name);
    const OvaMember* manifest = TRY(only_member(s.archive, s.members, ".mf"));
    if (manifest != nullptr) {
        const ByteSource& lines = *find(manifest->name);
        s.manifest = TRY(parse_manifest(lines, TRY(whole_text(lines, kManifestMax))));
        const auto line = s.manifest->find(descriptor->name);
        if (line == s.manifest->end()) {
            return bad_input(lines, ByteOffset{0}, "the manifest does not list " + descriptor->name);
        }
        TRY(verify_digest(expectation(source, line->second)));
    }
    s.machine = TRY(parse_ovf(source.name(), TRY(whole_text(source, kDescriptorMax))));
    return {};
}

/// Every disk's file is there, of the size that the descriptor says, and listed in the manifest.
Status Ova::check_files() {
    State& s = *state_;
    const ByteSource& descriptor = *find(s.descriptor_name);
    for (const OvfDisk& disk : s.machine.disks) {
        if (disk.file.empty()) continue;
        const ByteSource* file = find(disk.file);
        if (file == nullptr) {
            return bad_input(descriptor, ByteOffset{0},
                             "the disk " + disk.id + " needs " + disk.file + ", which is not in the archive");
        }
        if (disk.file_size && *disk.file_size != file->size()) {
            return bad_input(descriptor, ByteOffset{0},
                             "the descriptor says that " + disk.file + " has " +
                                 std::to_string(disk.file_size->count) + " bytes, it has " +
                                 std::to_string(file->size().count));
        }
        if (s.manifest && s.manifest->find(disk.file) == s.manifest->end()) {
            return bad_input(s.archive, ByteOffset{0}, "the manifest does not list the disk " + disk.file);
        }
    }
    if (!s.manifest) {
        s.warnings.push_back("the appliance has no manifest: its files are not verified");
        return {};
    }
    for (const auto& [name, line] : *s.manifest) {
        if (find(name) == nullptr)
            s.warnings.push_back("the manifest lists " + name + ", which is not in the archive");
    }
    return {};
}

const std::vector<OvaMember>& Ova::members() const { return state_->members; }
const OvfMachine& Ova::machine() const { return state_->machine; }
const std::vector<std::string>& Ova::warnings() const { return state_->warnings; }
bool Ova::has_manifest() const { return state_->manifest.has_value(); }

const ByteSource* Ova::find(std::string_view name) const {
    const auto found = state_->sources.find(name);
    return found == state_->sources.end() ? nullptr : &found->second;
}

Result<std::unique_ptr<DiskImage>> Ova::open_disk(std::size_t index) const {
    CHECK(index < state_->machine.disks.size());
    const OvfDisk& disk = state_->machine.disks[index];
    if (disk.file.empty())
        return Error{Errc::precondition, "the disk " + disk.id + " is blank: it has no file"};
    return open_image(*disk.format, *find(disk.file), {.limits = state_->limits, .siblings = this});
}

Result<std::vector<ExpectedDigest>> Ova::digests_of(const DiskImage& image) const {
    std::vector<ExpectedDigest> digests;
    if (!state_->manifest) return digests;
    for (const ByteSource* source : image.sources()) {
        const auto member =
            std::ranges::find_if(state_->sources, [&](const auto& m) { return &m.second == source; });
        if (member == state_->sources.end())
            continue;  // made by the reader itself, from this archive's bytes
        const auto line = state_->manifest->find(member->first);
        if (line == state_->manifest->end()) {
            return bad_input(state_->archive, ByteOffset{0},
                             "the manifest does not list the disk file " + member->first);
        }
        digests.push_back(expectation(*source, line->second));
    }
    return digests;
}

Status Ova::verify_other_files(std::span<const ExpectedDigest> done) const {
    if (!state_->manifest) return {};
    for (const auto& [name, line] : *state_->manifest) {
        const ByteSource* source = find(name);
        if (source == nullptr || name == state_->descriptor_name) continue;
        const auto same = [&](const ExpectedDigest& d) { return d.source == source; };
        if (std::ranges::any_of(done, same)) continue;
        TRY(verify_digest(expectation(*source, line)));
    }
    return {};
}

}  // namespace landfall::images
