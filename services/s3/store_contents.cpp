#include "services/s3/store_contents.hpp"

namespace landfall::s3 {
namespace {

/// More than a run can use up: at a million objects a second it lasts an hour and more, and a counter of 64
/// bits has room for four billion starts.
constexpr std::uint64_t kIdsPerRun = 1ULL << 32U;
constexpr std::size_t kIdBytes = 8;

}  // namespace

blocks::RefKey ref_of(std::string_view kind, std::string_view row, ContentId content) {
    return {.kind = std::string{kind}, .name = std::string{row} + content_row(content)};
}

std::optional<RefOwner> owner_of(const blocks::RefKey& ref) {
    if (ref.name.size() <= kIdBytes) return std::nullopt;
    const std::string_view name = ref.name;
    const std::size_t end = name.size() - kIdBytes;
    return RefOwner{.row = name.substr(0, end), .content = content_of_row(name.substr(end))};
}

Result<std::unique_ptr<Contents>> Contents::open(blocks::Store& blocks, Catalog& catalog) {
    const ContentId first = TRY(catalog.reserve_contents(kIdsPerRun));
    return std::make_unique<Contents>(blocks, first);
}

Result<blocks::DomainNumber> Contents::domain_of(const BucketRecord& bucket) {
    return blocks_.domain({.account = bucket.account, .key = "default", .region = bucket.region});
}

Status Contents::keep(const blocks::Lease& lease, std::span<const Named> named) {
    std::vector<blocks::RefChange> changes;
    for (const Named& one : named)
        changes.push_back({.key = one.ref, .expect = blocks::Absent{}, .to = one.root});
    TRY(blocks_.commit(lease, changes));
    return {};
}

Result<blocks::TreeRoot> Contents::stored(const blocks::Lease& lease, blocks::DomainNumber domain,
                                          ByteSpan bytes) {
    const auto writer = TRY(blocks_.write_stream(lease, domain));
    TRY(writer->append(bytes));
    return writer->finish();
}

Result<std::string> Contents::load(const blocks::RefKey& ref, Bytes max) {
    const auto reader = TRY(blocks_.open(ref));
    const Bytes length = reader->root().length;
    if (length > max) return Error{Errc::exhausted, "a content of this size is not read at once"};
    std::string bytes(length.count, '\0');
    TRY(reader->read(ByteOffset{0}, std::as_writable_bytes(std::span{bytes})));
    return bytes;
}

Status Contents::drop(std::span<const blocks::RefKey> refs) {
    if (refs.empty()) return {};
    std::vector<blocks::RefChange> changes;
    for (const blocks::RefKey& ref : refs)
        changes.push_back({.key = ref, .expect = blocks::Anything{}, .to = std::nullopt});
    TRY(blocks_.commit(blocks_.lease(), changes));
    return {};
}

}  // namespace landfall::s3
