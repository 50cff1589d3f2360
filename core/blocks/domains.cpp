#include "core/blocks/domains.hpp"

#include <algorithm>
#include <utility>

#include "base/checksum.hpp"

namespace landfall::blocks {
namespace {

constexpr std::string_view kMagic = "LFDOMN01";
constexpr std::size_t kNameMax = 256;
constexpr std::string_view kSuffix = ".domain";

void append(std::vector<std::byte>& out, ByteSpan bytes) {
    std::array<std::byte, 2> length{};
    store_le<std::uint16_t>(length, 0, static_cast<std::uint16_t>(bytes.size()));
    out.insert(out.end(), length.begin(), length.end());
    out.insert(out.end(), bytes.begin(), bytes.end());
}

Result<ByteSpan> take(ByteSpan& rest) {
    const Error damaged{Errc::corrupt, "a domain file that does not parse"};
    if (rest.size() < 2) return damaged;
    const std::size_t length = load_le<std::uint16_t>(rest);
    if (length > rest.size() - 2) return damaged;
    const ByteSpan taken = rest.subspan(2, length);
    rest = rest.subspan(2 + length);
    return taken;
}

std::string context_of(DomainNumber number, const DomainName& name) {
    return "landfall domain " + std::to_string(number.value) + "\n" + name.account + "\n" + name.key + "\n" +
           name.region;
}

}  // namespace

std::vector<std::byte> encode(const DomainFile& file) {
    std::vector<std::byte> out(12);
    std::copy(bytes_of(kMagic).begin(), bytes_of(kMagic).end(), out.begin());
    store_le<std::uint32_t>(out, 8, file.number.value);
    append(out, bytes_of(file.name.account));
    append(out, bytes_of(file.name.key));
    append(out, bytes_of(file.name.region));
    append(out, file.wrapped_key);
    const std::uint32_t crc = Crc32c::of(out);
    out.resize(out.size() + 4);
    store_le<std::uint32_t>(out, out.size() - 4, crc);
    return out;
}

Result<DomainFile> decode_domain_file(ByteSpan bytes) {
    if (bytes.size() < 16 || text_of(bytes.first(8)) != kMagic)
        return Error{Errc::corrupt, "not a domain file"};
    const ByteSpan checked = bytes.first(bytes.size() - 4);
    if (load_le<std::uint32_t>(bytes, checked.size()) != Crc32c::of(checked))
        return Error{Errc::corrupt, "a domain file with a wrong checksum"};
    ByteSpan rest = checked.subspan(12);
    const ByteSpan account = TRY(take(rest));
    const ByteSpan key = TRY(take(rest));
    const ByteSpan region = TRY(take(rest));
    const ByteSpan wrapped = TRY(take(rest));
    if (!rest.empty()) return Error{Errc::corrupt, "a domain file with bytes behind its end"};
    return DomainFile{
        .number = DomainNumber{load_le<std::uint32_t>(bytes, 8)},
        .name = {std::string{text_of(account)}, std::string{text_of(key)}, std::string{text_of(region)}},
        .wrapped_key = {wrapped.begin(), wrapped.end()}};
}

Domains::Domains(Disk& disk, std::string directory, Random& random, KeySource& keys)
    : disk_{disk}, directory_{std::move(directory)}, random_{random}, keys_{keys} {}

std::string Domains::path_of(DomainNumber number) const {
    return directory_ + "/" + std::to_string(number.value) + std::string{kSuffix};
}

Status Domains::load() {
    for (const std::string& name : TRY(disk_.list(directory_))) {
        if (!name.ends_with(kSuffix)) continue;
        const std::string path = directory_ + "/" + name;
        auto file = decode_domain_file(TRY(disk_.read_all(path, 64_KiB)));
        if (!file.ok()) return std::move(file).error().in(path);
        if (path != path_of(file->number)) return Error{Errc::corrupt, path + " holds another domain"};
        const std::lock_guard lock{mutex_};
        entries_[file->number].file = std::move(*file);
    }
    return {};
}

Result<DomainNumber> Domains::find_or_make(const DomainName& name) {
    for (const std::string* part : {&name.account, &name.key, &name.region})
        if (part->empty() || part->size() > kNameMax)
            return Error{Errc::invalid, "a domain's account, key and region are 1 to 256 bytes long"};
    const std::lock_guard turn{making_};
    DomainNumber next{1};
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [number, entry] : entries_) {
            if (entry.file.name == name) return number;
            next.value = std::max(next.value, number.value + 1);
        }
    }
    const SecretBytes key = random_key(random_);
    auto wrapped = TRY(keys_.wrap(key, bytes_of(context_of(next, name))));
    DomainFile file{.number = next, .name = name, .wrapped_key = std::move(wrapped)};
    TRY(disk_.replace(path_of(next), encode(file)));
    const std::lock_guard lock{mutex_};
    Entry& entry = entries_[next];
    entry.opened = std::make_unique<Domain>(Domain{next, name, DomainKeys{key}});
    entry.file = std::move(file);
    return next;
}

Result<const Domain*> Domains::get(DomainNumber number) {
    DomainFile file;
    {
        const std::lock_guard lock{mutex_};
        const auto it = entries_.find(number);
        if (it == entries_.end())
            return Error{Errc::not_found, "the store has no domain " + std::to_string(number.value)};
        if (it->second.opened) return static_cast<const Domain*>(it->second.opened.get());
        file = it->second.file;
    }
    auto key = keys_.unwrap(file.wrapped_key, bytes_of(context_of(number, file.name)));
    if (!key.ok()) return std::move(key).error().in("domain " + std::to_string(number.value));
    auto opened = std::make_unique<Domain>(Domain{number, file.name, DomainKeys{*key}});
    const std::lock_guard lock{mutex_};
    Entry& entry = entries_[number];
    if (!entry.opened) entry.opened = std::move(opened);
    return static_cast<const Domain*>(entry.opened.get());
}

}  // namespace landfall::blocks
