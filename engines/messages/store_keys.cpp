#include "engines/messages/store_keys.hpp"

#include <array>

#include "base/checksum.hpp"

namespace landfall::messages {
namespace {

constexpr std::uint64_t kMagic = 0x455247534d464c;  // "LFMSGRE"
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kKeys = 3;
constexpr std::size_t kSize = 16 + kKeys * 16 + 4;

KeyedHash key_at(ByteSpan bytes, std::size_t index) {
    const std::size_t at = 16 + index * 16;
    return KeyedHash{{load_le<std::uint64_t>(bytes, at), load_le<std::uint64_t>(bytes, at + 8)}};
}

}  // namespace

Result<StoreKeys> load_store_keys(Disk& disk, const std::string& directory, Random& random) {
    const std::string path = directory + "/store";
    auto read = disk.read_all(path, 4_KiB);
    if (read.is(Errc::not_found)) {
        // A log without its keys would be taken for an empty one.
        for (const std::string& name : TRY(disk.list(directory)))
            if (name.ends_with(".seg"))
                return Error{Errc::corrupt, path + " is missing beside a message log"};
        std::vector<std::byte> made(kSize);
        random.fill(std::span{made}.subspan(16, kKeys * 16));
        store_le<std::uint64_t>(made, 0, kMagic);
        store_le<std::uint32_t>(made, 8, kVersion);
        store_le<std::uint32_t>(made, kSize - 4, Crc32c::of(ByteSpan{made}.first(kSize - 4)));
        TRY(disk.replace(path, made));
        read = std::move(made);
    }
    const std::vector<std::byte> bytes = TRY(std::move(read));
    if (bytes.size() < 12 || load_le<std::uint64_t>(bytes, 0) != kMagic)
        return Error{Errc::corrupt, path + " is not the key file of a message store"};
    if (load_le<std::uint32_t>(bytes, 8) > kVersion)
        return Error{Errc::precondition, path + " was written by a newer version"};
    if (bytes.size() != kSize ||
        Crc32c::of(ByteSpan{bytes}.first(kSize - 4)) != load_le<std::uint32_t>(bytes, kSize - 4))
        return Error{Errc::corrupt, path + ": wrong checksum"};
    return StoreKeys{.frames = key_at(bytes, 0), .receipts = key_at(bytes, 1), .names = key_at(bytes, 2)};
}

}  // namespace landfall::messages
